//! The SQL of the links between tasks.

use auth::Visibility;
use kernel::{DependencyId, ProjectId, SiteId, TaskId, WorkerId};
use sqlx::PgConnection;

use crate::schedule::model::{Dependency, Kind};

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

/// `query_as!` over the columns of a link, followed by the rest of the statement.
macro_rules! select_links {
    ($rest:literal $(, $argument:expr)* $(,)?) => {
        sqlx::query_as!(
            Dependency,
            r#"select d.id as "id: DependencyId", d.project_id as "project_id: ProjectId",
                   d.predecessor as "predecessor: TaskId", d.successor as "successor: TaskId",
                   d.kind as "kind: Kind", d.lag_min, d.lag_elapsed, d.version
               from planning.dependency d "# + $rest
            $(, $argument)*
        )
    };
}

/// All links of a project.
pub(crate) async fn of_project(
    conn: &mut PgConnection,
    project: ProjectId,
) -> Result<Vec<Dependency>, sqlx::Error> {
    select_links!("where d.project_id = $1 order by d.id", project as ProjectId)
        .fetch_all(conn)
        .await
}

/// Stores new links.
pub(crate) async fn insert(tx: &mut PgConnection, links: &[Dependency]) -> Result<(), sqlx::Error> {
    let column = |of: fn(&Dependency) -> uuid::Uuid| links.iter().map(of).collect::<Vec<_>>();
    let kinds: Vec<_> = links.iter().map(|l| l.kind.as_str().to_owned()).collect();
    let lags: Vec<_> = links.iter().map(|l| l.lag_min).collect();
    let elapsed: Vec<_> = links.iter().map(|l| l.lag_elapsed).collect();
    sqlx::query!(
        "insert into planning.dependency
             (id, project_id, predecessor, successor, kind, lag_min, lag_elapsed)
         select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[],
                              $6::int[], $7::bool[])",
        &column(|l| l.id.uuid()),
        &column(|l| l.project_id.uuid()),
        &column(|l| l.predecessor.uuid()),
        &column(|l| l.successor.uuid()),
        &kinds,
        &lags,
        &elapsed
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
    select_links!("where d.id = $1", id as DependencyId).fetch_optional(conn).await
}

/// Removes links.
pub(crate) async fn delete(tx: &mut PgConnection, ids: &[DependencyId]) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from planning.dependency where id = any($1)", ids as &[DependencyId])
        .execute(tx)
        .await?;
    Ok(())
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
    select_links!(
        "join planning.task t on t.id = d.successor
         where ($1 or t.project_id = any($2) or t.site_id = any($3) or exists (
                    select 1 from planning.assignment a
                    where a.task_id = t.id and a.worker_id = any($4)))
           and ($5::uuid is null or d.project_id = $5)
           and ($6::uuid is null or d.predecessor = $6 or d.successor = $6)
           and ($7::uuid is null or d.id > $7)
         order by d.id limit $8",
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
