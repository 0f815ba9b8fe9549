-- The moment that counts for a step, and several things that block a task at a time.
alter table planning.task_transition
    -- By the device's clock, corrected; not before the step before it, nor after the server heard
    -- of it.
    add column acted_at timestamptz not null default now(),
    -- Whether what the device told could not be.
    add column doubtful boolean not null default false;
update planning.task_transition set acted_at = coalesce(device_at, at);

alter table planning.incident
    -- Whether it is for the client to mend.
    add column by_client boolean not null default false,
    -- What the delay in minutes comes to, once it is known of what.
    add column delayed_until timestamptz;
update planning.incident i set by_client = true
where exists (select from planning.task_block b where b.incident_id = i.id and b.by_client);

-- What was cancelled while it was blocked is blocked by nothing.
update planning.task_block b
set ended_at = greatest(b.since, (select max(x.acted_at) from planning.task_transition x
                                  where x.task_id = b.task_id and x.from_status = 'blocked'))
from planning.task t
where t.id = b.task_id and b.ended_at is null and t.status <> 'blocked';

-- Of one incident, or of none, a task has one block at a time.
drop index planning.task_block_open;
create unique index task_block_open on planning.task_block (task_id, incident_id)
    nulls not distinct where ended_at is null;

-- Incidents that were told of while something else blocked their task.
insert into planning.task_block
    (id, task_id, from_status, reason, incident_id, by_client, since, expected_until, plan_kept)
select gen_random_uuid(), b.task_id, b.from_status, i.title, i.id, i.by_client,
       greatest(b.since, i.reported_at), i.expected_until, i.plan_kept
from planning.task_block b join planning.incident i on i.task_id = b.task_id
where b.ended_at is null and i.blocks_task and i.status <> 'resolved'
  and i.id is distinct from b.incident_id;

-- Of several, the first is shown.
create or replace view planning.task_execution as
    select t.id as task_id,
           jsonb_build_object(
               'steps', t.steps,
               'responded_at', t.responded_at,
               'percent_done', case when t.status in ('done', 'validated') then 100
                                    else t.percent_done end,
               'measure', case when t.quantity is not null
                               then jsonb_build_object('quantity', t.quantity, 'unit', t.unit)
                          end,
               'worked_min', (
                   select coalesce(sum(extract(epoch from w.ended_at - w.started_at)), 0)::bigint
                          / 60
                   from planning.work_session w where w.task_id = t.id),
               'working_since', (select w.started_at from planning.work_session w
                                 where w.task_id = t.id and w.ended_at is null),
               'block', (select jsonb_build_object(
                             'from', b.from_status, 'reason', b.reason,
                             'incident_id', b.incident_id, 'by_client', b.by_client,
                             'since', b.since, 'expected_until', b.expected_until,
                             'plan_kept', b.plan_kept)
                         from planning.task_block b
                         where b.task_id = t.id and b.ended_at is null
                         order by b.since, b.id limit 1)) as execution
    from planning.task t;
