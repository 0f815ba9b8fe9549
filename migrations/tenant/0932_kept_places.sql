-- What proofs keeps of where people were, for planning, whose daily look has it forgotten: a firm
-- that never uses the time clock keeps places too.
create view proofs_pub.kept_place as
    select 'photo' as what, least(taken_at, created_at) as at from proofs.photo
    where lat is not null or watermarked_key <> unplaced_key
       or coalesce(exif -> 'position', 'null') <> 'null'
    union all
    select 'signature', least(signed_at, created_at) from proofs.signature where lat is not null;

-- Found at once, also where nearly all of them are forgotten.
create index photo_placed on proofs.photo (taken_at)
    where lat is not null or watermarked_key <> unplaced_key
       or coalesce(exif -> 'position', 'null') <> 'null';
create index signature_placed on proofs.signature (signed_at) where lat is not null;

-- Nobody looks yet where there were photos and signatures, located steps or incidents, refused calls
-- or weeks, and no stay.
insert into core.job (id, service, kind, key, payload, run_at, created_at)
    select gen_random_uuid(), 'planning', 'planning.retention', 'all', 'null',
           now() + interval '1 day', now()
    where exists (select from proofs_pub.kept_place)
       or exists (select from core.audit_place)
       or exists (select from planning.time_entry)
       or exists (select from planning.timesheet)
       or exists (select from planning.refusal)
       or exists (select from planning.task_transition where lat is not null)
       or exists (select from planning.incident where coalesce(position, 'null') <> 'null')
    on conflict (service, kind, key) where state = 'waiting' and key is not null do nothing;
