-- More statuses are open ones: what is not done, validated or cancelled.
drop index reporting.task_fact_unfinished;
create index task_fact_unfinished on reporting.task_fact (ends_at)
    where status not in ('done', 'validated', 'cancelled');

create or replace view reporting.alarming_before_documents as
    select 'task_late' as rule, 'task' as entity, id as entity_id, project_id, site_id, workers,
           ends_at as since
    from reporting.task_fact
    where status not in ('done', 'validated', 'cancelled')
    union all
    select 'incident_severe', 'incident', i.id, i.project_id, i.site_id,
           coalesce(t.workers, '{}'), '-infinity'::timestamptz
    from reporting.incident_fact i left join reporting.task_fact t on t.id = i.task_id
    where i.severity in ('high', 'critical') and i.status <> 'resolved'
    union all
    select 'milestone_late', 'milestone', id, project_id, null, '{}',
           (due_on + 1)::timestamp at time zone 'UTC'
    from reporting.milestone_fact
    where status <> 'accepted'
    union all
    select 'forecast_over', 'budget', id, id, null, '{}', '-infinity'::timestamptz
    from reporting.budget_fact where over;
