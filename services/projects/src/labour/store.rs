//! The rows of priced hours.

use contracts::TimeEntryChanged;
use kernel::{Money, ProjectId, SiteId, TimeEntryId, WorkerId};
use sqlx::PgConnection;

use super::model::Stay;

/// Keeps the newest state of a stay with the worker's present hourly cost, unless it has a price
/// already. Whether it was news.
pub(crate) async fn keep(
    tx: &mut PgConnection,
    stay: &TimeEntryChanged,
) -> Result<bool, sqlx::Error> {
    let stayed = stay.out_at.map_or(0, |out| (out - stay.in_at).num_seconds());
    let seconds = (stayed - stay.break_seconds).max(0);
    let minutes = i32::try_from((seconds + 30) / 60).unwrap_or(i32::MAX);
    let kept = sqlx::query_scalar!(
        r#"insert into projects.labour as kept
               (entry_id, entry_version, project_id, site_id, worker_id, day, minutes,
                hourly_minor, currency)
           select $1, $2, $3, $4, $5,
                  ($6::timestamptz at time zone coalesce(
                      (select zone from projects.site where id = $4), 'UTC'))::date, $7,
                  w.hourly_cost_minor, w.hourly_cost_currency
           from (select $5::uuid as id) one
           left join resources_pub.worker w on w.id = one.id
           on conflict (entry_id) do update
           set entry_version = excluded.entry_version, project_id = excluded.project_id,
               site_id = excluded.site_id, day = excluded.day, minutes = excluded.minutes,
               hourly_minor = coalesce(kept.hourly_minor, excluded.hourly_minor),
               currency = coalesce(kept.currency, excluded.currency), booked_minor = null
           where excluded.entry_version > kept.entry_version
           returning true as "kept!""#,
        stay.entry as TimeEntryId,
        stay.version,
        stay.project as ProjectId,
        stay.site as SiteId,
        stay.worker as WorkerId,
        stay.in_at,
        minutes
    )
    .fetch_optional(tx)
    .await?;
    Ok(kept.is_some())
}

/// Gives the worker's present hourly cost to the stays that have none.
pub(crate) async fn give_cost(tx: &mut PgConnection, worker: WorkerId) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update projects.labour l
         set hourly_minor = w.hourly_cost_minor, currency = w.hourly_cost_currency
         from resources_pub.worker w
         where w.id = $1 and l.worker_id = $1 and l.booked_minor is null
           and l.hourly_minor is null and w.hourly_cost_minor is not null",
        worker as WorkerId
    )
    .execute(tx)
    .await
    .map(|_| ())
}

/// The worker's stays that have an hourly cost and are not booked yet.
pub(crate) async fn unbooked(
    tx: &mut PgConnection,
    worker: WorkerId,
) -> Result<Vec<Stay>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select l.entry_id as "entry: TimeEntryId", l.project_id as "project: ProjectId",
                  p.currency as project_currency, l.day, l.minutes,
                  l.hourly_minor as "hourly!", l.currency as "currency!"
           from projects.labour l join projects.project p on p.id = l.project_id
           where l.worker_id = $1 and l.booked_minor is null and l.hourly_minor is not null
             and l.currency is not null"#,
        worker as WorkerId
    )
    .fetch_all(tx)
    .await?;
    rows.into_iter()
        .map(|row| {
            let unknown = |e| sqlx::Error::Decode(Box::new(e));
            Ok(Stay {
                entry: row.entry,
                project: row.project,
                currency: row.project_currency.parse().map_err(unknown)?,
                day: row.day,
                minutes: row.minutes,
                hourly: Money {
                    minor: row.hourly,
                    currency: row.currency.parse().map_err(unknown)?,
                },
            })
        })
        .collect()
}

/// Books what a stay costs in the project's currency.
pub(crate) async fn book(
    tx: &mut PgConnection,
    entry: TimeEntryId,
    booked_minor: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update projects.labour set booked_minor = $2 where entry_id = $1",
        entry as TimeEntryId,
        booked_minor
    )
    .execute(tx)
    .await
    .map(|_| ())
}

/// Forgets whose hours before this day were: what they cost stays.
pub(crate) async fn forget_workers(
    tx: &mut PgConnection,
    before: kernel::Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update projects.labour set worker_id = '00000000-0000-0000-0000-000000000000'
         where day < ($1::timestamptz at time zone 'UTC')::date
           and worker_id <> '00000000-0000-0000-0000-000000000000'",
        before
    )
    .execute(tx)
    .await?;
    Ok(())
}
