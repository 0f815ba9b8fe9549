//! The budgets' rows, and all that they are added up from.

mod entries;
mod lines;

use auth::Visibility;
use kernel::ProjectId;
use sqlx::PgConnection;

use super::tally::Settings;
use crate::projects::OfProject;

pub(crate) use entries::entries;
pub(crate) use lines::{
    check_references, check_room, find_line, insert_line, line_of, list_lines, lock_line,
    update_line,
};

/// Waits until nobody else adds up this project's budget, until the end of the transaction. Any
/// row would do, but locking one counts as a change.
pub(crate) async fn lock(tx: &mut PgConnection, project: ProjectId) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "select pg_advisory_xact_lock(hashtextextended($1::uuid::text, 720))",
        project as ProjectId
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// What is set for a project's budget.
pub(crate) async fn settings(
    db: &mut PgConnection,
    project: ProjectId,
) -> Result<Settings, sqlx::Error> {
    let set = sqlx::query_as!(
        Settings,
        "select threshold_bp, over, version from projects.budget where project_id = $1",
        project as ProjectId
    )
    .fetch_optional(db)
    .await?;
    Ok(set.unwrap_or_default())
}

/// Stores what is set for a project's budget.
pub(crate) async fn set(
    tx: &mut PgConnection,
    project: ProjectId,
    settings: Settings,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into projects.budget (project_id, threshold_bp, over, version)
         values ($1, $2, $3, $4)
         on conflict (project_id) do update set threshold_bp = excluded.threshold_bp,
             over = excluded.over, version = excluded.version",
        project as ProjectId,
        settings.threshold_bp,
        settings.over,
        settings.version
    )
    .execute(tx)
    .await
    .map(|_| ())
}

/// A page of the projects whose money is seen, and one more.
pub(crate) async fn page(
    db: &mut PgConnection,
    seen: &Visibility,
    filter: &OfProject,
    after: Option<ProjectId>,
    limit: i64,
) -> Result<Vec<ProjectId>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select id as "id: ProjectId" from projects.project
           where ($1 or id = any($2)) and ($3::uuid is null or id = $3)
             and ($4::uuid is null or id > $4)
           order by id limit $5"#,
        seen.all,
        &seen.projects as &[ProjectId],
        filter.project_id as Option<ProjectId>,
        after as Option<ProjectId>,
        limit + 1
    )
    .fetch_all(db)
    .await
}
