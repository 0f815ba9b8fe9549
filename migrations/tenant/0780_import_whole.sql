-- An import is checked by every service that takes part before any of it is there: the rows of
-- projects and sites wait beside those of tasks and workers.
alter table projects.import
    drop constraint import_tasks_state_check,
    drop constraint import_workers_state_check,
    add constraint import_tasks_state
        check (tasks_state in ('running', 'checked', 'done', 'failed')),
    add constraint import_workers_state
        check (workers_state in ('running', 'checked', 'done', 'failed')),
    -- When its projects and sites were made: from then on all of it comes.
    add column made_at timestamptz,
    -- A word for why none of it is there, where projects itself refused.
    add column reason text;
-- What was accepted until now had its projects and sites at once.
update projects.import set made_at = at;

alter table projects.import_row
    drop constraint import_row_kind_check,
    add constraint import_row_kind check (kind in ('project', 'site', 'task', 'worker'));
