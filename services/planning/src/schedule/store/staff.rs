//! The SQL of who is on a plan's tasks, and when they are not there.

use kernel::{ProjectId, TaskId, Timestamp, WorkerId};
use sqlx::PgConnection;

use crate::schedule::model::level::Need;
use crate::tasks::model::Priority;

/// What the open tasks of a project need.
pub(crate) async fn tasks(
    conn: &mut PgConnection,
    project: ProjectId,
) -> Result<Vec<Need>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select t.id as "id!: TaskId", t.priority as "priority!: Priority",
               t.workers_needed as "places!",
               array(select a.worker_id from planning.assignment a
                     where a.task_id = t.id order by a.worker_id) as "workers!: Vec<WorkerId>"
           from planning.task t
           where t.project_id = $1 and t.status not in ('done', 'validated', 'cancelled')
             and not exists (select 1 from planning.task p where p.parent_id = t.id)
           order by t.id"#,
        project as ProjectId
    )
    .fetch_all(conn)
    .await?;
    let needs = rows.into_iter().map(|r| Need {
        task: r.id,
        priority: r.priority,
        places: r.places,
        workers: r.workers,
    });
    Ok(needs.collect())
}

/// When workers are away or held by tasks of other projects, in the order of these times.
pub(crate) async fn away(
    conn: &mut PgConnection,
    project: ProjectId,
    workers: &[WorkerId],
) -> Result<Vec<(WorkerId, Timestamp, Timestamp)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select worker_id as "worker!: WorkerId", from_at as "from_at!", to_at as "to_at!"
           from (select worker_id, from_at, to_at from resources_pub.absence
                 union all
                 select a.worker_id, lower(a.during), upper(a.during)
                 from planning.assignment a join planning.task t on t.id = a.task_id
                 where a.holds and not isempty(a.during) and t.project_id <> $1) away
           where worker_id = any($2) order by from_at, to_at"#,
        project as ProjectId,
        workers as &[WorkerId]
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|r| (r.worker, r.from_at, r.to_at)).collect())
}
