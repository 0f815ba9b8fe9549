-- Who may sign in at this firm, with what, and where they are signed in.

-- A user ("user" is a reserved word in SQL). E-mails are stored in lower case.
create table identity.person (
    id uuid primary key,
    email text not null unique,
    name text not null,
    status text not null check (status in ('invited', 'active', 'disabled')),
    -- [{"role": …, "scope": {"kind": …, "id": …}}]
    grants jsonb not null,
    -- Argon2id in PHC form; none before the invitation is accepted.
    password_hash text,
    version bigint not null default 1,
    created_at timestamptz not null,
    check (status <> 'active' or password_hash is not null)
);
create index person_by_grant on identity.person using gin (grants jsonb_path_ops);

-- One per user; issued anew it gets another secret. Only the SHA-256 of the secret is kept.
create table identity.invitation (
    id uuid primary key,
    user_id uuid not null unique references identity.person,
    token_hash bytea not null unique,
    invited_by uuid,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    accepted_at timestamptz,
    revoked_at timestamptz,
    version bigint not null default 1
);

-- A sign-in on one device. The refresh token rotates: current_hash is the one that is live,
-- previous_hash the one it replaced, which is taken again only as long as the live one was never
-- used. family_hash is of the part that all tokens of the session share: who knows it but has
-- neither of the two presents a spent token.
create table identity.session (
    id uuid primary key,
    user_id uuid not null references identity.person,
    family_hash bytea not null,
    current_hash bytea not null,
    previous_hash bytea,
    device text not null,
    created_at timestamptz not null,
    used_at timestamptz not null,
    -- Ends when unused until idle_until, and at ends_at in any case.
    idle_until timestamptz not null,
    ends_at timestamptz not null,
    ended_at timestamptz
);
create index session_by_user on identity.session (user_id, id);

-- Sign-ins that failed lately, by the SHA-256 of the e-mail that was tried: one that nobody has
-- is counted like any other.
create table identity.sign_in_attempt (
    account bytea primary key,
    failures integer not null,
    since timestamptz not null
);
create index sign_in_attempt_by_age on identity.sign_in_attempt (since);

create view identity_pub.person as
    select id, name, email from identity.person;
