-- Where the work on a task stands, in full: on the way, arrived, blocked, sent back; how long it was
-- worked on, and how far it is.
alter table planning.task
    drop constraint task_status_check,
    add constraint task_status_check check (status in
        ('planned', 'dispatched', 'travelling', 'on_site', 'in_progress', 'paused', 'blocked',
         'done', 'validated', 'reopened', 'cancelled')),
    -- How many steps of the field it took. A phone says how many it knew of when it decided.
    add column steps integer not null default 0,
    -- What was last reported; of what is done, all is.
    add column percent_done smallint not null default 0 check (percent_done between 0 and 100),
    -- How much there is to do, where the work is measured: 120 m.
    add column quantity double precision check (quantity > 0),
    add column unit text check (length(unit) between 1 and 20),
    add constraint task_quantity check ((quantity is null) = (unit is null));

update planning.task t
set steps = (select count(*) from planning.task_transition x where x.task_id = t.id),
    percent_done = case when t.work_min > 0 then least(100, t.done_min * 100 / t.work_min)
                        else 0 end;

-- How many steps the device knew of that decided on this one, where it said so.
alter table planning.task_transition add column after_step integer;

-- From when to when a task was worked on, by the device's clock. Named after the step that began it.
create table planning.work_session (
    id uuid primary key,
    task_id uuid not null references planning.task on delete cascade,
    started_at timestamptz not null,
    ended_at timestamptz,
    -- How many were on the task when it began; at least one.
    workers smallint not null check (workers >= 1),
    constraint work_session_order check (ended_at >= started_at)
);
create index work_session_by_task on planning.work_session (task_id, started_at, id);
create unique index work_session_open on planning.work_session (task_id) where ended_at is null;

insert into planning.work_session (id, task_id, started_at, ended_at, workers)
select id, task_id, began, greatest(ended, began), 1
from (select id, task_id, to_status, coalesce(device_at, at) as began,
             lead(coalesce(device_at, at)) over (partition by task_id order by id) as ended
      from planning.task_transition) step
where to_status = 'in_progress';

-- What kept a task from going on, and where it goes back to.
create table planning.task_block (
    id uuid primary key,
    task_id uuid not null references planning.task on delete cascade,
    from_status text not null,
    reason text not null check (length(reason) between 1 and 1000),
    incident_id uuid,
    -- Whether the firm waits for its client: time limits that were promised stand still meanwhile.
    by_client boolean not null,
    -- From when to when by the device's clock, and until when it was expected to last.
    since timestamptz not null,
    expected_until timestamptz,
    ended_at timestamptz,
    -- Whether the plan could not follow and is to be mended by hand.
    plan_kept boolean not null default false,
    constraint task_block_order check (ended_at >= since)
);
create index task_block_by_task on planning.task_block (task_id, since, id);
create unique index task_block_open on planning.task_block (task_id) where ended_at is null;
create index task_block_by_incident on planning.task_block (incident_id)
    where incident_id is not null and ended_at is null;

-- How far a task is, as somebody reported it.
create table planning.task_progress (
    id uuid primary key,
    task_id uuid not null references planning.task on delete cascade,
    -- Of the whole. None where a quantity was reported.
    percent smallint check (percent between 0 and 100),
    -- What was done since the report before, in the task's unit; less than none corrects.
    quantity double precision,
    note text not null check (length(note) <= 1000),
    -- By the device's clock and by the server's.
    done_at timestamptz not null,
    at timestamptz not null,
    user_id uuid,
    worker_id uuid,
    constraint task_progress_one check ((percent is null) <> (quantity is null))
);
create index task_progress_by_task on planning.task_progress (task_id, id);

-- How the work on a task goes, as people see it.
create view planning.task_execution as
    select t.id as task_id,
           jsonb_build_object(
               'steps', t.steps,
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
                         where b.task_id = t.id and b.ended_at is null)) as execution
    from planning.task t;

create view planning_pub.task_execution as
    select id as task_id, status not in ('done', 'validated', 'cancelled') as open,
           (case when status in ('done', 'validated') then 100 else percent_done end)::smallint
               as percent_done,
           quantity, unit
    from planning.task;

create view planning_pub.work_session as
    select id, task_id, started_at, ended_at, workers from planning.work_session;
