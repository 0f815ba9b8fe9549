-- A tenant's database: one schema per service, each written by its own role alone, and what
-- others may read in SERVICE_pub. The schema core holds what every write leaves behind.
do $$
declare
    service text;
    services text[] := array['identity', 'projects', 'resources', 'planning', 'proofs', 'reporting'];
    everyone text := 'fo_identity, fo_projects, fo_resources, fo_planning, fo_proofs, fo_reporting';
begin
    execute 'create schema core';
    execute 'grant usage on schema core to ' || everyone;
    foreach service in array services loop
        execute format('create schema %I', service);
        execute format('create schema %I', service || '_pub');
        execute format('grant usage on schema %I to %I', service, 'fo_' || service);
        execute format('alter default privileges in schema %I grant select, insert, update, delete on tables to %I', service, 'fo_' || service);
        execute format('alter default privileges in schema %I grant usage on sequences to %I', service, 'fo_' || service);
        execute format('grant usage on schema %I to %s', service || '_pub', everyone);
        execute format('alter default privileges in schema %I grant select on tables to %s', service || '_pub', everyone);
    end loop;
end $$;

-- Answers given, so that the same call made twice has one effect.
create table core.idempotency_key (
    caller uuid not null,
    key text not null check (length(key) between 1 and 200),
    fingerprint bytea not null,
    status smallint not null,
    headers jsonb not null,
    body bytea not null,
    answered_at timestamptz not null,
    primary key (caller, key)
);
create index idempotency_by_age on core.idempotency_key (answered_at);

-- Events on their way out. A row carries its own sent mark: polling by id > cursor would lose the
-- transaction that commits late.
create table core.outbox (
    id uuid primary key,
    at timestamptz not null,
    envelope jsonb not null,
    lease_until timestamptz,
    attempts integer not null default 0,
    last_error text,
    sent_at timestamptz
);
create index outbox_waiting on core.outbox (id) where sent_at is null;
create index outbox_sent on core.outbox (sent_at) where sent_at is not null;

-- Events a consumer has taken in; its effect commits in the same transaction.
create table core.inbox (
    consumer text not null,
    event_id uuid not null,
    at timestamptz not null,
    primary key (consumer, event_id)
);
create index inbox_by_age on core.inbox (at);

-- Background work.
create table core.job (
    id uuid primary key,
    service text not null,
    kind text not null,
    -- One waiting job per key; null for work that may stand several times.
    key text,
    payload jsonb not null,
    run_at timestamptz not null,
    attempts integer not null default 0,
    lease_until timestamptz,
    last_error text,
    state text not null default 'waiting'
        check (state in ('waiting', 'running', 'done', 'failed')),
    created_at timestamptz not null,
    finished_at timestamptz
);
create unique index job_once on core.job (service, kind, key) where state = 'waiting' and key is not null;
create index job_open on core.job (service, run_at) where state in ('waiting', 'running');
create index job_by_end on core.job (finished_at) where state = 'done';

-- The audit trail. An entry commits to its personal part by a salted hash; the part itself stands
-- in audit_detail, so that erasing a person leaves the chain verifiable.
create table core.audit_entry (
    id uuid primary key,
    at timestamptz not null,
    action text not null,
    entity text not null,
    entity_id uuid not null,
    entity_version bigint not null,
    request_id uuid not null,
    commitment bytea not null
);
create index audit_by_entity on core.audit_entry (entity, entity_id, id);

create table core.audit_detail (
    entry_id uuid primary key references core.audit_entry,
    salt bytea not null,
    -- actor, role, device_at, position, about: what a person did, where, and with which values.
    value jsonb not null
);

-- The chain: each link's hash covers the link before it and its entry.
create table core.audit_link (
    position bigint primary key,
    entry_id uuid not null unique references core.audit_entry,
    hash bytea not null
);

grant select, insert, update, delete on core.idempotency_key, core.outbox, core.inbox, core.job to
    fo_identity, fo_projects, fo_resources, fo_planning, fo_proofs, fo_reporting;
grant insert on core.audit_entry, core.audit_detail to
    fo_identity, fo_projects, fo_resources, fo_planning, fo_proofs, fo_reporting;
-- Proofs alone reads the trail, seals it, and erases a person's part. Nobody updates an entry.
grant select on core.audit_entry, core.audit_detail, core.audit_link to fo_proofs;
grant insert on core.audit_link to fo_proofs;
grant delete on core.audit_detail to fo_proofs;
