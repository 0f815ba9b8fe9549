//! The SQL of assignments, and what is read of the workers to decide on them.

use std::collections::HashMap;

use chrono::{Duration, NaiveDate};
use kernel::{SiteId, SkillId, TaskId, Timestamp, WorkerId};
use sqlx::PgConnection;

use super::model::{Clash, Held, Person};
use crate::tasks::Task;

/// What is known of these workers, or of all active ones, around the time of `tasks`: two days
/// more on both ends hold the whole of each first day in any zone.
pub(crate) async fn people(
    conn: &mut PgConnection,
    only: Option<&[WorkerId]>,
    tasks: &[Task],
) -> Result<Vec<Person>, sqlx::Error> {
    let from = tasks.iter().map(|t| t.starts_at).min().unwrap_or_default() - Duration::days(2);
    let to = tasks.iter().map(|t| t.ends_at).max().unwrap_or_default() + Duration::days(2);
    let workers = sqlx::query!(
        r#"select id as "id!: WorkerId", name as "name!", active as "active!"
           from resources_pub.worker
           where case when $1::uuid[] is null then active else id = any($1) end
           order by id"#,
        only as Option<&[WorkerId]>
    )
    .fetch_all(&mut *conn)
    .await?;
    let ids: Vec<_> = workers.iter().map(|w| w.id).collect();
    let mut skills = skills(conn, &ids).await?;
    let mut absences = absences(conn, &ids, from, to).await?;
    let mut held = held(conn, &ids, from, to).await?;
    Ok(workers
        .into_iter()
        .map(|w| Person {
            id: w.id,
            name: w.name,
            active: w.active,
            skills: skills.remove(&w.id).unwrap_or_default(),
            absences: absences.remove(&w.id).unwrap_or_default(),
            tasks: held.remove(&w.id).unwrap_or_default(),
        })
        .collect())
}

type ByWorker<T> = HashMap<WorkerId, Vec<T>>;

fn gather<T>(rows: impl Iterator<Item = (WorkerId, T)>) -> ByWorker<T> {
    let mut by_worker = ByWorker::new();
    for (worker, item) in rows {
        by_worker.entry(worker).or_default().push(item);
    }
    by_worker
}

async fn skills(
    conn: &mut PgConnection,
    workers: &[WorkerId],
) -> Result<ByWorker<(SkillId, Option<NaiveDate>)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select worker_id as "worker!: WorkerId", skill_id as "skill!: SkillId", valid_until
           from resources_pub.worker_skill where worker_id = any($1)"#,
        workers as &[WorkerId]
    )
    .fetch_all(conn)
    .await?;
    Ok(gather(rows.into_iter().map(|r| (r.worker, (r.skill, r.valid_until)))))
}

async fn absences(
    conn: &mut PgConnection,
    workers: &[WorkerId],
    from: Timestamp,
    to: Timestamp,
) -> Result<ByWorker<(Timestamp, Timestamp)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select worker_id as "worker!: WorkerId", from_at as "from_at!", to_at as "to_at!"
           from resources_pub.absence
           where worker_id = any($1) and from_at < $3 and to_at > $2 order by from_at"#,
        workers as &[WorkerId],
        from,
        to
    )
    .fetch_all(conn)
    .await?;
    Ok(gather(rows.into_iter().map(|r| (r.worker, (r.from_at, r.to_at)))))
}

async fn held(
    conn: &mut PgConnection,
    workers: &[WorkerId],
    from: Timestamp,
    to: Timestamp,
) -> Result<ByWorker<Held>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select a.worker_id as "worker: WorkerId", t.id as "id: TaskId", t.title,
               lower(a.during) as "from!", upper(a.during) as "to!"
           from planning.assignment a join planning.task t on t.id = a.task_id
           where a.worker_id = any($1) and a.holds and a.during && tstzrange($2, $3)
           order by lower(a.during)"#,
        workers as &[WorkerId],
        from,
        to
    )
    .fetch_all(conn)
    .await?;
    Ok(gather(
        rows.into_iter()
            .map(|r| (r.worker, Held { id: r.id, title: r.title, from: r.from, to: r.to })),
    ))
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
