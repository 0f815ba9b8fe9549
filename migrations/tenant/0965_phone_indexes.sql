-- What is asked of tables that grow: who has a thing on the phone, what a worker did, what is old
-- enough to be forgotten.
create index change_by_thing on planning.change (kind, entity_id);
create index transition_by_worker on planning.task_transition (worker_id, at);
create index transition_located on planning.task_transition (at) where lat is not null;
create index refusal_by_age on planning.refusal (noted_at);
create index refusal_by_worker on planning.refusal (worker_id);
create index timesheet_by_age on planning.timesheet (to_at);
