-- Refused calls of who is no worker, such as a site lead; and that somebody has dealt with one.
alter table planning.refusal
    alter column worker_id drop not null,
    -- Whose call it was; none of those before this was kept.
    add column user_id uuid,
    add column review jsonb;
