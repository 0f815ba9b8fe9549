//! The milestones' rows.

use auth::Visibility;
use chrono::NaiveDate;
use contracts::MilestoneStatus;
use kernel::{MilestoneId, PhaseId, ProjectId, Timestamp, UserId};
use sqlx::PgConnection;

use super::api::MilestoneFilter;
use super::model::Milestone;
use crate::Error;
use crate::error::broke;

struct Row {
    id: MilestoneId,
    project_id: ProjectId,
    phase_id: Option<PhaseId>,
    name: String,
    due_on: NaiveDate,
    acceptance_criteria: Option<String>,
    status: String,
    decided_by: Option<UserId>,
    decided_at: Option<Timestamp>,
    note: Option<String>,
    version: i64,
}

impl TryFrom<Row> for Milestone {
    type Error = sqlx::Error;
    fn try_from(row: Row) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.id,
            project_id: row.project_id,
            phase_id: row.phase_id,
            name: row.name,
            due_on: row.due_on,
            acceptance_criteria: row.acceptance_criteria,
            status: row.status.parse().map_err(|e: String| sqlx::Error::Decode(e.into()))?,
            decided_by: row.decided_by,
            decided_at: row.decided_at,
            note: row.note,
            version: row.version,
        })
    }
}

/// The columns, said once.
macro_rules! select {
    ($rest:tt $(, $arg:expr)*) => {
        sqlx::query_as!(
            Row,
            r#"select id as "id: MilestoneId", project_id as "project_id: ProjectId",
                      phase_id as "phase_id: PhaseId", name, due_on, acceptance_criteria, status,
                      decided_by as "decided_by: UserId", decided_at, note, version
               from projects.milestone "#
                + $rest
            $(, $arg)*
        )
    };
}

/// The milestone.
pub(crate) async fn find(db: &mut PgConnection, id: MilestoneId) -> Result<Milestone, sqlx::Error> {
    select!("where id = $1", id as MilestoneId).fetch_one(db).await?.try_into()
}

/// The milestone, held until the end of the transaction.
pub(crate) async fn lock(tx: &mut PgConnection, id: MilestoneId) -> Result<Milestone, sqlx::Error> {
    select!("where id = $1 for update", id as MilestoneId).fetch_one(tx).await?.try_into()
}

/// A page of the milestones that are seen, and one more.
pub(crate) async fn list(
    db: &mut PgConnection,
    seen: &Visibility,
    filter: &MilestoneFilter,
    after: Option<MilestoneId>,
    limit: i64,
) -> Result<Vec<Milestone>, sqlx::Error> {
    select!(
        "where ($1 or project_id = any($2))
           and ($3::uuid is null or project_id = $3)
           and ($4::text is null or status = $4)
           and ($5::date is null or due_on <= $5)
           and ($6::uuid is null or id > $6)
         order by id limit $7",
        seen.all,
        &seen.projects as &[ProjectId],
        filter.project_id as Option<ProjectId>,
        filter.status.map(MilestoneStatus::as_str),
        filter.due_by,
        after as Option<MilestoneId>,
        limit + 1
    )
    .fetch_all(db)
    .await?
    .into_iter()
    .map(Milestone::try_from)
    .collect()
}

/// Stores a new milestone.
pub(crate) async fn insert(tx: &mut PgConnection, milestone: &Milestone) -> Result<(), Error> {
    let done = sqlx::query!(
        "insert into projects.milestone
             (id, project_id, phase_id, name, due_on, acceptance_criteria, status, version)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        milestone.id as MilestoneId,
        milestone.project_id as ProjectId,
        milestone.phase_id as Option<PhaseId>,
        milestone.name,
        milestone.due_on,
        milestone.acceptance_criteria,
        milestone.status.as_str(),
        milestone.version
    )
    .execute(tx)
    .await;
    done.map(|_| ()).map_err(explain)
}

/// Stores a changed milestone.
pub(crate) async fn update(tx: &mut PgConnection, milestone: &Milestone) -> Result<(), Error> {
    let done = sqlx::query!(
        "update projects.milestone
         set phase_id = $2, name = $3, due_on = $4, acceptance_criteria = $5, status = $6,
             decided_by = $7, decided_at = $8, note = $9, version = $10
         where id = $1",
        milestone.id as MilestoneId,
        milestone.phase_id as Option<PhaseId>,
        milestone.name,
        milestone.due_on,
        milestone.acceptance_criteria,
        milestone.status.as_str(),
        milestone.decided_by as Option<UserId>,
        milestone.decided_at,
        milestone.note,
        milestone.version
    )
    .execute(tx)
    .await;
    done.map(|_| ()).map_err(explain)
}

fn explain(error: sqlx::Error) -> Error {
    if broke(&error, "milestone_phase") { Error::PhaseElsewhere } else { error.into() }
}
