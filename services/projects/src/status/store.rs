//! The milestones that a status shows, and how many there are of what it shows.

use chrono::NaiveDate;
use contracts::MilestoneStatus;
use kernel::{MilestoneId, ProjectId};
use sqlx::PgConnection;

use super::model::{StatusCounts, StatusMilestone};

/// The milestones of the project that are not accepted, the soonest due first, at most ten.
pub(crate) async fn milestones(
    db: &mut PgConnection,
    project: ProjectId,
    today: NaiveDate,
) -> Result<Vec<StatusMilestone>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select id as "id: MilestoneId", name, due_on, status from projects.milestone
           where project_id = $1 and status <> 'accepted' order by due_on, id limit 10"#,
        project as ProjectId
    );
    let rows = rows.fetch_all(db).await?.into_iter().map(|row| {
        let status: MilestoneStatus =
            row.status.parse().map_err(|e: String| sqlx::Error::Decode(e.into()))?;
        let (id, name, due_on) = (row.id, row.name, row.due_on);
        Ok(StatusMilestone { id, name, due_on, status, overdue: due_on < today })
    });
    rows.collect()
}

/// How many milestones, risks and items of the project are open.
pub(crate) async fn counts(
    db: &mut PgConnection,
    project: ProjectId,
) -> Result<StatusCounts, sqlx::Error> {
    sqlx::query_as!(
        StatusCounts,
        r#"select (select count(*) from projects.milestone
                   where project_id = $1 and status <> 'accepted') as "milestones!",
                  (select count(*) from projects.risk
                   where project_id = $1 and status in ('open', 'mitigated')) as "risks!",
                  (select count(*) from projects.steering_item
                   where project_id = $1 and status = 'open') as "open_items!""#,
        project as ProjectId
    )
    .fetch_one(db)
    .await
}
