-- What events told, kept as the newest known state of each thing: ids and figures, no names.
-- A fact is overwritten by a higher version only, so late news never overwrites newer.
create table reporting.project_fact (
    id uuid primary key,
    version bigint not null,
    status text not null
);

create table reporting.site_fact (
    id uuid primary key,
    version bigint not null,
    project_id uuid not null,
    zone text not null
);

create table reporting.milestone_fact (
    id uuid primary key,
    version bigint not null,
    project_id uuid not null,
    due_on date not null,
    status text not null
);
create index milestone_fact_by_project on reporting.milestone_fact (project_id);

create table reporting.task_fact (
    id uuid primary key,
    version bigint not null,
    site_id uuid not null,
    project_id uuid not null,
    status text not null,
    starts_at timestamptz not null,
    ends_at timestamptz not null,
    duration_min integer not null,
    started_at timestamptz,
    finished_at timestamptz,
    workers uuid[] not null
);
create index task_fact_by_site on reporting.task_fact (site_id);
create index task_fact_by_project on reporting.task_fact (project_id);
create index task_fact_unfinished on reporting.task_fact (ends_at)
    where status in ('planned', 'in_progress', 'paused');

create table reporting.incident_fact (
    id uuid primary key,
    version bigint not null,
    site_id uuid not null,
    project_id uuid not null,
    task_id uuid,
    severity text not null,
    status text not null
);
create index incident_fact_by_site on reporting.incident_fact (site_id);

create table reporting.time_entry_fact (
    id uuid primary key,
    version bigint not null,
    worker_id uuid not null,
    site_id uuid not null,
    project_id uuid not null,
    in_at timestamptz not null,
    out_at timestamptz
);
create index time_entry_fact_by_site on reporting.time_entry_fact (site_id, in_at);

create table reporting.photo_fact (
    id uuid primary key,
    version bigint not null,
    task_id uuid,
    site_id uuid not null,
    project_id uuid not null,
    state text not null,
    taken_at timestamptz not null
);
create index photo_fact_by_site on reporting.photo_fact (site_id, taken_at);
create index photo_fact_by_task on reporting.photo_fact (task_id);

create table reporting.signature_fact (
    id uuid primary key,
    version bigint not null,
    task_id uuid not null,
    site_id uuid not null,
    project_id uuid not null,
    signed_at timestamptz not null
);
create index signature_fact_by_site on reporting.signature_fact (site_id, signed_at);
create index signature_fact_by_task on reporting.signature_fact (task_id);

create table reporting.checklist_run_fact (
    id uuid primary key,
    version bigint not null,
    task_id uuid not null,
    site_id uuid not null,
    answered integer not null,
    questions integer not null,
    nonconformities integer not null
);
create index checklist_run_fact_by_site on reporting.checklist_run_fact (site_id);
create index checklist_run_fact_by_task on reporting.checklist_run_fact (task_id);

-- The feed: what moved, in the order of the commits. Whoever appends holds the one row of
-- feed_head until its commit, so no number is ever seen before a smaller one.
create table reporting.feed_head (
    only_row boolean primary key default true check (only_row),
    seq bigint not null,
    -- The newest event's server time, and when it was taken in.
    as_of timestamptz,
    taken_at timestamptz
);
insert into reporting.feed_head (seq) values (0);

create table reporting.feed (
    seq bigint primary key,
    at timestamptz not null,
    -- What was done: task.started.
    kind text not null,
    entity text not null,
    entity_id uuid not null,
    version bigint not null,
    project_id uuid,
    site_id uuid,
    workers uuid[] not null,
    -- Numbers a screen can use at once; no names.
    payload jsonb not null
);
create index feed_by_age on reporting.feed (at);

-- Something a person should look at. It clears itself when the facts no longer say so.
create table reporting.alert (
    id uuid primary key,
    version bigint not null default 1,
    rule text not null check (rule in ('task_late', 'incident_severe', 'milestone_late')),
    entity text not null,
    entity_id uuid not null,
    project_id uuid not null,
    site_id uuid,
    workers uuid[] not null,
    raised_at timestamptz not null,
    cleared_at timestamptz,
    acknowledged_at timestamptz,
    acknowledged_by uuid
);
create unique index alert_once on reporting.alert (rule, entity_id) where cleared_at is null;

-- What is alarming from `since` on, by the facts. A milestone's day ends at midnight UTC.
create view reporting.alarming as
    select 'task_late' as rule, 'task' as entity, id as entity_id, project_id, site_id, workers,
           ends_at as since
    from reporting.task_fact
    where status in ('planned', 'in_progress', 'paused')
    union all
    select 'incident_severe', 'incident', i.id, i.project_id, i.site_id,
           coalesce(t.workers, '{}'), '-infinity'::timestamptz
    from reporting.incident_fact i left join reporting.task_fact t on t.id = i.task_id
    where i.severity in ('high', 'critical') and i.status <> 'resolved'
    union all
    select 'milestone_late', 'milestone', id, project_id, null, '{}',
           (due_on + 1)::timestamp at time zone 'UTC'
    from reporting.milestone_fact
    where status <> 'accepted';

create table reporting.report (
    id uuid primary key,
    version bigint not null,
    kind text not null check (kind in ('day')),
    site_id uuid not null,
    project_id uuid not null,
    day date not null,
    format text not null check (format in ('pdf', 'xlsx')),
    lang text not null check (lang in ('fr', 'en')),
    state text not null check (state in ('requested', 'ready', 'failed')),
    requested_by uuid,
    requested_at timestamptz not null,
    made_at timestamptz,
    blob_key text,
    size bigint,
    -- SHA-256 of the file.
    sha256 bytea,
    -- SHA-256 of the report's data, printed on every page.
    seal bytea,
    check ((state = 'ready') = (blob_key is not null and size is not null and sha256 is not null
                                and seal is not null and made_at is not null))
);
create index report_by_site on reporting.report (site_id, day);
