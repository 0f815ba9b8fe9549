-- A stay whose end was forgotten keeps nobody from coming somewhere else the next day. That two of a
-- worker do not overlap is decided under the worker's lock, as before.
drop index planning.time_entry_open;
create index time_entry_open on planning.time_entry (worker_id, in_at) where out_at is null;

-- When a code was taken down because somebody may have its picture.
alter table planning.site_code add column revoked_at timestamptz;
