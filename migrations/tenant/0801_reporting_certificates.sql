-- Certificates whose last day comes near: an alert of the firm's, not of a project's, that clears
-- itself when the day is moved, the certificate goes, or a newer one of its kind is there.
create table reporting.certificate_fact (
    id uuid primary key,
    version bigint not null,
    worker_id uuid not null,
    kind_id uuid not null,
    -- Whether the worker has it still.
    held boolean not null,
    expires_on date,
    -- The last day for which the newest reminder came, and which version told it.
    reminded_for date,
    reminded_at_version bigint not null
);
create index certificate_fact_by_worker on reporting.certificate_fact (worker_id, kind_id);

alter table reporting.alert alter column project_id drop not null;

-- One more source of alarms beside those that are there.
do $$
begin
    execute 'create or replace view reporting.alarming as '
        || rtrim(pg_get_viewdef('reporting.alarming'::regclass), '; ')
        || $view$ union all
           select 'certificate_expiring', 'certificate', c.id, null::uuid, null::uuid,
                  array[c.worker_id], '-infinity'::timestamptz
           from reporting.certificate_fact c
           where c.held and c.reminded_for = c.expires_on and not exists (
               select from reporting.certificate_fact o
               where o.worker_id = c.worker_id and o.kind_id = c.kind_id and o.held
                 and (o.expires_on is null or o.expires_on > c.expires_on)) $view$;
end $$;
