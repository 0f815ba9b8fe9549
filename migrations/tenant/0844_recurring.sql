-- Tasks that recur: their templates, and which task was planned for which day by the rule.
create table planning.task_template (
    id uuid primary key,
    site_id uuid not null,
    project_id uuid not null,
    title text not null check (length(title) between 1 and 200),
    description text not null check (length(description) <= 4000),
    priority text not null check (priority in ('low', 'normal', 'high', 'urgent')),
    workers_needed smallint not null check (workers_needed between 1 and 50),
    duration_min integer not null check (duration_min >= 1),
    skills uuid[] not null,
    checklists uuid[] not null,
    -- RFC 5545, the part of it that is known here.
    rule text not null check (length(rule) between 1 and 300),
    starts_on date not null,
    starts_at time not null,
    closed text not null check (closed in ('skip', 'shift', 'keep')),
    horizon_days integer not null check (horizon_days between 1 and 366),
    active boolean not null,
    version bigint not null default 1
);
create index task_template_by_site on planning.task_template (site_id, id);

-- One task for each day of the rule, whoever plans at the same moment. `version` is the task's as
-- the template left it: one that stands higher was touched by somebody, and is theirs.
create table planning.task_occurrence (
    template_id uuid not null references planning.task_template on delete cascade,
    on_date date not null,
    task_id uuid not null references planning.task on delete cascade,
    version bigint not null,
    primary key (template_id, on_date)
);
create index task_occurrence_by_task on planning.task_occurrence (task_id);

create view planning_pub.task_occurrence as
    select template_id, on_date, task_id from planning.task_occurrence;
