-- Work over midnight: usual hours that end at or before the time they start end the next day, and a
-- span of a day may begin in the night after it (`next_day`), where a night's work has a pause.

alter table resources.worker
    drop constraint worker_hours,
    add constraint worker_hours check (day_ends <> day_starts);

-- With each span as minutes of its day, past 1,440 in the next.
create or replace view resources_pub.worker_hours as
    select h.worker_id, h.day, h.starts, h.ends,
           (extract(epoch from h.starts) / 60)::int + h.late as from_min,
           (extract(epoch from h.ends) / 60)::int + h.late
               + case when h.ends <= h.starts then 1440 else 0 end as to_min
    from (
        select w.id as worker_id, d.day, w.day_starts as starts, w.day_ends as ends, 0 as late
        from resources.worker w cross join unnest(w.days) as d (day)
        where not exists (
            select from jsonb_to_recordset(w.other_days) as o (day smallint) where o.day = d.day)
        union all
        select w.id, o.day, o.starts, o.ends, case when o.next_day then 1440 else 0 end
        from resources.worker w
        cross join jsonb_to_recordset(w.other_days)
            as o (day smallint, starts time, ends time, next_day boolean)) h;
