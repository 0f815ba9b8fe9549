-- What was promised and how it went; a promise that is broken is an alert until it is done after
-- all, or is waited for no more.
create table reporting.service_timer_fact (
    id uuid primary key,
    version bigint not null,
    site_id uuid not null,
    project_id uuid not null,
    task_id uuid,
    state text not null,
    due_at timestamptz not null,
    closed boolean not null
);
create index service_timer_fact_by_site on reporting.service_timer_fact (site_id, due_at);
create index service_timer_fact_broken on reporting.service_timer_fact (id)
    where state = 'breached' and not closed;

do $$
begin
    execute 'create or replace view reporting.alarming as '
        || rtrim(pg_get_viewdef('reporting.alarming'::regclass), '; ')
        || $view$ union all
           select 'service_level_breached', 'service_timer', s.id, s.project_id, s.site_id,
                  coalesce(t.workers, '{}'::uuid[]), '-infinity'::timestamptz
           from reporting.service_timer_fact s left join reporting.task_fact t on t.id = s.task_id
           where s.state = 'breached' and not s.closed $view$;
end $$;
