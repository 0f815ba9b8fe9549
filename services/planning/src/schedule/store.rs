//! The SQL of the links between tasks.

use std::collections::HashMap;

use auth::Visibility;
use contracts::TaskStatus;
use kernel::{DependencyId, ProjectId, SiteId, TaskId, WorkerId};
use serde::Serialize;
use sqlx::PgConnection;
use utoipa::ToSchema;
use web::Versioned;

use super::model::{Link, Slot};
use crate::tasks::TaskRef;
use crate::words::Word;

/// A finish-to-start link: the successor begins when the predecessor is done and the lag passed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Dependency {
    /// Its id.
    pub id: DependencyId,
    /// The project of both tasks.
    pub project_id: ProjectId,
    /// The task that comes first.
    pub predecessor: TaskId,
    /// The task that comes after.
    pub successor: TaskId,
    /// Minutes between them.
    pub lag_min: i32,
    /// Always 1: a link is removed and made anew, never changed.
    pub version: i64,
}

impl Versioned for Dependency {
    fn version(&self) -> i64 {
        self.version
    }
}

/// Makes the writers of one project's order of work wait for each other, so that no two of them
/// close a cycle together.
pub(crate) async fn lock_project(
    tx: &mut PgConnection,
    project: ProjectId,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "select pg_advisory_xact_lock(hashtextextended('planning.schedule ' || $1::text, 0))",
        project.to_string()
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// All links of a project.
pub(crate) async fn links(
    conn: &mut PgConnection,
    project: ProjectId,
) -> Result<Vec<Link>, sqlx::Error> {
    sqlx::query_as!(
        Link,
        r#"select predecessor as "predecessor: TaskId", successor as "successor: TaskId", lag_min
           from planning.dependency where project_id = $1 order by id"#,
        project as ProjectId
    )
    .fetch_all(conn)
    .await
}

/// Where the linked tasks of a project stand in time.
pub(crate) async fn slots(
    conn: &mut PgConnection,
    project: ProjectId,
) -> Result<HashMap<TaskId, Slot>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select id as "id: TaskId", starts_at, ends_at, status as "status: Word<TaskStatus>"
           from planning.task t
           where project_id = $1 and exists (
               select 1 from planning.dependency d where t.id in (d.predecessor, d.successor))"#,
        project as ProjectId
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|r| {
            let status = r.status.into();
            (r.id, Slot { starts_at: r.starts_at, ends_at: r.ends_at, status })
        })
        .collect())
}

/// The titles of tasks of a project.
pub(crate) async fn names(
    conn: &mut PgConnection,
    project: ProjectId,
    ids: &[TaskId],
) -> Result<Vec<TaskRef>, sqlx::Error> {
    sqlx::query_as!(
        TaskRef,
        r#"select id as "id: TaskId", title, status as "status: Word<TaskStatus>"
           from planning.task where project_id = $1 and id = any($2)"#,
        project as ProjectId,
        ids as &[TaskId]
    )
    .fetch_all(conn)
    .await
}

/// Stores a new link.
pub(crate) async fn insert(tx: &mut PgConnection, link: &Dependency) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into planning.dependency (id, project_id, predecessor, successor, lag_min)
         values ($1, $2, $3, $4, $5)",
        link.id as DependencyId,
        link.project_id as ProjectId,
        link.predecessor as TaskId,
        link.successor as TaskId,
        link.lag_min
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// The link of this id.
pub(crate) async fn find(
    conn: &mut PgConnection,
    id: DependencyId,
) -> Result<Option<Dependency>, sqlx::Error> {
    sqlx::query_as!(
        Dependency,
        r#"select id as "id: DependencyId", project_id as "project_id: ProjectId",
               predecessor as "predecessor: TaskId", successor as "successor: TaskId", lag_min,
               version
           from planning.dependency where id = $1"#,
        id as DependencyId
    )
    .fetch_optional(conn)
    .await
}

/// Removes a link; false where another was faster.
pub(crate) async fn delete(tx: &mut PgConnection, id: DependencyId) -> Result<bool, sqlx::Error> {
    let gone = sqlx::query!("delete from planning.dependency where id = $1", id as DependencyId)
        .execute(tx)
        .await?;
    Ok(gone.rows_affected() == 1)
}

/// The links whose successor is visible, of a project or of a task on either end.
pub(crate) async fn list(
    conn: &mut PgConnection,
    seen: &Visibility,
    project: Option<ProjectId>,
    task: Option<TaskId>,
    after: Option<DependencyId>,
    limit: i64,
) -> Result<Vec<Dependency>, sqlx::Error> {
    sqlx::query_as!(
        Dependency,
        r#"select d.id as "id: DependencyId", d.project_id as "project_id: ProjectId",
               d.predecessor as "predecessor: TaskId", d.successor as "successor: TaskId",
               d.lag_min, d.version
           from planning.dependency d join planning.task t on t.id = d.successor
           where ($1 or t.project_id = any($2) or t.site_id = any($3) or exists (
                      select 1 from planning.assignment a
                      where a.task_id = t.id and a.worker_id = any($4)))
             and ($5::uuid is null or d.project_id = $5)
             and ($6::uuid is null or d.predecessor = $6 or d.successor = $6)
             and ($7::uuid is null or d.id > $7)
           order by d.id limit $8"#,
        seen.all,
        &seen.projects as &[ProjectId],
        &seen.sites as &[SiteId],
        &seen.workers as &[WorkerId],
        project as Option<ProjectId>,
        task as Option<TaskId>,
        after as Option<DependencyId>,
        limit
    )
    .fetch_all(conn)
    .await
}
