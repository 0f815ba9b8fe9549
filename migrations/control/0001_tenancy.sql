-- The control database: who the tenants are and where their data is. Nothing of a tenant's work.
-- Each service signs in with its own role (fieldops_SERVICE) and sees only what it needs.
create schema tenancy;

create table tenancy.tenant (
    id uuid primary key,
    slug text not null unique check (slug ~ '^[a-z][a-z0-9-]{1,38}[a-z0-9]$'),
    name text not null check (length(name) between 1 and 200),
    sector text not null,
    country text not null check (country ~ '^[A-Z]{2}$'),
    zone text not null,
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    status text not null check (status in ('provisioning', 'active', 'suspended', 'removing')),
    database text not null unique check (database ~ '^t_[a-z0-9]{26}$'),
    schema_version bigint not null default 0,
    -- Changes after a restore or a move: phones then pull everything anew.
    epoch uuid not null,
    version bigint not null default 1,
    created_at timestamptz not null
);

-- One login role per tenant and service; the password is sealed with the tenant's id as
-- associated data. A service reads its own rows only.
create table tenancy.login (
    tenant_id uuid not null references tenancy.tenant on delete cascade,
    service text not null,
    role text not null unique,
    secret bytea not null,
    primary key (tenant_id, service)
);
alter table tenancy.login enable row level security;
create policy own_rows on tenancy.login for select
    using ('fieldops_' || service = current_user);
create policy provisioning_writes on tenancy.login to fieldops_provisioning
    using (true) with check (true);

-- The gateway's public keys, by which services verify internal tokens. The private halves live in
-- the gateways' memory alone.
create table tenancy.internal_key (
    kid text primary key,
    public_key bytea not null,
    not_after timestamptz not null
);

grant usage on schema tenancy to fieldops_gateway, fieldops_identity, fieldops_projects,
    fieldops_resources, fieldops_planning, fieldops_proofs, fieldops_reporting, fieldops_provisioning;
grant select on tenancy.tenant, tenancy.login, tenancy.internal_key to fieldops_gateway,
    fieldops_identity, fieldops_projects, fieldops_resources, fieldops_planning, fieldops_proofs,
    fieldops_reporting, fieldops_provisioning;
grant insert, update, delete on tenancy.tenant, tenancy.login to fieldops_provisioning;
grant insert, delete on tenancy.internal_key to fieldops_gateway;
