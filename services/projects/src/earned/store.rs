//! What earned value is measured from: tasks as planning publishes them, and spans of days.

use std::collections::HashMap;

use kernel::{PhaseId, ProjectId, SiteId, TaskId};
use sqlx::PgConnection;

use super::model::{Span, Work};

/// The project's tasks that are not cancelled, their days in the zone of their site.
pub(super) async fn work(
    db: &mut PgConnection,
    project: ProjectId,
) -> Result<Vec<Work>, sqlx::Error> {
    sqlx::query_as!(
        Work,
        r#"select t.id as "task!: TaskId", t.site_id as "site!: SiteId",
                  t.phase_id as "phase: PhaseId", t.duration_min as "minutes!",
                  (t.starts_at at time zone s.zone)::date as "starts_on!",
                  (t.ends_at at time zone s.zone)::date as "ends_on!",
                  (t.started_at at time zone s.zone)::date as started_on,
                  (t.finished_at at time zone s.zone)::date as finished_on
           from planning_pub.task t join projects.site s on s.id = t.site_id
           where t.project_id = $1 and t.status <> 'cancelled'"#,
        project as ProjectId
    )
    .fetch_all(db)
    .await
}

/// The days of the project's phases, where both ends are known.
pub(super) async fn phases(
    db: &mut PgConnection,
    project: ProjectId,
) -> Result<HashMap<PhaseId, Span>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select id as "id: PhaseId", starts_on as "from!", ends_on as "to!"
           from projects.phase
           where project_id = $1 and starts_on is not null and ends_on is not null"#,
        project as ProjectId
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, Span { from: row.from, to: row.to })).collect())
}
