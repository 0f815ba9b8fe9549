-- A true schedule behind the tasks: what binds each task's dates, the calendars it is worked by,
-- and every move that was made in a project's plan. Dates are calculated from these; what a task's
-- row says of its start and end is the plan as it was last calculated.

-- When work is done. The hours of a day are [{"from": "08:00", "to": "12:00"}, …].
create table planning.calendar (
    id uuid primary key,
    project_id uuid not null,
    name text not null check (length(name) between 1 and 200),
    -- ISO 3166-1 alpha-2: the country whose holidays are days off, where one's are.
    country text check (country ~ '^[A-Z]{2}$'),
    -- Seven lists of hours, Monday's first.
    week jsonb not null,
    -- [{"name", "from", "to", "kind", "hours"}, …]: days that differ; the later counts.
    exceptions jsonb not null,
    version bigint not null default 1
);
create index calendar_by_project on planning.calendar (project_id, id);

-- The plan of a project: its version counts every change to what dates depend on.
create table planning.plan (
    project_id uuid primary key,
    version bigint not null,
    -- What nothing binds begins here.
    starts_at timestamptz not null,
    -- To when progress was last reported: what is not done by then comes after it.
    status_at timestamptz,
    calendar_id uuid references planning.calendar
);

-- A site's own calendar, where it is not its project's.
create table planning.site_calendar (
    site_id uuid primary key,
    project_id uuid not null,
    calendar_id uuid not null references planning.calendar
);
create index site_calendar_by_project on planning.site_calendar (project_id);

-- A milestone takes no time.
alter table planning.task
    drop constraint task_span,
    drop constraint task_duration_min_check,
    add constraint task_span check (ends_at >= starts_at),
    add constraint task_duration check (duration_min >= 0),
    -- The summary it belongs to in the work breakdown, and its place there.
    add column parent_id uuid references planning.task on delete set null,
    add column position integer not null default 0,
    -- Minutes it takes: of its calendar's working time, or of elapsed time. Null: from start to
    -- end, elapsed.
    add column work_min integer check (work_min between 0 and 1581120),
    add column work_elapsed boolean not null default true,
    -- It does not start before this. Null: where it is not free, not before its present start.
    add column not_before timestamptz,
    add column free boolean not null default false,
    add column constraint_kind text not null default 'as_soon_as_possible'
        check (constraint_kind in ('as_soon_as_possible', 'as_late_as_possible',
            'finish_no_earlier_than', 'start_no_later_than', 'finish_no_later_than',
            'must_start_on', 'must_finish_on')),
    add column constraint_at timestamptz,
    add constraint task_constraint check ((constraint_at is null) = (constraint_kind in
        ('as_soon_as_possible', 'as_late_as_possible'))),
    add column deadline timestamptz,
    add column calendar_id uuid references planning.calendar,
    -- How much of work_min is done.
    add column done_min integer not null default 0 check (done_min >= 0),
    -- Planned pauses: [[after so many minutes of work, so many minutes long], …].
    add column splits jsonb not null default '[]';
create index task_by_parent on planning.task (parent_id) where parent_id is not null;

-- A link ties two ends: finish to start unless it says otherwise. A negative lag overlaps them.
-- Between the same two tasks there is one link of each kind.
alter table planning.dependency
    drop constraint dependency_lag_min_check,
    drop constraint dependency_once,
    add column kind text not null default 'finish_to_start' check (kind in
        ('finish_to_start', 'start_to_start', 'finish_to_finish', 'start_to_finish')),
    add column lag_elapsed boolean not null default true,
    add constraint dependency_once unique (predecessor, successor, kind);

-- Every change to a plan, in its order: who, when, what was asked and what moved. `inverse` brings
-- back what was before; without it a move cannot be undone.
create table planning.plan_move (
    id uuid primary key,
    project_id uuid not null,
    version bigint not null,
    kind text not null,
    user_id uuid,
    at timestamptz not null,
    edit jsonb not null,
    changes jsonb not null,
    inverse jsonb,
    -- Every task that it touched, moved or not.
    tasks uuid[] not null,
    -- The move that this one took back.
    undoes uuid references planning.plan_move,
    undone boolean not null default false,
    constraint plan_move_order unique (project_id, version)
);
create index plan_move_by_user on planning.plan_move (project_id, user_id, version);

-- What was promised at a moment.
create table planning.baseline (
    id uuid primary key,
    project_id uuid not null,
    name text not null check (length(name) between 1 and 200),
    at timestamptz not null,
    user_id uuid,
    version bigint not null default 1
);
create index baseline_by_project on planning.baseline (project_id, id);

create table planning.baseline_task (
    baseline_id uuid not null references planning.baseline on delete cascade,
    task_id uuid not null,
    starts_at timestamptz not null,
    ends_at timestamptz not null,
    work_min integer not null,
    primary key (baseline_id, task_id)
);
