//! The SQL of stays that have no end yet: those that go on, and those whose end was forgotten.

use kernel::{ProjectId, SiteId, TimeEntryId, Timestamp, WorkerId};
use sqlx::PgConnection;
use sqlx::types::Json;

use super::Row;
use crate::timeclock::model::{
    Clocking, Correction, FORGOTTEN, Proposal, Review, Segment, TimeEntry,
};

/// The stay that a worker had not left at a moment, by what is known: of several, whose ends were
/// forgotten, the last.
pub async fn at(
    conn: &mut PgConnection,
    worker: WorkerId,
    at: Timestamp,
) -> Result<Option<TimeEntryId>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select id as "id: TimeEntryId" from planning.time_entry
           where worker_id = $1 and out_at is null and in_at <= $2
           order by in_at desc limit 1"#,
        worker as WorkerId,
        at
    )
    .fetch_optional(conn)
    .await
}

/// A stay that a worker has not left and that may still go on at a moment, or had begun too soon
/// after it for another to come before it.
pub async fn around(
    conn: &mut PgConnection,
    worker: WorkerId,
    at: Timestamp,
) -> Result<Option<TimeEntryId>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select id as "id: TimeEntryId" from planning.time_entry
           where worker_id = $1 and out_at is null and in_at > $2 and in_at < $3
           order by in_at desc limit 1"#,
        worker as WorkerId,
        at - FORGOTTEN,
        at + FORGOTTEN
    )
    .fetch_optional(conn)
    .await
}

/// When a worker came somewhere next after a stay had begun.
pub async fn next_in(
    conn: &mut PgConnection,
    entry: &TimeEntry,
) -> Result<Option<Timestamp>, sqlx::Error> {
    sqlx::query_scalar!(
        "select min(in_at) from planning.time_entry where worker_id = $1 and in_at > $2",
        entry.worker_id as WorkerId,
        entry.in_at
    )
    .fetch_one(conn)
    .await
}

/// The stays of a worker whose ends were forgotten, by a moment.
pub async fn forgotten(
    conn: &mut PgConnection,
    worker: WorkerId,
    by: Timestamp,
) -> Result<Vec<TimeEntry>, sqlx::Error> {
    let rows = select_entries!(
        "where e.worker_id = $1 and e.out_at is null and e.in_at <= $2 order by e.in_at",
        worker as WorkerId,
        by - FORGOTTEN
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// The stay that each of these workers has not left yet: of several, whose ends were forgotten, the
/// last.
pub async fn of(
    conn: &mut PgConnection,
    workers: &[WorkerId],
) -> Result<Vec<TimeEntry>, sqlx::Error> {
    let rows = select_entries!(
        "where e.worker_id = any($1) and e.out_at is null
           and not exists (select from planning.time_entry later
                           where later.worker_id = e.worker_id and later.out_at is null
                             and later.in_at > e.in_at)
         order by e.worker_id",
        workers as &[WorkerId]
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(Into::into).collect())
}
