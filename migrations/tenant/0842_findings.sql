-- What a checklist finds and an incident means: the photo that proves an answer, the incident that a
-- nonconformity opens, its effect on the plan, and to whom it was escalated.
alter table planning.checklist_answer add column photo_id uuid;

alter table planning.incident
    -- The answer that opened it: one incident for each, however often it is answered.
    add column run_id uuid references planning.checklist_run on delete set null,
    add column question text,
    add constraint incident_of_answer unique (run_id, question),
    -- Its effect on the task: work cannot go on, or goes on so many minutes later.
    add column blocks_task boolean not null default false,
    add column delay_min integer check (delay_min between 1 and 527040),
    add column expected_until timestamptz,
    -- Whether the plan could not follow and is to be mended by hand.
    add column plan_kept boolean not null default false,
    -- How often it was passed on: 0 the site lead's, 1 the project lead's, 2 the managers'.
    add column escalation smallint not null default 0 check (escalation between 0 and 2),
    add column escalated_at timestamptz;

create table planning.incident_photo (
    incident_id uuid not null references planning.incident on delete cascade,
    photo_id uuid not null,
    primary key (incident_id, photo_id)
);

create view planning_pub.incident_effect as
    select id as incident_id, run_id, question, blocks_task, delay_min, expected_until, plan_kept,
           escalation, escalated_at
    from planning.incident;

create view planning_pub.incident_photo as
    select incident_id, photo_id from planning.incident_photo;
