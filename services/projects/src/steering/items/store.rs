//! The decisions' and actions' rows.

use auth::Visibility;
use chrono::NaiveDate;
use contracts::{SteeringItemKind, SteeringItemStatus};
use kernel::{ProjectId, SteeringItemId, SteeringMeetingId, Timestamp, UserId};
use sqlx::PgConnection;

use super::api::SteeringItemFilter;
use super::model::SteeringItem;

struct Row {
    id: SteeringItemId,
    project_id: ProjectId,
    meeting_id: SteeringMeetingId,
    kind: String,
    title: String,
    details: Option<String>,
    owner_id: Option<UserId>,
    due_on: Option<NaiveDate>,
    status: String,
    done_at: Option<Timestamp>,
    done_by: Option<UserId>,
    outcome: Option<String>,
    version: i64,
}

fn decode(e: String) -> sqlx::Error {
    sqlx::Error::Decode(e.into())
}

impl TryFrom<Row> for SteeringItem {
    type Error = sqlx::Error;
    fn try_from(row: Row) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.id,
            project_id: row.project_id,
            meeting_id: row.meeting_id,
            kind: row.kind.parse().map_err(decode)?,
            title: row.title,
            details: row.details,
            owner_id: row.owner_id,
            due_on: row.due_on,
            status: row.status.parse().map_err(decode)?,
            done_at: row.done_at,
            done_by: row.done_by,
            outcome: row.outcome,
            version: row.version,
        })
    }
}

/// The columns, said once.
macro_rules! select {
    ($rest:tt $(, $arg:expr)*) => {
        sqlx::query_as!(
            Row,
            r#"select id as "id: SteeringItemId", project_id as "project_id: ProjectId",
                      meeting_id as "meeting_id: SteeringMeetingId", kind, title, details,
                      owner_id as "owner_id: UserId", due_on, status, done_at,
                      done_by as "done_by: UserId", outcome, version
               from projects.steering_item "#
                + $rest
            $(, $arg)*
        )
    };
}

/// The item.
pub(crate) async fn find(
    db: &mut PgConnection,
    id: SteeringItemId,
) -> Result<SteeringItem, sqlx::Error> {
    select!("where id = $1", id as SteeringItemId).fetch_one(db).await?.try_into()
}

/// The item, held until the end of the transaction.
pub(crate) async fn lock(
    tx: &mut PgConnection,
    id: SteeringItemId,
) -> Result<SteeringItem, sqlx::Error> {
    select!("where id = $1 for update", id as SteeringItemId).fetch_one(tx).await?.try_into()
}

/// A page of the items that are seen, and one more.
pub(crate) async fn list(
    db: &mut PgConnection,
    seen: &Visibility,
    filter: &SteeringItemFilter,
    after: Option<SteeringItemId>,
    limit: i64,
) -> Result<Vec<SteeringItem>, sqlx::Error> {
    select!(
        "where ($1 or project_id = any($2))
           and ($3::uuid is null or project_id = $3)
           and ($4::uuid is null or meeting_id = $4)
           and ($5::text is null or kind = $5)
           and ($6::text is null or status = $6)
           and ($7::uuid is null or owner_id = $7)
           and ($8::date is null or due_on <= $8)
           and ($9::uuid is null or id > $9)
         order by id limit $10",
        seen.all,
        &seen.projects as &[ProjectId],
        filter.project_id as Option<ProjectId>,
        filter.meeting_id as Option<SteeringMeetingId>,
        filter.kind.map(SteeringItemKind::as_str),
        filter.status.map(SteeringItemStatus::as_str),
        filter.owner_id as Option<UserId>,
        filter.due_by,
        after as Option<SteeringItemId>,
        limit + 1
    )
    .fetch_all(db)
    .await?
    .into_iter()
    .map(SteeringItem::try_from)
    .collect()
}

/// The open items of a project, the soonest due first, at most so many.
pub(crate) async fn open(
    db: &mut PgConnection,
    project: ProjectId,
    limit: i64,
) -> Result<Vec<SteeringItem>, sqlx::Error> {
    select!(
        "where project_id = $1 and status = 'open' order by due_on nulls last, id limit $2",
        project as ProjectId,
        limit
    )
    .fetch_all(db)
    .await?
    .into_iter()
    .map(SteeringItem::try_from)
    .collect()
}

/// Stores a new item.
pub(crate) async fn insert(tx: &mut PgConnection, item: &SteeringItem) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into projects.steering_item
             (id, project_id, meeting_id, kind, title, details, owner_id, due_on, status, version)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        item.id as SteeringItemId,
        item.project_id as ProjectId,
        item.meeting_id as SteeringMeetingId,
        item.kind.as_str(),
        item.title,
        item.details,
        item.owner_id as Option<UserId>,
        item.due_on,
        item.status.as_str(),
        item.version
    )
    .execute(tx)
    .await
    .map(|_| ())
}

/// Stores a changed item.
pub(crate) async fn update(tx: &mut PgConnection, item: &SteeringItem) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update projects.steering_item
         set title = $2, details = $3, owner_id = $4, due_on = $5, status = $6, done_at = $7,
             done_by = $8, outcome = $9, version = $10
         where id = $1",
        item.id as SteeringItemId,
        item.title,
        item.details,
        item.owner_id as Option<UserId>,
        item.due_on,
        item.status.as_str(),
        item.done_at,
        item.done_by as Option<UserId>,
        item.outcome,
        item.version
    )
    .execute(tx)
    .await
    .map(|_| ())
}
