-- Projects with their sites, phases and milestones. Actors are users of identity, by id.
create table projects.project (
    id uuid primary key,
    code text not null constraint project_code unique,
    name text not null,
    client text,
    status text not null check (status in ('draft', 'active', 'closed')),
    currency text not null,
    starts_on date,
    ends_on date,
    version bigint not null,
    constraint project_days check (ends_on >= starts_on)
);

create table projects.site (
    id uuid primary key,
    project_id uuid not null references projects.project,
    name text not null,
    address text,
    client_name text,
    lat double precision not null check (lat between -90 and 90),
    lon double precision not null check (lon between -180 and 180),
    -- The geofence is a circle of this many metres around the position.
    radius_m double precision not null check (radius_m between 10 and 50000),
    -- IANA time zone: the site's days and its watermarks are read in it.
    zone text not null,
    contacts text,
    access_notes text,
    version bigint not null
);
create index site_by_project on projects.site (project_id, id);

create table projects.phase (
    id uuid primary key,
    project_id uuid not null references projects.project,
    name text not null,
    -- Place among the project's phases; two may share one and run side by side.
    place integer not null,
    starts_on date,
    ends_on date,
    version bigint not null,
    constraint phase_days check (ends_on >= starts_on),
    -- What a milestone's phase refers to, so that it is one of the same project.
    unique (project_id, id)
);

create table projects.milestone (
    id uuid primary key,
    project_id uuid not null references projects.project,
    phase_id uuid,
    name text not null,
    due_on date not null,
    acceptance_criteria text,
    status text not null check (status in ('pending', 'accepted', 'refused')),
    -- The acceptance: by whom, when, and what was said.
    decided_by uuid,
    decided_at timestamptz,
    note text,
    version bigint not null,
    constraint milestone_phase foreign key (project_id, phase_id)
        references projects.phase (project_id, id),
    constraint milestone_decision
        check ((status = 'pending') = (decided_at is null and decided_by is null))
);
create index milestone_by_project on projects.milestone (project_id, id);

create view projects_pub.project as
    select id, code, name, status, currency, version, client, starts_on, ends_on
    from projects.project;

create view projects_pub.site as
    select id, project_id, name, client_name, lat, lon, radius_m, zone, version, address
    from projects.site;

create view projects_pub.milestone as
    select id, project_id, name, due_on, status
    from projects.milestone;
