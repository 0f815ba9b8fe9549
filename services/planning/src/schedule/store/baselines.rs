//! The SQL of baselines.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kernel::{BaselineId, ProjectId, TaskId, UserId};
use serde::Serialize;
use sqlx::PgConnection;
use utoipa::ToSchema;
use web::Versioned;

use crate::schedule::model::{Dates, Item};

/// What a plan promised at a moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = PlanBaseline)]
pub struct Baseline {
    /// Its id.
    pub id: BaselineId,
    /// The project.
    pub project_id: ProjectId,
    /// What people call it.
    pub name: String,
    /// When it was taken.
    pub at: DateTime<Utc>,
    /// Who took it.
    pub user_id: Option<UserId>,
    /// Always 1: a baseline is never changed.
    pub version: i64,
}

impl Versioned for Baseline {
    fn version(&self) -> i64 {
        self.version
    }
}

/// Keeps the dates of a plan's tasks.
pub(crate) async fn insert(
    tx: &mut PgConnection,
    baseline: &Baseline,
    items: &[Item],
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into planning.baseline (id, project_id, name, at, user_id)
         values ($1, $2, $3, $4, $5)",
        baseline.id as BaselineId,
        baseline.project_id as ProjectId,
        baseline.name,
        baseline.at,
        baseline.user_id as Option<UserId>
    )
    .execute(&mut *tx)
    .await?;
    let ids: Vec<_> = items.iter().map(|i| i.id).collect();
    let starts: Vec<_> = items.iter().map(|i| i.starts_at).collect();
    let ends: Vec<_> = items.iter().map(|i| i.ends_at).collect();
    let work: Vec<_> = items.iter().map(|i| i.terms.work_min).collect();
    sqlx::query!(
        "insert into planning.baseline_task (baseline_id, task_id, starts_at, ends_at, work_min)
         select $1, * from unnest($2::uuid[], $3::timestamptz[], $4::timestamptz[], $5::int[])",
        baseline.id as BaselineId,
        &ids as &[TaskId],
        &starts,
        &ends,
        &work
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// The baselines of a project, the last first.
pub(crate) async fn list(
    conn: &mut PgConnection,
    project: ProjectId,
    before: Option<BaselineId>,
    limit: i64,
) -> Result<Vec<Baseline>, sqlx::Error> {
    sqlx::query_as!(
        Baseline,
        r#"select id as "id: BaselineId", project_id as "project_id: ProjectId", name, at,
               user_id as "user_id: UserId", version
           from planning.baseline
           where project_id = $1 and ($2::uuid is null or id < $2)
           order by id desc limit $3"#,
        project as ProjectId,
        before as Option<BaselineId>,
        limit
    )
    .fetch_all(conn)
    .await
}

/// The dates that a baseline of the project kept, or its last one.
pub(crate) async fn dates(
    conn: &mut PgConnection,
    project: ProjectId,
    baseline: Option<BaselineId>,
) -> Result<Option<(BaselineId, HashMap<TaskId, Dates>)>, sqlx::Error> {
    let found = sqlx::query_scalar!(
        r#"select id as "id: BaselineId" from planning.baseline
           where project_id = $1 and ($2::uuid is null or id = $2)
           order by at desc, id desc limit 1"#,
        project as ProjectId,
        baseline as Option<BaselineId>
    )
    .fetch_optional(&mut *conn)
    .await?;
    let Some(found) = found else { return Ok(None) };
    let rows = sqlx::query!(
        r#"select task_id as "task: TaskId", starts_at, ends_at
           from planning.baseline_task where baseline_id = $1"#,
        found as BaselineId
    )
    .fetch_all(conn)
    .await?;
    let dates = rows.into_iter().map(|r| (r.task, Dates { start: r.starts_at, finish: r.ends_at }));
    Ok(Some((found, dates.collect())))
}
