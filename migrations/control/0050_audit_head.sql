-- How far each tenant's audit chain was when it was last sealed, away from the tenant's database:
-- a chain that was cut short there is seen here.
create schema audit;

create table audit.head (
    tenant_id uuid primary key references tenancy.tenant on delete cascade,
    position bigint not null,
    hash bytea not null,
    sealed_at timestamptz not null
);

grant usage on schema audit to fieldops_proofs;
grant select, insert, update on audit.head to fieldops_proofs;
