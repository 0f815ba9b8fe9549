-- Documents whose last day comes near: an alert that clears itself when the day is moved.
create table reporting.document_fact (
    id uuid primary key,
    version bigint not null,
    project_id uuid not null,
    site_id uuid,
    expires_on date,
    -- The last day for which the newest reminder came, and which version of the document told it.
    reminded_for date,
    reminded_at_version bigint not null
);

-- Which rules there are is the code's to say; the column keeps a word.
alter table reporting.alert drop constraint if exists alert_rule_check;

alter view reporting.alarming rename to alarming_before_documents;
create view reporting.alarming as
    select rule, entity, entity_id, project_id, site_id, workers, since
    from reporting.alarming_before_documents
    union all
    select 'document_expiring', 'document', id, project_id, site_id, '{}'::uuid[],
           '-infinity'::timestamptz
    from reporting.document_fact
    where reminded_for = expires_on;
