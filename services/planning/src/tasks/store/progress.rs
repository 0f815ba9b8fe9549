//! The SQL of how far tasks are, and of how long they were worked on.

use chrono::{DateTime, Utc};
use kernel::{TaskId, UserId, WorkerId};
use serde::Serialize;
use sqlx::PgConnection;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::tasks::model::{Reported, Task};

/// Stores a report; false where its id is taken.
pub(crate) async fn insert(
    tx: &mut PgConnection,
    task: TaskId,
    report: &Reported,
) -> Result<bool, sqlx::Error> {
    let stored = sqlx::query!(
        "insert into planning.task_progress
             (id, task_id, percent, quantity, note, done_at, at, user_id, worker_id)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing",
        report.id,
        task as TaskId,
        report.percent,
        report.quantity,
        report.note,
        report.done_at,
        report.at,
        report.user_id as Option<UserId>,
        report.worker_id as Option<WorkerId>
    )
    .execute(tx)
    .await?;
    Ok(stored.rows_affected() == 1)
}

/// What the reports of a task come to: the percent of the one that is newest by the devices'
/// clocks, whatever the order they came in, and the sum of all quantities.
pub(crate) async fn reached(
    conn: &mut PgConnection,
    task: TaskId,
) -> Result<(Option<i16>, f64), sqlx::Error> {
    let row = sqlx::query!(
        r#"select (select percent from planning.task_progress
                   where task_id = $1 and percent is not null
                   order by done_at desc, id desc limit 1) as percent,
               (select coalesce(sum(quantity), 0) from planning.task_progress
                where task_id = $1) as "quantity!""#,
        task as TaskId
    )
    .fetch_one(conn)
    .await?;
    Ok((row.percent, row.quantity))
}

/// Stores how far a task is under its next version; of its work, so much is done.
pub(crate) async fn save(
    tx: &mut PgConnection,
    task: &mut Task,
    percent: i16,
) -> Result<(), sqlx::Error> {
    task.version = sqlx::query_scalar!(
        "update planning.task
         set percent_done = $2::smallint,
             done_min = coalesce(work_min, greatest(
                 (extract(epoch from date_trunc('minute', ends_at)
                                     - date_trunc('minute', starts_at)) / 60)::int,
                 (ends_at > starts_at)::int))::bigint * $2::smallint / 100,
             version = version + 1
         where id = $1 returning version",
        task.id as TaskId,
        percent
    )
    .fetch_one(tx)
    .await?;
    task.execution.percent_done = percent.into();
    Ok(())
}

/// The reports of a task, the first first.
pub(crate) async fn list(
    conn: &mut PgConnection,
    task: TaskId,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<Reported>, sqlx::Error> {
    sqlx::query_as!(
        Reported,
        r#"select id, percent, quantity, note, done_at, at, user_id as "user_id: UserId",
               worker_id as "worker_id: WorkerId"
           from planning.task_progress
           where task_id = $1 and ($2::uuid is null or id > $2) order by id limit $3"#,
        task as TaskId,
        after,
        limit
    )
    .fetch_all(conn)
    .await
}

/// A time in which a task was worked on.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct WorkSession {
    /// Its id: that of the step with which it began.
    pub id: Uuid,
    /// When it began, by the device's clock.
    pub started_at: DateTime<Utc>,
    /// When it ended; none while it goes on.
    pub ended_at: Option<DateTime<Utc>>,
    /// How many workers were on the task when it began.
    pub workers: i16,
}

/// The times in which a task was worked on, in the order in which they were told.
pub(crate) async fn sessions(
    conn: &mut PgConnection,
    task: TaskId,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<WorkSession>, sqlx::Error> {
    sqlx::query_as!(
        WorkSession,
        "select id, started_at, ended_at, workers from planning.work_session
         where task_id = $1 and ($2::uuid is null or id > $2) order by id limit $3",
        task as TaskId,
        after,
        limit
    )
    .fetch_all(conn)
    .await
}
