-- What dispatch must know of a task beyond its plan, its searches with their proposals, and the
-- travel times that a firm gave.

-- A task without a row needs nothing. As the API says it: read and written as a whole.
create table planning.task_need (
    task_id uuid primary key references planning.task on delete cascade,
    needs jsonb not null
);

-- A search for who does what and when. Its proposal stands here until somebody publishes it:
-- nothing of the plan changes before.
create table planning.dispatch_run (
    id uuid primary key,
    kind text not null check (kind in ('plan', 'replan')),
    state text not null
        check (state in ('queued', 'running', 'done', 'cancelled', 'failed', 'published')),
    -- What was asked: days, weights, who may be put on the tasks, what happened.
    ask jsonb not null,
    what_if boolean not null,
    asked_by uuid,
    asked_at timestamptz not null,
    -- Somebody wants it stopped; whoever searches looks here.
    stop boolean not null default false,
    started_at timestamptz,
    ended_at timestamptz,
    -- How far it is and how good; told while it runs, so no change of its version.
    progress jsonb not null,
    -- The proposal, what it leaves undone and why, what it costs.
    proposal jsonb,
    -- The tasks as they were when it began, to tell what changed until it is published.
    basis jsonb,
    -- Why it could not be done.
    failure text,
    published_by uuid,
    published_at timestamptz,
    version bigint not null default 1
);
create index dispatch_run_by_time on planning.dispatch_run (asked_at desc, id desc);

-- The sites that a run is for. Two searches never plan one site at a time.
create table planning.dispatch_run_site (
    run_id uuid not null references planning.dispatch_run on delete cascade,
    site_id uuid not null,
    project_id uuid not null,
    busy boolean not null default true,
    primary key (run_id, site_id)
);
create unique index dispatch_site_busy on planning.dispatch_run_site (site_id) where busy;

-- Travel times by road that the firm knows better: one table, replaced as a whole. Row by row,
-- seconds from each place (a site, a depot, a worker's start) to each.
create table planning.travel_matrix (
    id uuid primary key,
    one boolean not null default true unique check (one),
    places uuid[] not null,
    seconds integer[] not null,
    uploaded_by uuid,
    uploaded_at timestamptz not null,
    version bigint not null default 1,
    constraint travel_matrix_whole
        check (cardinality(seconds) = cardinality(places) * cardinality(places))
);

-- What was agreed outside of the rules that may be: who, on which task, which rules, why.
create table planning.assignment_override (
    id uuid primary key,
    task_id uuid not null references planning.task on delete cascade,
    worker_id uuid not null,
    rules text[] not null,
    reason text not null check (length(reason) between 1 and 500),
    by_user uuid,
    at timestamptz not null
);
create index assignment_override_by_task on planning.assignment_override (task_id, worker_id);
