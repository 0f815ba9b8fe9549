-- What dispatch needs to know of people and things: levels and certificates, start places, hours
-- of each week day, leave that is asked for and decided, crews over time, depots, vehicles, tools
-- and parts.

-- A place of the firm where things are kept and days begin.
create table resources.depot (
    id uuid primary key,
    name text not null constraint depot_name unique check (length(name) between 1 and 100),
    address text check (length(address) between 1 and 300),
    lat double precision not null check (lat between -90 and 90),
    lon double precision not null check (lon between -180 and 180),
    zone text not null,
    -- When it is open: [{day, opens, closes}], day 1 is Monday (ISO 8601), in the depot's zone.
    opening_hours jsonb not null,
    active boolean not null,
    version bigint not null
);

-- Hours that differ on some of `days`: [{day, starts, ends}], several spans a day where there is
-- a pause; they stand in place of day_starts and day_ends on those days.
alter table resources.worker add column other_days jsonb not null default '[]';
-- Where the day starts and ends: at the depot where there is one, else at home.
alter table resources.worker
    add column home_lat double precision check (home_lat between -90 and 90),
    add column home_lon double precision check (home_lon between -180 and 180),
    add column depot_id uuid references resources.depot,
    add constraint worker_home check ((home_lat is null) = (home_lon is null));
-- The day of the eighteenth birthday of a worker under age, and of nobody else: all that the
-- rules of working time ask of an age.
alter table resources.worker add column minor_until date;

-- 1 learns, 2 works beside somebody, 3 works alone, 4 masters it, 5 teaches it. What was noted
-- before there were levels was noted of people who were sent to do it.
alter table resources.worker_skill
    add column level smallint not null default 3 check (level between 1 and 5);

-- Which certificates there are; each trade and country brings its own to begin with.
create table resources.certificate_kind (
    id uuid primary key,
    code text not null constraint certificate_kind_code unique,
    name_fr text not null,
    name_en text not null,
    -- The skill it proves.
    skill_id uuid references resources.skill,
    -- How long one usually holds; null for what does not expire.
    months smallint check (months between 1 and 240),
    -- How many days before the last day a reminder comes.
    reminder_days integer[] not null,
    version bigint not null
);

create table resources.certificate (
    id uuid primary key,
    worker_id uuid not null references resources.worker,
    kind_id uuid not null references resources.certificate_kind,
    number text check (length(number) between 1 and 100),
    issuer text check (length(issuer) between 1 and 200),
    issued_on date not null,
    -- The last day it holds; null for what does not expire.
    expires_on date,
    -- Where the paper or the file is kept.
    document text check (length(document) between 1 and 500),
    version bigint not null,
    constraint certificate_span check (expires_on >= issued_on)
);
create index certificate_by_worker on resources.certificate (worker_id, id);
create index certificate_by_kind on resources.certificate (kind_id);

-- Reminders that were given: each once, whatever the clock does.
create table resources.certificate_reminder (
    certificate_id uuid not null references resources.certificate on delete cascade,
    expires_on date not null,
    days integer not null,
    at timestamptz not null,
    primary key (certificate_id, expires_on, days)
);

-- Leave is asked for and decided; the rest is noted as it is. What was there was in force.
alter table resources.absence
    drop constraint absence_kind_check,
    add constraint absence_kind_check check (kind in ('leave', 'rest', 'unpaid', 'family',
        'parental', 'training', 'sick', 'accident', 'other')),
    add column status text not null default 'approved'
        check (status in ('asked', 'approved', 'refused')),
    -- Where it was given in whole and half days of the firm's zone.
    add column days jsonb,
    add column asked_by uuid,
    add column asked_at timestamptz,
    add column decided_by uuid,
    add column decided_at timestamptz,
    -- What was said with the decision.
    add column note text check (length(note) between 1 and 1000),
    add column version bigint not null default 1;
create index absence_asked on resources.absence (id) where status = 'asked';

-- Who belonged to a crew from when to when. A null start lies before this was kept.
create table resources.crew_membership (
    id uuid primary key default gen_random_uuid(),
    crew_id uuid not null references resources.crew,
    worker_id uuid not null references resources.worker,
    from_at timestamptz,
    to_at timestamptz,
    constraint crew_membership_span check (to_at >= from_at)
);
create unique index crew_membership_open on resources.crew_membership (crew_id, worker_id)
    where to_at is null;
create index crew_membership_by_worker on resources.crew_membership (worker_id);
insert into resources.crew_membership (crew_id, worker_id)
    select crew_id, worker_id from resources.crew_member;

create table resources.vehicle (
    id uuid primary key,
    plate text not null constraint vehicle_plate unique check (length(plate) between 1 and 20),
    name text check (length(name) between 1 and 100),
    kind text not null check (kind in ('car', 'van', 'truck', 'trailer', 'machine', 'other')),
    -- What it carries: kilograms, litres (1000 are a cubic metre), pieces.
    capacity_kg integer check (capacity_kg >= 0),
    capacity_l integer check (capacity_l >= 0),
    capacity_units integer check (capacity_units >= 0),
    -- People, the driver among them.
    seats smallint not null check (seats between 0 and 100),
    -- Where it stands overnight, and who usually drives it.
    depot_id uuid references resources.depot,
    driver_id uuid references resources.worker,
    active boolean not null,
    version bigint not null
);
create index vehicle_by_depot on resources.vehicle (depot_id);
create index vehicle_by_driver on resources.vehicle (driver_id);

-- Who drives which vehicle when: a vehicle has one driver at a time, a driver one vehicle.
create table resources.vehicle_drive (
    id uuid primary key,
    vehicle_id uuid not null references resources.vehicle,
    worker_id uuid not null references resources.worker,
    from_at timestamptz not null,
    to_at timestamptz not null,
    constraint vehicle_drive_span check (to_at > from_at),
    constraint vehicle_drive_vehicle
        exclude using gist (vehicle_id with =, tstzrange(from_at, to_at) with &&),
    constraint vehicle_drive_worker
        exclude using gist (worker_id with =, tstzrange(from_at, to_at) with &&)
);

create table resources.tool (
    id uuid primary key,
    -- What a task asks for: a short name shared by all tools that will do.
    kind text not null check (length(kind) between 1 and 32),
    name text not null check (length(name) between 1 and 200),
    serial text check (length(serial) between 1 and 100),
    -- Who or what holds it: one of these at most.
    depot_id uuid references resources.depot,
    vehicle_id uuid references resources.vehicle,
    worker_id uuid references resources.worker,
    active boolean not null,
    version bigint not null,
    constraint tool_serial unique (kind, serial),
    constraint tool_holder check (num_nonnulls(depot_id, vehicle_id, worker_id) <= 1)
);
create index tool_by_depot on resources.tool (depot_id);
create index tool_by_vehicle on resources.tool (vehicle_id);
create index tool_by_worker on resources.tool (worker_id);

create table resources.part (
    id uuid primary key,
    code text not null constraint part_code unique check (length(code) between 1 and 32),
    name text not null check (length(name) between 1 and 200),
    -- What one of it is: piece, m, kg. Quantities are whole numbers of it.
    unit text not null check (length(unit) between 1 and 20),
    -- Of one unit: grams and millilitres.
    weight_g bigint check (weight_g >= 0),
    volume_ml bigint check (volume_ml >= 0),
    active boolean not null,
    version bigint not null
);

-- How much of a part is where. It changes by movements alone, in the same commit.
create table resources.stock (
    part_id uuid not null references resources.part,
    depot_id uuid references resources.depot,
    vehicle_id uuid references resources.vehicle,
    quantity bigint not null,
    constraint stock_once unique nulls not distinct (part_id, depot_id, vehicle_id),
    constraint stock_place check (num_nonnulls(depot_id, vehicle_id) = 1),
    constraint stock_left check (quantity >= 0)
);
create index stock_by_depot on resources.stock (depot_id);
create index stock_by_vehicle on resources.stock (vehicle_id);

-- A quantity that came (no origin), went (no destination), or moved. Never changed, never removed.
create table resources.stock_movement (
    id uuid primary key,
    part_id uuid not null references resources.part,
    from_depot_id uuid references resources.depot,
    from_vehicle_id uuid references resources.vehicle,
    to_depot_id uuid references resources.depot,
    to_vehicle_id uuid references resources.vehicle,
    quantity bigint not null check (quantity > 0),
    reason text not null check (reason in ('received', 'moved', 'used', 'lost', 'found')),
    -- The task it was used for.
    task_id uuid,
    note text check (length(note) between 1 and 1000),
    by_user uuid not null,
    at timestamptz not null,
    constraint stock_movement_from check (num_nonnulls(from_depot_id, from_vehicle_id) <= 1),
    constraint stock_movement_to check (num_nonnulls(to_depot_id, to_vehicle_id) <= 1),
    constraint stock_movement_ends check (
        num_nonnulls(from_depot_id, from_vehicle_id, to_depot_id, to_vehicle_id) >= 1)
);
create index stock_movement_by_part on resources.stock_movement (part_id, id);

-- What the other services read.

create or replace view resources_pub.worker as
    select id, user_id, name, active, version, days, day_starts, day_ends, hourly_cost_minor,
           hourly_cost_currency, depot_id
    from resources.worker;

-- The hours of each week day (1 is Monday), in the zone of the site worked on; a day may have
-- several spans, and a worker none at all.
create view resources_pub.worker_hours as
    select w.id as worker_id, d.day, w.day_starts as starts, w.day_ends as ends
    from resources.worker w cross join unnest(w.days) as d (day)
    where not exists (
        select from jsonb_to_recordset(w.other_days) as o (day smallint) where o.day = d.day)
    union all
    select w.id, o.day, o.starts, o.ends
    from resources.worker w
    cross join jsonb_to_recordset(w.other_days) as o (day smallint, starts time, ends time);

-- Where a worker's day starts and ends: the depot, or home. No row where neither is known.
create view resources_pub.worker_start as
    select w.id as worker_id, w.depot_id, coalesce(d.lat, w.home_lat) as lat,
           coalesce(d.lon, w.home_lon) as lon
    from resources.worker w left join resources.depot d on d.id = w.depot_id
    where coalesce(d.lat, w.home_lat) is not null;

-- Workers under age, and the day they come of age.
create view resources_pub.worker_minor as
    select id as worker_id, minor_until from resources.worker where minor_until is not null;

-- Where people live and how old they are is for planning alone.
revoke select on resources_pub.worker_start, resources_pub.worker_minor
    from fo_identity, fo_projects, fo_proofs, fo_reporting;

create view resources_pub.certificate_kind as
    select id, code, name_fr, name_en, skill_id from resources.certificate_kind;

-- Each certificate, the skill its kind proves, and the first and last day it holds (no last day:
-- it does not expire).
create view resources_pub.certificate as
    select c.id, c.worker_id, c.kind_id, k.code, k.skill_id, c.issued_on, c.expires_on
    from resources.certificate c join resources.certificate_kind k on k.id = c.kind_id;

-- valid_until: the last day of the certificate that proves the skill and ends last, where there
-- are any; else the day noted with the skill. Null: it does not expire.
create or replace view resources_pub.worker_skill as
    select s.worker_id, s.skill_id,
           case when c.there then c.valid_until else s.valid_until end as valid_until,
           s.level
    from resources.worker_skill s
    cross join lateral (
        select count(*) > 0 as there,
               case when bool_and(c.expires_on is not null) then max(c.expires_on) end
                   as valid_until
        from resources.certificate c join resources.certificate_kind k on k.id = c.kind_id
        where c.worker_id = s.worker_id and k.skill_id = s.skill_id) c;

-- Absences in force; why is nobody else's business.
create or replace view resources_pub.absence as
    select worker_id, from_at, to_at, id
    from resources.absence where status = 'approved';

create or replace view resources_pub.crew as
    select id, name, lead_id, version from resources.crew;

-- Who belonged to a crew when; open ends are null.
create view resources_pub.crew_membership as
    select crew_id, worker_id, from_at, to_at from resources.crew_membership;

create view resources_pub.depot as
    select id, name, lat, lon, zone, opening_hours, active, version from resources.depot;

create view resources_pub.vehicle as
    select id, plate, name, kind, capacity_kg, capacity_l, capacity_units, seats, depot_id,
           driver_id, active, version
    from resources.vehicle;

create view resources_pub.vehicle_drive as
    select id, vehicle_id, worker_id, from_at, to_at from resources.vehicle_drive;

create view resources_pub.tool as
    select id, kind, name, serial, depot_id, vehicle_id, worker_id, active, version
    from resources.tool;

create view resources_pub.part as
    select id, code, name, unit, weight_g, volume_ml, active from resources.part;

-- How much of a part is in a depot or on a vehicle: one of the two ids is null.
create view resources_pub.stock as
    select part_id, depot_id, vehicle_id, quantity from resources.stock where quantity > 0;
