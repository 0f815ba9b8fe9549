-- What the phones pull. One row per worker and thing, so the table is as long as what a worker
-- ever heard of, not as what ever happened. xid is the transaction that touched the thing last;
-- a reader takes only rows older than every transaction that is still open, so the one that
-- commits late is not passed over (an id or a time as cursor would pass it).
create table planning.change (
    worker_id uuid not null,
    kind text not null check (kind in ('task', 'time_entry', 'incident')),
    entity_id uuid not null,
    xid xid8 not null default pg_current_xact_id(),
    primary key (worker_id, kind, entity_id)
);
create index change_by_xid on planning.change (worker_id, xid, entity_id, kind);

-- A call that a phone queued offline and that was refused when it was sent at last: kept for the
-- site lead to see what is missing.
create table planning.refusal (
    id uuid primary key,
    worker_id uuid not null,
    site_id uuid not null,
    project_id uuid not null,
    method text not null,
    path text not null,
    status integer not null,
    problem jsonb not null,
    -- When the worker did it, by the phone.
    acted_at timestamptz not null,
    noted_at timestamptz not null,
    version bigint not null default 1
);
create index refusal_by_site on planning.refusal (site_id, id);
