-- What each event does must cost the same however much is kept.
-- The open alerts about a thing: the same index, the thing first.
drop index reporting.alert_once;
create unique index alert_once on reporting.alert (entity_id, rule) where cleared_at is null;
-- The oldest entries of the feed are found by their numbers.
drop index reporting.feed_by_age;
