-- What is dirty and what is due, so that nobody has to look into a thousand sleeping databases.
create schema events;

-- Set before a tenant's commit, cleared when its outbox is drained and the mark is so old that no
-- writer still relies on it: what a crash left behind is found here.
create table events.dirty (
    tenant_id uuid primary key references tenancy.tenant on delete cascade,
    marked_at timestamptz not null,
    lease_until timestamptz
);

-- Events that a consumer will never be able to take, kept for a person to look at and to give
-- again. The in-process bus alone writes here; RabbitMQ has a queue for it.
create table events.dead_letter (
    consumer text not null,
    event_id uuid not null,
    tenant_id uuid not null references tenancy.tenant on delete cascade,
    envelope jsonb not null,
    reason text not null,
    at timestamptz not null,
    primary key (consumer, event_id)
);
create index dead_letter_by_event on events.dead_letter (event_id);

create schema jobs;

-- When a service next has work of a tenant to do. marked_at is when a writer last touched the
-- row, before its commit: while that is recent, nobody moves due_at to later.
create table jobs.due (
    tenant_id uuid not null references tenancy.tenant on delete cascade,
    service text not null,
    due_at timestamptz not null,
    marked_at timestamptz not null,
    lease_until timestamptz,
    primary key (tenant_id, service)
);
create index due_by_time on jobs.due (service, due_at);

grant usage on schema events, jobs to fieldops_identity, fieldops_projects, fieldops_resources,
    fieldops_planning, fieldops_proofs, fieldops_reporting, fieldops_provisioning;
grant select, insert, update, delete on events.dirty, events.dead_letter, jobs.due to fieldops_identity,
    fieldops_projects, fieldops_resources, fieldops_planning, fieldops_proofs, fieldops_reporting,
    fieldops_provisioning;
