-- Sites in depth; what a project delivers and how it changes; imports.

-- The fence as a GeoJSON polygon; without one it is the circle around the position.
alter table projects.site add column polygon jsonb;
-- The trade or the branch the site belongs to, in the firm's own words.
alter table projects.site add column sector text;
-- Whom to call: [{name, role, phone, email}].
alter table projects.site add column people jsonb not null default '[]';
-- When the site is open: [{day, opens, closes}], day 1 is Monday (ISO 8601), in the site's zone.
alter table projects.site add column opening_hours jsonb not null default '[]';
-- What stood in words becomes the name of one contact. The old column is left for the version
-- that still reads it.
update projects.site set people = jsonb_build_array(jsonb_build_object('name', left(contacts, 200)))
    where contacts is not null;

create or replace view projects_pub.site as
    select id, project_id, name, client_name, lat, lon, radius_m, zone, version, address, polygon,
           sector
    from projects.site;

-- The parts of a site: zones, and levels in a zone or in the site itself.
create table projects.site_part (
    id uuid primary key,
    site_id uuid not null references projects.site,
    parent_id uuid,
    kind text not null check (kind in ('zone', 'level')),
    name text not null,
    -- Place among its brothers: levels from the lowest up.
    place integer not null,
    version bigint not null,
    unique (site_id, id),
    constraint site_part_parent foreign key (site_id, parent_id)
        references projects.site_part (site_id, id),
    constraint site_part_name unique nulls not distinct (site_id, parent_id, name),
    constraint site_part_zone check (kind = 'level' or parent_id is null)
);

create view projects_pub.site_part as
    select id, site_id, parent_id, kind, name, place from projects.site_part;

create table projects.deliverable (
    id uuid primary key,
    project_id uuid not null references projects.project,
    milestone_id uuid references projects.milestone,
    name text not null,
    description text,
    due_on date not null,
    -- The person who validates it beside the managers.
    sponsor_id uuid,
    status text not null check (status in ('pending', 'submitted', 'accepted', 'refused')),
    submitted_by uuid,
    submitted_at timestamptz,
    decided_by uuid,
    decided_at timestamptz,
    note text,
    version bigint not null,
    constraint deliverable_decision
        check ((status in ('accepted', 'refused')) = (decided_at is not null and decided_by is not null))
);
create index deliverable_by_project on projects.deliverable (project_id, id);

create table projects.change_order (
    id uuid primary key,
    project_id uuid not null references projects.project,
    -- Counted from 1 without gaps: given under the project's lock, and none is ever removed.
    number integer not null check (number > 0),
    title text not null,
    reason text not null,
    -- Minor units of the project's currency; negative for less.
    amount_minor bigint,
    delay_days integer not null,
    status text not null check (status in ('draft', 'submitted', 'approved', 'rejected')),
    decided_by uuid,
    decided_at timestamptz,
    note text,
    version bigint not null,
    constraint change_order_number unique (project_id, number),
    constraint change_order_decision
        check ((status in ('approved', 'rejected')) = (decided_at is not null and decided_by is not null))
);
create index change_order_by_project on projects.change_order (project_id, id);

create view projects_pub.change_order as
    select id, project_id, number, title, amount_minor, delay_days, status, decided_at, version
    from projects.change_order;

-- Matters of a project that somebody must settle. Not the field's incidents, which are planning's.
create table projects.issue (
    id uuid primary key,
    project_id uuid not null references projects.project,
    title text not null,
    description text,
    severity text not null check (severity in ('low', 'medium', 'high', 'critical')),
    owner_id uuid,
    due_on date,
    status text not null check (status in ('open', 'resolved')),
    resolution text,
    resolved_by uuid,
    resolved_at timestamptz,
    version bigint not null,
    constraint issue_resolution
        check ((status = 'resolved') = (resolution is not null and resolved_at is not null))
);
create index issue_by_project on projects.issue (project_id, id);

create view projects_pub.issue as
    select id, project_id, title, severity, owner_id, due_on, status, version from projects.issue;

-- An import of projects, sites, tasks and workers. Projects and sites are there with it; the
-- other services take their rows over and say so.
create table projects.import (
    id uuid primary key,
    at timestamptz not null,
    by_user uuid not null,
    projects bigint not null,
    sites bigint not null,
    tasks bigint not null,
    workers bigint not null,
    tasks_state text not null check (tasks_state in ('running', 'done', 'failed')),
    tasks_line bigint,
    tasks_reason text,
    workers_state text not null check (workers_state in ('running', 'done', 'failed')),
    workers_line bigint,
    workers_reason text,
    version bigint not null
);

-- Rows that wait for the service they belong to. They go once it has taken them over (or could
-- not): what they say of people stands nowhere else in this service.
create table projects.import_row (
    import_id uuid not null references projects.import,
    kind text not null check (kind in ('task', 'worker')),
    -- The line of the file it came from.
    line bigint not null,
    -- The id of what is to be made.
    id uuid not null,
    row jsonb not null,
    primary key (import_id, kind, line)
);

create view projects_pub.import_row as
    select import_id, kind, line, id, row from projects.import_row;
-- Rows of workers hold telephone numbers: only who takes rows over reads them.
revoke select on projects_pub.import_row from fo_identity, fo_proofs, fo_reporting;

-- Which imports resources and planning have taken over.
create table resources.import_taken (
    import_id uuid primary key,
    at timestamptz not null
);
create table planning.import_taken (
    import_id uuid primary key,
    at timestamptz not null
);
