-- What is promised: by when somebody acts on a task or an incident, and by when it is done; and the
-- timers that count it.

-- When somebody first acted on it: told to go, on the way, there or at work. None again where
-- those who were told to go were called back.
alter table planning.task add column responded_at timestamptz;
update planning.task t
set responded_at = coalesce(t.started_at,
        (select min(coalesce(x.device_at, x.at)) from planning.task_transition x
         where x.task_id = t.id and x.to_status in ('dispatched', 'travelling', 'on_site')))
where t.status not in ('planned', 'cancelled');

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
                         where b.task_id = t.id and b.ended_at is null)) as execution
    from planning.task t;

-- When somebody first dealt with an incident.
alter table planning.incident add column responded_at timestamptz;
update planning.incident set responded_at = coalesce(resolved_at, recorded_at)
where status <> 'open';

-- What is promised for the firm (neither project nor site), a project, or a site of it.
create table planning.service_level (
    id uuid primary key,
    name text not null check (length(name) between 1 and 200),
    project_id uuid,
    site_id uuid,
    -- As the API says it: read and written as a whole.
    terms jsonb not null,
    active boolean not null,
    version bigint not null default 1,
    constraint service_level_scope check (site_id is null or project_id is not null)
);
create index service_level_by_project on planning.service_level (project_id);

-- One for each thing and what was promised of it, ever: another level gives it another promise.
create table planning.service_timer (
    id uuid primary key,
    task_id uuid references planning.task on delete cascade,
    incident_id uuid references planning.incident on delete cascade,
    site_id uuid not null,
    project_id uuid not null,
    target text not null check (target in ('respond', 'resolve')),
    level_id uuid not null references planning.service_level,
    level_version bigint not null,
    -- What the level promised then.
    promise jsonb not null,
    state text not null check (state in ('running', 'paused', 'met', 'breached', 'dropped')),
    started_at timestamptz not null,
    -- By when; while it stands still, as if the pause had not begun.
    due_at timestamptz not null,
    -- When it happened, by the device's clock, in time or late.
    met_at timestamptz,
    -- Nothing is waited for any more: it happened, was cancelled, or is promised no more.
    closed boolean not null,
    paused_since timestamptz,
    paused_s bigint not null check (paused_s >= 0),
    warned_at timestamptz,
    -- When time alone changes it next.
    look_at timestamptz,
    version bigint not null,
    constraint service_timer_of_one check ((task_id is null) <> (incident_id is null)),
    constraint service_timer_of_task unique (task_id, target),
    constraint service_timer_of_incident unique (incident_id, target)
);
create index service_timer_by_due on planning.service_timer (due_at, id);
create index service_timer_by_look on planning.service_timer (site_id, look_at)
    where look_at is not null;
create index service_timer_open on planning.service_timer (project_id, id) where not closed;

-- All that a timer went through; what was corrected stays beside what corrected it.
create table planning.service_timer_entry (
    timer_id uuid not null references planning.service_timer on delete cascade,
    version bigint not null,
    change text not null,
    state text not null,
    due_at timestamptz not null,
    met_at timestamptz,
    level_id uuid not null,
    level_version bigint not null,
    -- When the server counted it so.
    at timestamptz not null,
    primary key (timer_id, version)
);

create view planning_pub.service_timer as
    select id, task_id, incident_id, site_id, project_id, target, level_id, state, started_at,
           due_at, met_at, closed, paused_s, warned_at, version
    from planning.service_timer;
