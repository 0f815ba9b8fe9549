//! The SQL of the moves of a plan.

use chrono::{DateTime, Utc};
use kernel::{MoveId, ProjectId, TaskId, Timestamp, UserId};
use serde::Serialize;
use serde_json::Value;
use sqlx::PgConnection;
use sqlx::types::Json;
use utoipa::ToSchema;

use crate::schedule::model::{Inverse, Shift};

/// A move as it is stored.
pub(crate) struct NewMove<'a> {
    pub id: MoveId,
    pub project: ProjectId,
    pub version: i64,
    pub kind: &'a str,
    pub by: Option<UserId>,
    pub at: Timestamp,
    pub edit: &'a Value,
    pub changes: &'a [Shift],
    /// Without it the move cannot be undone.
    pub inverse: Option<&'a Inverse>,
    pub tasks: &'a [TaskId],
    pub undoes: Option<MoveId>,
}

/// Stores a move; what it undoes counts as undone from now on.
pub(crate) async fn insert(tx: &mut PgConnection, new: &NewMove<'_>) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "with undone as (update planning.plan_move set undone = true where id = $11)
         insert into planning.plan_move
             (id, project_id, version, kind, user_id, at, edit, changes, inverse, tasks, undoes)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        new.id as MoveId,
        new.project as ProjectId,
        new.version,
        new.kind,
        new.by as Option<UserId>,
        new.at,
        new.edit,
        Json(new.changes) as _,
        new.inverse.map(Json) as _,
        new.tasks as &[TaskId],
        new.undoes as Option<MoveId>
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// A change to a plan, as people see it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct PlanMove {
    /// Its id.
    pub id: MoveId,
    /// The version of the plan that it made.
    pub version: i64,
    /// What was done: `drag`, `resize`, `link`, `undo`, …
    pub kind: String,
    /// Who did it.
    pub user_id: Option<UserId>,
    /// That person's name.
    pub user_name: Option<String>,
    /// When.
    pub at: DateTime<Utc>,
    /// What was asked.
    #[schema(value_type = Object)]
    pub edit: Value,
    /// The tasks with other dates since.
    #[schema(value_type = Vec<Shift>)]
    pub changes: Json<Vec<Shift>>,
    /// The move that it took back.
    pub undoes: Option<MoveId>,
    /// Whether it was taken back.
    pub undone: bool,
}

/// The moves after a version, the first first.
pub(crate) async fn after(
    conn: &mut PgConnection,
    project: ProjectId,
    version: i64,
    limit: i64,
) -> Result<Vec<PlanMove>, sqlx::Error> {
    sqlx::query_as!(
        PlanMove,
        r#"select m.id as "id: MoveId", m.version, m.kind, m.user_id as "user_id: UserId",
               p.name as "user_name?", m.at, m.edit, m.changes as "changes: Json<Vec<Shift>>",
               m.undoes as "undoes: MoveId", m.undone
           from planning.plan_move m left join identity_pub.person p on p.id = m.user_id
           where m.project_id = $1 and m.version > $2 order by m.version limit $3"#,
        project as ProjectId,
        version,
        limit
    )
    .fetch_all(conn)
    .await
}

/// A move that its maker may take back.
pub(crate) struct Last {
    pub id: MoveId,
    pub version: i64,
    pub kind: String,
    pub inverse: Json<Inverse>,
    pub changes: Json<Vec<Shift>>,
    pub tasks: Vec<TaskId>,
}

/// The last move of a user that can be taken back and was not yet.
pub(crate) async fn last_of(
    conn: &mut PgConnection,
    project: ProjectId,
    user: UserId,
) -> Result<Option<Last>, sqlx::Error> {
    sqlx::query_as!(
        Last,
        r#"select id as "id: MoveId", version, kind, inverse as "inverse!: Json<Inverse>",
               changes as "changes: Json<Vec<Shift>>", tasks as "tasks: Vec<TaskId>"
           from planning.plan_move
           where project_id = $1 and user_id = $2 and inverse is not null and undoes is null
             and not undone
           order by version desc limit 1"#,
        project as ProjectId,
        user as UserId
    )
    .fetch_optional(conn)
    .await
}

/// The moves after a version that touched these tasks and still hold: those that were taken back,
/// and the taking back, cancel each other out.
pub(crate) async fn that_touched(
    conn: &mut PgConnection,
    project: ProjectId,
    version: i64,
    tasks: &[TaskId],
) -> Result<Vec<i64>, sqlx::Error> {
    sqlx::query_scalar!(
        "select version from planning.plan_move
         where project_id = $1 and version > $2 and tasks && $3 and not undone
           and undoes is null
         order by version limit 20",
        project as ProjectId,
        version,
        tasks as &[TaskId]
    )
    .fetch_all(conn)
    .await
}
