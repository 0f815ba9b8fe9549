//! The SQL of assignments, and what is read of the workers to decide on them.

pub(crate) mod board;
pub(crate) mod matrix;
pub(crate) mod people;
pub(crate) mod runs;
pub(crate) mod scene;

use chrono::NaiveDate;
use kernel::{SiteId, TaskId, WorkerId};
use sqlx::PgConnection;

use super::model::Clash;
use crate::tasks::Task;

/// Puts workers on an open task. That nobody is held twice at a time is checked by the table.
pub(crate) async fn add(
    tx: &mut PgConnection,
    task: &Task,
    workers: &[WorkerId],
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into planning.assignment (id, task_id, worker_id, during)
         select gen_random_uuid(), $1, worker, tstzrange($3, $4)
         from unnest($2::uuid[]) worker order by worker",
        task.id as TaskId,
        workers as &[WorkerId],
        task.starts_at,
        task.ends_at
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Takes everybody off a task but these.
pub(crate) async fn keep_only(
    tx: &mut PgConnection,
    task: TaskId,
    workers: &[WorkerId],
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from planning.assignment where task_id = $1 and worker_id <> all($2)",
        task as TaskId,
        workers as &[WorkerId]
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Leaves the check for overlaps until [`check_overlaps`].
pub(crate) async fn defer_overlaps(tx: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query!("set constraints planning.assignment_overlap deferred").execute(tx).await?;
    Ok(())
}

/// Checks for overlaps now and from now on: also for those of a transaction that committed
/// meanwhile.
pub(crate) async fn check_overlaps(tx: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query!("set constraints planning.assignment_overlap immediate").execute(tx).await?;
    Ok(())
}

/// Moves the assignments of tasks to where these now are.
pub(crate) async fn follow_tasks(
    tx: &mut PgConnection,
    tasks: &[TaskId],
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update planning.assignment a set during = tstzrange(t.starts_at, t.ends_at)
         from planning.task t where t.id = a.task_id and t.id = any($1)",
        tasks as &[TaskId]
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Where these tasks now hold a worker whom another holds at the same time.
pub(crate) async fn clashes(
    tx: &mut PgConnection,
    tasks: &[TaskId],
) -> Result<Vec<Clash>, sqlx::Error> {
    sqlx::query_as!(
        Clash,
        r#"select a.worker_id as "worker_id: WorkerId", a.task_id as "task_id: TaskId",
               t.id as "other_id: TaskId", t.title as other_title
           from planning.assignment a
           join planning.assignment b on b.worker_id = a.worker_id and b.task_id <> a.task_id
               and b.during && a.during and b.holds
           join planning.task t on t.id = b.task_id
           where a.holds and a.task_id = any($1)
           order by a.worker_id, a.task_id, t.id"#,
        tasks as &[TaskId]
    )
    .fetch_all(tx)
    .await
}

/// The open tasks of a site, on one of its own days, that lack workers; at most 100.
pub(crate) async fn unfilled(
    conn: &mut PgConnection,
    site: SiteId,
    day: NaiveDate,
) -> Result<Vec<TaskId>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select t.id as "id!: TaskId"
           from planning.task t join projects_pub.site s on s.id = t.site_id
           where t.site_id = $1 and t.status not in ('done', 'validated', 'cancelled')
             and t.ends_at > ($2::date)::timestamp at time zone s.zone
             and t.starts_at < ($2::date + 1)::timestamp at time zone s.zone
             and t.workers_needed > (select count(*) from planning.assignment a
                                     where a.task_id = t.id)
           order by t.starts_at, t.id limit 100"#,
        site as SiteId,
        day
    )
    .fetch_all(conn)
    .await
}
