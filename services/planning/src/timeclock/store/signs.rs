//! The SQL of what tells when a worker may have left a site.

use kernel::{SiteId, TaskId, Timestamp, WorkerId};
use sqlx::PgConnection;

use crate::timeclock::model::{Signs, TimeEntry};

/// What is known of when the worker of an open stay may have left.
pub async fn signs(
    conn: &mut PgConnection,
    entry: &TimeEntry,
    now: Timestamp,
) -> Result<Signs, sqlx::Error> {
    let step = sqlx::query!(
        r#"select x.acted_at as at, x.task_id as "task: TaskId"
           from planning.task_transition x join planning.task t on t.id = x.task_id
           where x.worker_id = $1 and t.site_id = $2
             and x.acted_at > $3 and x.acted_at <= $4
           order by x.acted_at desc limit 1"#,
        entry.worker_id as WorkerId,
        entry.site_id as SiteId,
        entry.in_at,
        now
    )
    .fetch_optional(&mut *conn)
    .await?;
    // That day: the one the worker came on, at the site; a night's work is that of its first day.
    let planned = sqlx::query!(
        r#"select t.ends_at as at, t.id as "task: TaskId"
           from planning.assignment a join planning.task t on t.id = a.task_id
           left join projects_pub.site s on s.id = t.site_id
           where a.worker_id = $1 and t.site_id = $2 and t.ends_at > $3
             and ($3::timestamptz at time zone coalesce(s.zone, 'UTC'))::date in (
                 (t.ends_at at time zone coalesce(s.zone, 'UTC'))::date,
                 case when t.ends_at - t.starts_at <= '16 hours'::interval then
                     (t.starts_at at time zone coalesce(s.zone, 'UTC'))::date
                 end)
           order by t.ends_at desc limit 1"#,
        entry.worker_id as WorkerId,
        entry.site_id as SiteId,
        entry.in_at
    )
    .fetch_optional(&mut *conn)
    .await?;
    // The night of the day before, where the worker came in it.
    let hours = sqlx::query_scalar!(
        r#"select max((work.day + make_interval(mins => h.to_min)) at time zone came.zone) as "at!"
           from (select coalesce(s.zone, 'UTC') as zone,
                        ($3::timestamptz at time zone coalesce(s.zone, 'UTC'))::date as day
                 from (select $2::uuid as id) one
                 left join projects_pub.site s on s.id = one.id) came
           cross join lateral (values (came.day - 1), (came.day)) work (day)
           join resources_pub.worker_hours h
               on h.worker_id = $1 and h.day = extract(isodow from work.day)
           group by work.day
           having max((work.day + make_interval(mins => h.to_min)) at time zone came.zone) > $3
           order by work.day limit 1"#,
        entry.worker_id as WorkerId,
        entry.site_id as SiteId,
        entry.in_at
    )
    .fetch_optional(conn)
    .await?;
    Ok(Signs {
        step: step.map(|row| (row.at, row.task)),
        planned: planned.map(|row| (row.at, row.task)),
        hours,
    })
}
