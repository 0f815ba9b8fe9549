-- Making and unmaking tenants: what was asked, and how far it has come.
create schema provisioning;

create table provisioning.plan (
    code text primary key,
    name_fr text not null,
    name_en text not null,
    max_users integer not null check (max_users > 0)
);
insert into provisioning.plan (code, name_fr, name_en, max_users) values
    ('starter', 'Équipe', 'Crew', 25),
    ('business', 'Entreprise', 'Business', 250),
    ('enterprise', 'Grand compte', 'Enterprise', 10000);

create table provisioning.licence (
    tenant_id uuid primary key references tenancy.tenant on delete cascade,
    plan text not null references provisioning.plan,
    valid_from date not null,
    valid_until date not null check (valid_until >= valid_from)
);

create table provisioning.run (
    id uuid primary key,
    -- No reference: the run that removes a tenant outlives it.
    tenant_id uuid not null,
    kind text not null check (kind in ('create', 'remove')),
    state text not null check (state in ('waiting', 'done', 'failed')),
    -- The first admin, for a run that creates: ids, e-mail, name, hash of the invitation's secret.
    admin jsonb,
    attempts integer not null default 0,
    last_error text,
    run_at timestamptz not null,
    lease_until timestamptz,
    created_at timestamptz not null,
    finished_at timestamptz
);
create unique index run_one_at_a_time on provisioning.run (tenant_id) where state = 'waiting';
create index run_due on provisioning.run (run_at) where state = 'waiting';

create table provisioning.step (
    run_id uuid not null references provisioning.run on delete cascade,
    position smallint not null,
    name text not null,
    done_at timestamptz,
    primary key (run_id, position)
);

grant usage on schema provisioning to fieldops_provisioning;
grant select on provisioning.plan to fieldops_provisioning;
grant select, insert, update, delete on provisioning.licence, provisioning.run, provisioning.step
    to fieldops_provisioning;
