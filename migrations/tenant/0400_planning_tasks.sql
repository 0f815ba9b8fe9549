-- What is to be done on the sites, in which order, by whom, and which checklists go with it.
-- Projects, sites, workers and skills belong to other services: their ids carry no foreign keys.

-- Lets an exclusion constraint compare a worker's id beside a span of time. Trusted: the owner of
-- the database may install it.
create extension if not exists btree_gist with schema core;

create table planning.task (
    id uuid primary key,
    site_id uuid not null,
    project_id uuid not null,
    phase_id uuid,
    milestone_id uuid,
    title text not null check (length(title) between 1 and 200),
    description text not null check (length(description) <= 4000),
    priority text not null check (priority in ('low', 'normal', 'high', 'urgent')),
    workers_needed smallint not null check (workers_needed between 1 and 50),
    starts_at timestamptz not null,
    ends_at timestamptz not null,
    -- Minutes of planned work.
    duration_min integer not null check (duration_min >= 1),
    status text not null
        check (status in ('planned', 'in_progress', 'paused', 'done', 'validated', 'cancelled')),
    -- By the clock of the device that did it; the server's time stands in task_transition.
    started_at timestamptz,
    finished_at timestamptz,
    validated_at timestamptz,
    version bigint not null default 1,
    constraint task_span check (ends_at > starts_at)
);
create index task_by_start on planning.task (starts_at, id);
create index task_by_site on planning.task (site_id, starts_at);
create index task_by_project on planning.task (project_id, starts_at);

create table planning.task_skill (
    task_id uuid not null references planning.task on delete cascade,
    skill_id uuid not null,
    primary key (task_id, skill_id)
);

-- Every step a task took: by whom, when by both clocks, and where.
create table planning.task_transition (
    id uuid primary key,
    task_id uuid not null references planning.task on delete cascade,
    move text not null,
    from_status text not null,
    to_status text not null,
    device_at timestamptz,
    at timestamptz not null,
    lat double precision,
    lon double precision,
    accuracy_m double precision,
    user_id uuid,
    worker_id uuid,
    reason text check (length(reason) <= 1000)
);
create index transition_by_task on planning.task_transition (task_id, id);

-- Finish to start: the successor begins when the predecessor is done and lag_min minutes passed.
create table planning.dependency (
    id uuid primary key,
    project_id uuid not null,
    predecessor uuid not null references planning.task on delete cascade,
    successor uuid not null references planning.task on delete cascade,
    lag_min integer not null check (lag_min >= 0),
    version bigint not null default 1,
    constraint dependency_once unique (predecessor, successor),
    constraint dependency_of_two check (predecessor <> successor)
);
create index dependency_by_successor on planning.dependency (successor);
create index dependency_by_project on planning.dependency (project_id, id);

-- Who works on what. While a task is ahead or under way it holds its workers for its span, and
-- nobody is held twice at a time, whoever plans at the same moment; once it was finished or
-- cancelled it holds nobody. Deferrable, so that one statement may move several tasks.
create table planning.assignment (
    id uuid primary key,
    task_id uuid not null references planning.task on delete cascade,
    worker_id uuid not null,
    during tstzrange not null,
    holds boolean not null default true,
    constraint assignment_once unique (task_id, worker_id),
    constraint assignment_overlap exclude using gist (worker_id with =, during with &&)
        where (holds) deferrable initially immediate
);
create index assignment_by_worker on planning.assignment (worker_id, task_id);

-- A checklist's template. A run keeps the version it began with, so versions are never changed.
create table planning.checklist (
    id uuid primary key,
    -- Names a template that came with the trade's seeds.
    code text constraint checklist_code unique,
    version bigint not null default 1
);

create table planning.checklist_version (
    checklist_id uuid not null references planning.checklist on delete cascade,
    version bigint not null,
    name text not null check (length(name) between 1 and 200),
    questions jsonb not null,
    -- Whether a question must be answered before the task is finished.
    required boolean not null,
    at timestamptz not null,
    primary key (checklist_id, version)
);

create table planning.task_checklist (
    task_id uuid not null references planning.task on delete cascade,
    checklist_id uuid not null references planning.checklist,
    primary key (task_id, checklist_id)
);
create index task_checklist_by_checklist on planning.task_checklist (checklist_id);

create table planning.checklist_run (
    id uuid primary key,
    task_id uuid not null references planning.task on delete cascade,
    checklist_id uuid not null,
    checklist_version bigint not null,
    answered integer not null,
    questions integer not null,
    nonconformities integer not null,
    -- When the last required answer came, by the device's clock.
    completed_at timestamptz,
    version bigint not null default 1,
    constraint checklist_run_once unique (task_id, checklist_id),
    foreign key (checklist_id, checklist_version) references planning.checklist_version
);

create table planning.checklist_answer (
    run_id uuid not null references planning.checklist_run on delete cascade,
    question text not null,
    value jsonb not null,
    conforms boolean not null,
    -- By the device's clock and by the server's.
    answered_at timestamptz not null,
    at timestamptz not null,
    answered_by uuid,
    primary key (run_id, question)
);

-- A task as people see it, with all that hangs on it: the one place that gathers it.
create view planning.task_state as
    select t.id, t.site_id, t.project_id, t.phase_id, t.milestone_id, t.title, t.description,
           t.priority, t.workers_needed, t.starts_at, t.ends_at, t.duration_min, t.status,
           t.started_at, t.finished_at, t.validated_at, t.version, s.zone,
           array(select skill_id from planning.task_skill k
                 where k.task_id = t.id order by skill_id) as skills,
           array(select checklist_id from planning.task_checklist c
                 where c.task_id = t.id order by checklist_id) as checklists,
           array(select worker_id from planning.assignment a
                 where a.task_id = t.id order by worker_id) as workers,
           array(select predecessor from planning.dependency d
                 where d.successor = t.id order by predecessor) as predecessors
    from planning.task t
    join projects_pub.site s on s.id = t.site_id;

create view planning_pub.task as
    select id, site_id, project_id, title, status, starts_at, ends_at, duration_min, started_at,
           finished_at, validated_at, version, phase_id, milestone_id, priority, workers_needed
    from planning.task;

create view planning_pub.task_worker as
    select task_id, worker_id from planning.assignment;

create view planning_pub.checklist_run as
    select r.id, r.task_id, r.answered, r.questions, r.nonconformities, r.completed_at,
           r.checklist_id, v.name, r.version
    from planning.checklist_run r
    join planning.checklist_version v
        on v.checklist_id = r.checklist_id and v.version = r.checklist_version;
