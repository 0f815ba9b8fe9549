//! The deliverables' rows.

use auth::Visibility;
use chrono::NaiveDate;
use contracts::DeliverableStatus;
use kernel::{DeliverableId, MilestoneId, ProjectId, Timestamp, UserId};
use sqlx::PgConnection;

use super::api::DeliverableFilter;
use super::model::Deliverable;

struct Row {
    id: DeliverableId,
    project_id: ProjectId,
    milestone_id: Option<MilestoneId>,
    name: String,
    description: Option<String>,
    due_on: NaiveDate,
    sponsor_id: Option<UserId>,
    status: String,
    submitted_by: Option<UserId>,
    submitted_at: Option<Timestamp>,
    decided_by: Option<UserId>,
    decided_at: Option<Timestamp>,
    note: Option<String>,
    version: i64,
}

impl TryFrom<Row> for Deliverable {
    type Error = sqlx::Error;
    fn try_from(row: Row) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.id,
            project_id: row.project_id,
            milestone_id: row.milestone_id,
            name: row.name,
            description: row.description,
            due_on: row.due_on,
            sponsor_id: row.sponsor_id,
            status: row.status.parse().map_err(|e: String| sqlx::Error::Decode(e.into()))?,
            submitted_by: row.submitted_by,
            submitted_at: row.submitted_at,
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
            r#"select id as "id: DeliverableId", project_id as "project_id: ProjectId",
                      milestone_id as "milestone_id: MilestoneId", name, description, due_on,
                      sponsor_id as "sponsor_id: UserId", status,
                      submitted_by as "submitted_by: UserId", submitted_at,
                      decided_by as "decided_by: UserId", decided_at, note, version
               from projects.deliverable "#
                + $rest
            $(, $arg)*
        )
    };
}

/// The deliverable.
pub(crate) async fn find(
    db: &mut PgConnection,
    id: DeliverableId,
) -> Result<Deliverable, sqlx::Error> {
    select!("where id = $1", id as DeliverableId).fetch_one(db).await?.try_into()
}

/// The deliverable, held until the end of the transaction.
pub(crate) async fn lock(
    tx: &mut PgConnection,
    id: DeliverableId,
) -> Result<Deliverable, sqlx::Error> {
    select!("where id = $1 for update", id as DeliverableId).fetch_one(tx).await?.try_into()
}

/// A page of the deliverables that are seen, and one more.
pub(crate) async fn list(
    db: &mut PgConnection,
    seen: &Visibility,
    filter: &DeliverableFilter,
    after: Option<DeliverableId>,
    limit: i64,
) -> Result<Vec<Deliverable>, sqlx::Error> {
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
        filter.status.map(DeliverableStatus::as_str),
        filter.due_by,
        after as Option<DeliverableId>,
        limit + 1
    )
    .fetch_all(db)
    .await?
    .into_iter()
    .map(Deliverable::try_from)
    .collect()
}

/// Stores a new deliverable.
pub(crate) async fn insert(tx: &mut PgConnection, new: &Deliverable) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into projects.deliverable
             (id, project_id, milestone_id, name, description, due_on, sponsor_id, status, version)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        new.id as DeliverableId,
        new.project_id as ProjectId,
        new.milestone_id as Option<MilestoneId>,
        new.name,
        new.description,
        new.due_on,
        new.sponsor_id as Option<UserId>,
        new.status.as_str(),
        new.version
    )
    .execute(tx)
    .await
    .map(|_| ())
}

/// Stores a changed deliverable.
pub(crate) async fn update(tx: &mut PgConnection, now: &Deliverable) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update projects.deliverable
         set milestone_id = $2, name = $3, description = $4, due_on = $5, sponsor_id = $6,
             status = $7, submitted_by = $8, submitted_at = $9, decided_by = $10,
             decided_at = $11, note = $12, version = $13
         where id = $1",
        now.id as DeliverableId,
        now.milestone_id as Option<MilestoneId>,
        now.name,
        now.description,
        now.due_on,
        now.sponsor_id as Option<UserId>,
        now.status.as_str(),
        now.submitted_by as Option<UserId>,
        now.submitted_at,
        now.decided_by as Option<UserId>,
        now.decided_at,
        now.note,
        now.version
    )
    .execute(tx)
    .await
    .map(|_| ())
}

/// Whether the milestone is one of the project.
pub(crate) async fn has_milestone(
    db: &mut PgConnection,
    project: ProjectId,
    milestone: MilestoneId,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select from projects.milestone
                          where id = $1 and project_id = $2) as "there!""#,
        milestone as MilestoneId,
        project as ProjectId
    )
    .fetch_one(db)
    .await
}
