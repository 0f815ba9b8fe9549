-- The steering of a project: its risks and how they were judged over time, its committee's
-- meetings with what they decided, its KPIs and the limits of its risk indicators.
create table projects.steering_meeting (
    id uuid primary key,
    project_id uuid not null references projects.project,
    held_at timestamptz not null,
    attendees text[] not null,
    agenda text,
    minutes text,
    -- Closed is final.
    closed_at timestamptz,
    closed_by uuid,
    version bigint not null,
    constraint meeting_closing check ((closed_at is null) = (closed_by is null))
);
create index steering_meeting_by_project on projects.steering_meeting (project_id, id);

create table projects.risk (
    id uuid primary key,
    project_id uuid not null references projects.project,
    category text not null,
    title text not null,
    description text,
    probability smallint not null check (probability between 1 and 5),
    impact smallint not null check (impact between 1 and 5),
    score smallint not null generated always as (probability * impact) stored,
    -- A user of identity.
    owner_id uuid,
    mitigation text,
    status text not null check (status in ('open', 'mitigated', 'closed', 'occurred')),
    next_review_on date,
    reported_by uuid not null,
    reported_at timestamptz not null,
    version bigint not null
);
create index risk_by_project on projects.risk (project_id, id);

-- Each version a risk had: what was judged, by whom, when, at which meeting.
create table projects.risk_entry (
    id uuid primary key,
    risk_id uuid not null references projects.risk,
    version bigint not null,
    act text not null check (act in ('reported', 'updated', 'reviewed')),
    meeting_id uuid references projects.steering_meeting,
    by_user uuid not null,
    at timestamptz not null,
    was_probability smallint,
    was_impact smallint,
    was_status text,
    probability smallint not null,
    impact smallint not null,
    status text not null,
    note text,
    unique (risk_id, version),
    constraint risk_reviewed_once unique (risk_id, meeting_id)
);

-- A decision to be taken or an action to be done, from a meeting.
create table projects.steering_item (
    id uuid primary key,
    project_id uuid not null references projects.project,
    meeting_id uuid not null references projects.steering_meeting,
    kind text not null check (kind in ('decision', 'action')),
    title text not null,
    details text,
    owner_id uuid,
    due_on date,
    status text not null check (status in ('open', 'done')),
    done_at timestamptz,
    done_by uuid,
    outcome text,
    version bigint not null,
    constraint item_done check ((status = 'done') = (done_at is not null and done_by is not null))
);
create index steering_item_by_project on projects.steering_item (project_id, id);
create index steering_item_by_meeting on projects.steering_item (meeting_id, id);

create table projects.steering_kpi (
    id uuid primary key,
    project_id uuid not null references projects.project,
    indicator text not null,
    aim text not null check (aim in ('at_least', 'at_most')),
    target double precision not null,
    warning double precision not null,
    version bigint not null,
    constraint steering_kpi_once unique (project_id, indicator)
);

-- Where a project's limits differ from the usual ones.
create table projects.risk_thresholds (
    project_id uuid primary key references projects.project,
    version bigint not null
);
create table projects.risk_limit (
    project_id uuid not null references projects.risk_thresholds,
    indicator text not null,
    warning double precision not null,
    breach double precision not null check (breach >= warning),
    primary key (project_id, indicator)
);

create view projects_pub.risk as
    select id, project_id, category, title, probability, impact, score, owner_id, status,
           next_review_on, version
    from projects.risk;

create view projects_pub.steering_item as
    select id, project_id, meeting_id, kind, title, owner_id, due_on, status, version
    from projects.steering_item;
