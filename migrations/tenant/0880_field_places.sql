-- Sites and documents on the phones, as things of their own: a change of a site is one row for each
-- of its workers, not one for each of their tasks.
alter table planning.change
    drop constraint change_kind_check,
    add constraint change_kind_check
        check (kind in ('task', 'time_entry', 'incident', 'site', 'document')),
    -- Of a site: until when the worker's phone holds it. Without end while there is work, 30 days
    -- behind the last that was validated, null where there is none any more.
    add column until timestamptz;

-- The version in force of each document that has one.
create view projects_pub.document as
    select d.id, d.project_id, d.site_id, d.kind, d.name, d.tags, d.roles, d.released,
           d.must_acknowledge, d.expires_on, d.version, v.id as version_id, v.number, v.file_name,
           v.media_type, v.size, encode(v.sha256, 'hex') as sha256
    from projects.document d
    join projects.document_version v on v.document_id = d.id and v.number = d.current;

-- Who has work somewhere has the site on the phone, and what the field may read of it.
insert into planning.change (worker_id, kind, entity_id, until)
select a.worker_id, 'site', t.site_id,
       max(coalesce(t.validated_at + interval '30 days', 'infinity'))
from planning.assignment a join planning.task t on t.id = a.task_id
where t.status <> 'cancelled'
group by a.worker_id, t.site_id;

insert into planning.change (worker_id, kind, entity_id)
select distinct c.worker_id, 'document', d.id
from planning.change c
join projects.site s on s.id = c.entity_id
join projects_pub.document d
    on d.project_id = s.project_id and (d.site_id is null or d.site_id = s.id)
where c.kind = 'site' and d.released and (d.roles = '{}' or 'crew_member' = any(d.roles));
