-- After how long an incident that nobody deals with is passed on: the firm's own times, at most one
-- row. Without one the usual times hold.
create table planning.incident_escalation (
    id uuid primary key,
    one boolean not null default true unique check (one),
    -- As the API says it: read and written as a whole.
    times jsonb not null,
    by_user uuid not null,
    at timestamptz not null,
    version bigint not null
);

-- Those for which other times are looked for, page by page.
create index incident_open on planning.incident (id) where status <> 'resolved';
