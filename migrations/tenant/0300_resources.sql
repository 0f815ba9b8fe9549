-- Who can be planned: skills, workers with their hours and absences, crews.
create table resources.skill (
    id uuid primary key,
    code text not null constraint skill_code unique,
    name_fr text not null,
    name_en text not null,
    version bigint not null
);

create table resources.worker (
    id uuid primary key,
    name text not null,
    phone text,
    -- The account in identity, where the worker has one; an account is one worker at most.
    user_id uuid constraint worker_user unique,
    active boolean not null,
    -- Usual hours: ISO 8601 week days (1 is Monday), and from when to when, in the site's zone.
    days smallint[] not null,
    day_starts time not null,
    day_ends time not null,
    version bigint not null,
    constraint worker_hours check (day_ends > day_starts)
);

create table resources.worker_skill (
    worker_id uuid not null references resources.worker,
    skill_id uuid not null references resources.skill,
    -- The last day the certificate holds; null for what does not expire.
    valid_until date,
    primary key (worker_id, skill_id)
);
create index worker_skill_by_skill on resources.worker_skill (skill_id);

create table resources.absence (
    id uuid primary key,
    worker_id uuid not null references resources.worker,
    from_at timestamptz not null,
    to_at timestamptz not null,
    kind text not null check (kind in ('leave', 'sick', 'training', 'other')),
    constraint absence_span check (to_at > from_at)
);
create index absence_by_worker on resources.absence (worker_id, to_at);

create table resources.crew (
    id uuid primary key,
    name text not null constraint crew_name unique,
    lead_id uuid references resources.worker,
    version bigint not null
);

create table resources.crew_member (
    crew_id uuid not null references resources.crew,
    worker_id uuid not null references resources.worker,
    primary key (crew_id, worker_id)
);
create index crew_member_by_worker on resources.crew_member (worker_id);

create view resources_pub.worker as
    select id, user_id, name, active, version, days, day_starts, day_ends
    from resources.worker;

create view resources_pub.skill as
    select id, code, name_fr, name_en
    from resources.skill;

create view resources_pub.worker_skill as
    select worker_id, skill_id, valid_until
    from resources.worker_skill;

create view resources_pub.absence as
    select worker_id, from_at, to_at
    from resources.absence;

create view resources_pub.crew as
    select id, name
    from resources.crew;

create view resources_pub.crew_member as
    select crew_id, worker_id
    from resources.crew_member;
