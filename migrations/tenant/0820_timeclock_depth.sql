-- The time clock in depth: what a stay was used for, ends that are proposed, what somebody looked
-- at, the codes of sites, weeks that are signed, the firm's collective agreement.
alter table planning.time_entry
    -- Breaks and travel within the stay, in order: [{kind, from, to, by, recorded_at}].
    add column segments jsonb not null default '[]',
    -- The end that was found for a stay nobody clocked out of. Counts for nothing until accepted.
    add column proposal jsonb,
    -- Who looked at what is unusual about it, and what was said.
    add column review jsonb,
    -- Whether a press still has its position. Cleared when that is forgotten.
    add column located boolean not null default false;
update planning.time_entry
    set located = coalesce(clock_in -> 'position', 'null') <> 'null'
               or coalesce(clock_out -> 'position', 'null') <> 'null';
create index time_entry_located on planning.time_entry (in_at) where located;
create index time_entry_by_age on planning.time_entry (in_at);

-- Working time alone: a stay without its breaks.
create or replace view planning_pub.time_entry as
    select id, worker_id, site_id, project_id, in_at, out_at,
           case clock_in ->> 'fence' when 'inside' then true when 'outside' then false end
               as in_inside,
           version,
           (select coalesce(sum(extract(epoch from (s.to - s.from))), 0)::bigint
            from jsonb_to_recordset(segments) as s (kind text, "from" timestamptz, "to" timestamptz)
            where s.kind = 'break' and s.to is not null) as break_seconds
    from planning.time_entry;

-- What a site's QR code says. Changing it ends the one before from that moment on; what a phone
-- scanned until then and sends late still counts.
create table planning.site_code (
    id uuid primary key,
    site_id uuid not null,
    -- What nobody can guess: the code is worth nothing without having seen it on the site.
    secret uuid not null,
    from_at timestamptz not null,
    to_at timestamptz,
    by_user uuid not null,
    version bigint not null default 1,
    constraint site_code_order check (to_at >= from_at)
);
create unique index site_code_present on planning.site_code (site_id) where to_at is null;

-- A worker's ISO week. Open: its figures are computed when it is read. Signed by the worker:
-- the figures are what was signed. Approved by the lead: nothing of the week changes any more.
create table planning.timesheet (
    id uuid primary key,
    worker_id uuid not null,
    -- The week: its Monday, the zone it was read in, and the instants it begins and ends.
    monday date not null check (extract(isodow from monday) = 1),
    zone text not null,
    from_at timestamptz not null,
    to_at timestamptz not null,
    -- Where the worker was that week, when it was last opened, signed or approved.
    sites uuid[] not null,
    projects uuid[] not null,
    state text not null check (state in ('open', 'signed', 'approved')),
    figures jsonb,
    signed jsonb,
    approved jsonb,
    reopened jsonb,
    version bigint not null default 1,
    constraint timesheet_once unique (worker_id, monday),
    constraint timesheet_week check (to_at > from_at),
    constraint timesheet_figures check ((state = 'open') = (figures is null)),
    constraint timesheet_approved check ((state = 'approved') = (approved is not null))
);
create index timesheet_by_week on planning.timesheet (monday, id);

-- The collective agreement that the firm applies: at most one.
create table planning.labour_agreement (
    id uuid primary key,
    one boolean not null default true unique check (one),
    agreement jsonb not null,
    by_user uuid not null,
    at timestamptz not null,
    version bigint not null default 1
);
