//! The SQL of assignments, and what is read of the workers to decide on them.

pub(crate) mod board;
pub(crate) mod matrix;
pub(crate) mod people;
pub(crate) mod runs;
pub(crate) mod scene;

use chrono::NaiveDate;
use kernel::{SiteId, TaskId, Timestamp, UserId, WorkerId};
use sqlx::PgConnection;

use super::model::{Clash, LeftAside};
use crate::tasks::Task;

/// So many locks stand for all workers: the server's table of locks is shared by all firms, so one
/// write takes no more of it however many workers it is about.
const LOCKS: i32 = 256;

/// Lets one writer at a time decide about the time of these workers, until the end of the
/// transaction. What the law says of somebody follows from all that they are planned for, which no
/// lock of a task and no constraint holds together.
///
/// To be taken once in a transaction, with everybody whom it is about, after the locks of projects
/// and tasks: all take these locks in one order, so nobody waits in a circle. Taken again for some
/// of the same it does nothing.
pub(crate) async fn lock_workers(
    tx: &mut PgConnection,
    workers: &[WorkerId],
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "select pg_advisory_xact_lock('planning.assignment'::regclass::oid::int4, key)
         from (select distinct abs(hashtext(worker::text) % $2) as key
               from unnest($1::uuid[]) worker order by key) keys",
        workers as &[WorkerId],
        LOCKS
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Lets one writer at a time decide about the depots' tools, until the end of the transaction; to be
/// taken after the time of workers. One lock for all of them: whoever takes it again, for other
/// tools, waits for nobody.
pub(crate) async fn lock_tools(tx: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query!("select pg_advisory_xact_lock('planning.task'::regclass::oid::int4, 0)")
        .execute(tx)
        .await?;
    Ok(())
}

/// Who is held by these tasks.
pub(crate) async fn held_by(
    conn: &mut PgConnection,
    tasks: &[TaskId],
) -> Result<Vec<WorkerId>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select distinct worker_id as "worker: WorkerId" from planning.assignment
           where holds and task_id = any($1)"#,
        tasks as &[TaskId]
    )
    .fetch_all(conn)
    .await
}

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

/// Keeps which rules were left aside for a worker on a task, by whom and why.
pub(crate) async fn waive(
    tx: &mut PgConnection,
    task: TaskId,
    worker: WorkerId,
    rules: &[String],
    reason: &str,
    by: Option<UserId>,
    at: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into planning.assignment_override
             (id, task_id, worker_id, rules, reason, by_user, at)
         values (gen_random_uuid(), $1, $2, $3, $4, $5, $6)",
        task as TaskId,
        worker as WorkerId,
        rules,
        reason,
        by as Option<UserId>,
        at
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Which rules were left aside for those who are on a task.
pub(crate) async fn waived(
    conn: &mut PgConnection,
    task: TaskId,
) -> Result<Vec<LeftAside>, sqlx::Error> {
    sqlx::query_as!(
        LeftAside,
        r#"select o.worker_id as "worker_id: WorkerId", o.rules, o.reason, o.at
           from planning.assignment_override o
           where o.task_id = $1 and exists (
               select 1 from planning.assignment a
               where a.task_id = o.task_id and a.worker_id = o.worker_id)
           order by o.at, o.id limit 100"#,
        task as TaskId
    )
    .fetch_all(conn)
    .await
}

/// Takes everybody off these tasks.
pub(crate) async fn clear(tx: &mut PgConnection, tasks: &[TaskId]) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from planning.assignment where task_id = any($1)", tasks as &[TaskId])
        .execute(tx)
        .await?;
    Ok(())
}

/// Puts each worker on the task beside, for the task's present span.
pub(crate) async fn add_all(
    tx: &mut PgConnection,
    tasks: &[TaskId],
    workers: &[WorkerId],
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into planning.assignment (id, task_id, worker_id, during)
         select gen_random_uuid(), t.id, pair.worker, tstzrange(t.starts_at, t.ends_at)
         from unnest($1::uuid[], $2::uuid[]) as pair (task, worker)
         join planning.task t on t.id = pair.task order by t.id, pair.worker",
        tasks as &[TaskId],
        workers as &[WorkerId]
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Counts a change to the workers of these tasks.
pub(crate) async fn bump_all(tx: &mut PgConnection, tasks: &[TaskId]) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update planning.task set version = version + 1 where id = any($1)",
        tasks as &[TaskId]
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
