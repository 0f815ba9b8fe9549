-- What is kept of people, for them to be told (docs/privacy.md).

-- Whose position an act has, so that theirs can be counted; it goes with the position.
alter table core.audit_place add column actor uuid;
update core.audit_place w set actor = (d.value ->> 'actor')::uuid
from core.audit_detail d where d.entry_id = w.entry_id;
create index audit_place_by_actor on core.audit_place (actor, entry_id);

-- Taken by a crew member who was not clocked in: nothing is kept of where, nor read from its EXIF.
alter table proofs.photo add column off_clock boolean not null default false;
create index photo_by_creator on proofs.photo (created_by);
create index signature_by_creator on proofs.signature (created_by);
create index time_entry_fact_by_worker on reporting.time_entry_fact (worker_id);
create index labour_by_worker on projects.labour (worker_id);

-- Where people were: photos and signatures with who made them, and acts of the trail, of which
-- kept_trail_place says whose they are. A photo is counted from its coming where the device says that
-- it was taken later, and only where its EXIF, if it was read, says a place.
create or replace view proofs_pub.kept_place as
    select 'photo' as what, least(taken_at, created_at) as at, created_by as user_id
    from proofs.photo
    where (lat is not null or exif ? 'position' or watermarked_key <> unplaced_key)
      and (lat is not null or coalesce(exif -> 'position', 'null') <> 'null'
           or watermarked_key <> unplaced_key)
    union all
    select 'signature', least(signed_at, created_at), created_by
    from proofs.signature where lat is not null
    union all
    select 'act', e.at, null
    from core.audit_place w join core.audit_entry e on e.id = w.entry_id;

-- Acts in the trail that say where, by who did them.
create view proofs_pub.kept_trail_place as
    select w.actor as user_id, e.entity, e.at
    from core.audit_place w join core.audit_entry e on e.id = w.entry_id;

-- Acts in the trail that still say who did what, with hours or to have a refused call seen.
create view proofs_pub.kept_trail as
    select e.entity, e.entity_id, e.at
    from core.audit_entry e join core.audit_detail d on d.entry_id = e.id
    where e.entity in ('time_entry', 'timesheet', 'refusal');

create view reporting_pub.kept_stay as
    select worker_id, coalesce(out_at, in_at) as at from reporting.time_entry_fact;

create view reporting_pub.kept_news as
    select worker_id, at from reporting.feed cross join unnest(workers) worker_id;

create view projects_pub.kept_labour as
    select worker_id, day from projects.labour;

-- For planning alone, which tells each worker of what is theirs.
revoke select on proofs_pub.kept_place, proofs_pub.kept_trail_place, proofs_pub.kept_trail
    from fo_identity, fo_projects, fo_resources, fo_proofs, fo_reporting;
revoke select on reporting_pub.kept_stay, reporting_pub.kept_news
    from fo_identity, fo_projects, fo_resources, fo_proofs, fo_reporting;
revoke select on projects_pub.kept_labour
    from fo_identity, fo_projects, fo_resources, fo_proofs, fo_reporting;
