-- Which projects' forecasts stand above their plan, as projects told.
create table reporting.budget_fact (
    id uuid primary key,
    version bigint not null,
    over boolean not null
);

-- Which rules there are is said by the view below, the one source of alerts.
alter table reporting.alert drop constraint if exists alert_rule_check;

-- One more source of alarms beside those that are there.
do $$
begin
    execute 'create or replace view reporting.alarming as '
        || rtrim(pg_get_viewdef('reporting.alarming'::regclass), '; ')
        || $view$ union all
           select 'forecast_over', 'budget', id, id, null::uuid, '{}'::uuid[],
                  '-infinity'::timestamptz
           from reporting.budget_fact where over $view$;
end $$;

-- What the feed tells of money goes to those who see budgets.
alter table reporting.feed add column money boolean not null default false;
