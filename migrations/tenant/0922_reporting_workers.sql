-- Whether a worker is still planned: of one who is not, nobody needs to renew a certificate.
create table reporting.worker_fact (
    id uuid primary key,
    version bigint not null,
    active boolean not null
);
-- Those who left before this was listened to.
insert into reporting.worker_fact (id, version, active)
    select id, version, active from resources.worker;

alter view reporting.alarming rename to alarming_of_all;
create view reporting.alarming as
    select rule, entity, entity_id, project_id, site_id, workers, since
    from reporting.alarming_of_all a
    where rule <> 'certificate_expiring' or not exists (
        select from reporting.worker_fact w where w.id = any(a.workers) and not w.active);
