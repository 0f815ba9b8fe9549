-- A worker's stay on a site. in_at and out_at are what counts; clock_in and clock_out are the
-- clock's presses as they were recorded and stay so when a site lead corrects what counts.
create table planning.time_entry (
    id uuid primary key,
    worker_id uuid not null,
    site_id uuid not null,
    project_id uuid not null,
    in_at timestamptz not null,
    out_at timestamptz,
    clock_in jsonb not null,
    clock_out jsonb,
    correction jsonb,
    version bigint not null default 1,
    constraint time_entry_order check (out_at > in_at),
    constraint time_entry_length check (out_at <= in_at + interval '24 hours')
);
-- A worker is in one place at a time. That stays do not overlap is checked under a lock per worker,
-- so that the refusal can name the other stay.
create unique index time_entry_open on planning.time_entry (worker_id) where out_at is null;
create index time_entry_by_worker on planning.time_entry (worker_id, in_at);
create index time_entry_by_site on planning.time_entry (site_id, id);

create view planning_pub.time_entry as
    select id, worker_id, site_id, project_id, in_at, out_at,
           case clock_in ->> 'fence' when 'inside' then true when 'outside' then false end
               as in_inside,
           version
    from planning.time_entry;
