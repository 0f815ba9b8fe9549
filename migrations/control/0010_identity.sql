-- What identity keeps for the platform: the keys that sign access tokens, the sessions that ended
-- before their tokens did, and the platform's own admins.
-- "if not exists": the database that queries are checked against at compile time holds this
-- schema and the tenants' schema of the same name side by side.
create schema if not exists identity;

-- The newest key signs until signs_until; each verifies until not_after. The private half is
-- sealed with its kid as associated data.
create table identity.signing_key (
    kid text primary key,
    public_key bytea not null check (length(public_key) = 32),
    sealed_secret bytea not null,
    created_at timestamptz not null,
    signs_until timestamptz not null,
    not_after timestamptz not null
);

-- The halves that may be shown.
create view identity.public_key as
    select kid, public_key, not_after from identity.signing_key;

-- Sessions whose access tokens are refused although they have not expired; without a tenant for
-- those of platform admins. Of no use after `until`.
create table identity.revoked_session (
    session_id uuid primary key,
    tenant_id uuid references tenancy.tenant on delete cascade,
    until timestamptz not null
);
create index revoked_session_by_end on identity.revoked_session (until);

-- The platform's admins and their sessions, in the same shape as a tenant's (tenant/0100), so that
-- the same statements serve both.
create table if not exists identity.person (
    id uuid primary key,
    email text not null unique,
    name text not null,
    status text not null check (status in ('invited', 'active', 'disabled')),
    grants jsonb not null,
    password_hash text,
    version bigint not null default 1,
    created_at timestamptz not null,
    check (status <> 'active' or password_hash is not null)
);

create table if not exists identity.session (
    id uuid primary key,
    user_id uuid not null references identity.person,
    family_hash bytea not null,
    current_hash bytea not null,
    previous_hash bytea,
    device text not null,
    created_at timestamptz not null,
    used_at timestamptz not null,
    idle_until timestamptz not null,
    ends_at timestamptz not null,
    ended_at timestamptz
);
create index if not exists session_by_user on identity.session (user_id, id);

create table if not exists identity.sign_in_attempt (
    account bytea primary key,
    failures integer not null,
    since timestamptz not null
);
create index if not exists sign_in_attempt_by_age on identity.sign_in_attempt (since);

grant usage on schema identity to fieldops_identity, fieldops_gateway;
grant select on identity.public_key, identity.revoked_session to fieldops_gateway;
grant select, insert, update, delete on identity.revoked_session, identity.person,
    identity.session, identity.sign_in_attempt to fieldops_identity;
grant select, insert, delete on identity.signing_key to fieldops_identity;
grant select on identity.public_key to fieldops_identity;
