-- What an hour of a worker costs the firm, in minor units of its currency. Never shown to those
-- who see no budgets; services read it to price the hours worked.
alter table resources.worker
    add column hourly_cost_minor bigint check (hourly_cost_minor between 0 and 1000000000),
    add column hourly_cost_currency text,
    add constraint worker_cost check ((hourly_cost_minor is null) = (hourly_cost_currency is null));

create or replace view resources_pub.worker as
    select id, user_id, name, active, version, days, day_starts, day_ends, hourly_cost_minor,
           hourly_cost_currency
    from resources.worker;
