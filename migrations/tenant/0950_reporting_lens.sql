-- What the key figures ask of every fact, said once. Each function is one expression that the
-- planner puts in place of the call, so the facts' indexes serve as if it were written out.

-- Whether what belongs to this project and site and concerns these workers is to be counted: the
-- caller sees everything, its project, its site or one of its workers, and it belongs to the
-- project and the site that are asked for, where one is.
create function reporting.in_view(
    project uuid, site uuid, workers uuid[],
    sees_all boolean, sees_projects uuid[], sees_sites uuid[], sees_workers uuid[],
    only_project uuid, only_site uuid
) returns boolean language sql immutable parallel safe
return (sees_all or project = any (sees_projects) or site = any (sees_sites)
        or workers && sees_workers)
    and (only_project is null or project = only_project)
    and (only_site is null or site = only_site);

-- When a day begins in a zone; null without a day.
create function reporting.day_begins(day date, zone text) returns timestamptz
language sql immutable parallel safe
return day::timestamp at time zone zone;

-- Whether a moment lies on the day, where one is asked for.
create function reporting.on_day(day date, zone text, at timestamptz) returns boolean
language sql immutable parallel safe
return day is null
    or at >= reporting.day_begins(day, zone) and at < reporting.day_begins(day + 1, zone);

-- Whether what lasted from then to then has a part of the day, where one is asked for.
create function reporting.during_day(
    day date, zone text, from_at timestamptz, to_at timestamptz
) returns boolean language sql immutable parallel safe
return day is null
    or from_at < reporting.day_begins(day + 1, zone) and to_at > reporting.day_begins(day, zone);
