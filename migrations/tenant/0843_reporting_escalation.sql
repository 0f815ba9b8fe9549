-- An incident that was passed on is an alert until it is resolved.
alter table reporting.incident_fact add column escalation integer not null default 0;

do $$
begin
    execute 'create or replace view reporting.alarming as '
        || rtrim(pg_get_viewdef('reporting.alarming'::regclass), '; ')
        || $view$ union all
           select 'incident_escalated', 'incident', i.id, i.project_id, i.site_id,
                  coalesce(t.workers, '{}'::uuid[]), '-infinity'::timestamptz
           from reporting.incident_fact i left join reporting.task_fact t on t.id = i.task_id
           where i.escalation > 0 and i.status <> 'resolved' $view$;
end $$;
