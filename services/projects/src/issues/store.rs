//! The issues' rows.

use auth::Visibility;
use chrono::NaiveDate;
use contracts::{IssueSeverity, IssueStatus};
use kernel::{IssueId, ProjectId, Timestamp, UserId};
use sqlx::PgConnection;

use super::api::IssueFilter;
use super::model::Issue;

struct Row {
    id: IssueId,
    project_id: ProjectId,
    title: String,
    description: Option<String>,
    severity: String,
    owner_id: Option<UserId>,
    due_on: Option<NaiveDate>,
    status: String,
    resolution: Option<String>,
    resolved_by: Option<UserId>,
    resolved_at: Option<Timestamp>,
    version: i64,
}

impl TryFrom<Row> for Issue {
    type Error = sqlx::Error;
    fn try_from(row: Row) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.id,
            project_id: row.project_id,
            title: row.title,
            description: row.description,
            severity: row.severity.parse().map_err(|e: String| sqlx::Error::Decode(e.into()))?,
            owner_id: row.owner_id,
            due_on: row.due_on,
            status: row.status.parse().map_err(|e: String| sqlx::Error::Decode(e.into()))?,
            resolution: row.resolution,
            resolved_by: row.resolved_by,
            resolved_at: row.resolved_at,
            version: row.version,
        })
    }
}

/// The columns, said once.
macro_rules! select {
    ($rest:tt $(, $arg:expr)*) => {
        sqlx::query_as!(
            Row,
            r#"select id as "id: IssueId", project_id as "project_id: ProjectId", title,
                      description, severity, owner_id as "owner_id: UserId", due_on, status,
                      resolution, resolved_by as "resolved_by: UserId", resolved_at, version
               from projects.issue "#
                + $rest
            $(, $arg)*
        )
    };
}

/// The issue.
pub(crate) async fn find(db: &mut PgConnection, id: IssueId) -> Result<Issue, sqlx::Error> {
    select!("where id = $1", id as IssueId).fetch_one(db).await?.try_into()
}

/// The issue, held until the end of the transaction.
pub(crate) async fn lock(tx: &mut PgConnection, id: IssueId) -> Result<Issue, sqlx::Error> {
    select!("where id = $1 for update", id as IssueId).fetch_one(tx).await?.try_into()
}

/// A page of the issues that are seen, and one more.
pub(crate) async fn list(
    db: &mut PgConnection,
    seen: &Visibility,
    filter: &IssueFilter,
    after: Option<IssueId>,
    limit: i64,
) -> Result<Vec<Issue>, sqlx::Error> {
    select!(
        "where ($1 or project_id = any($2))
           and ($3::uuid is null or project_id = $3)
           and ($4::text is null or status = $4)
           and ($5::text is null or severity = $5)
           and ($6::uuid is null or owner_id = $6)
           and ($7::uuid is null or id > $7)
         order by id limit $8",
        seen.all,
        &seen.projects as &[ProjectId],
        filter.project_id as Option<ProjectId>,
        filter.status.map(IssueStatus::as_str),
        filter.severity.map(IssueSeverity::as_str),
        filter.owner_id as Option<UserId>,
        after as Option<IssueId>,
        limit + 1
    )
    .fetch_all(db)
    .await?
    .into_iter()
    .map(Issue::try_from)
    .collect()
}

/// Stores a new issue.
pub(crate) async fn insert(tx: &mut PgConnection, new: &Issue) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into projects.issue
             (id, project_id, title, description, severity, owner_id, due_on, status, version)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        new.id as IssueId,
        new.project_id as ProjectId,
        new.title,
        new.description,
        new.severity.as_str(),
        new.owner_id as Option<UserId>,
        new.due_on,
        new.status.as_str(),
        new.version
    )
    .execute(tx)
    .await
    .map(|_| ())
}

/// Stores a changed issue.
pub(crate) async fn update(tx: &mut PgConnection, now: &Issue) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update projects.issue
         set title = $2, description = $3, severity = $4, owner_id = $5, due_on = $6, status = $7,
             resolution = $8, resolved_by = $9, resolved_at = $10, version = $11
         where id = $1",
        now.id as IssueId,
        now.title,
        now.description,
        now.severity.as_str(),
        now.owner_id as Option<UserId>,
        now.due_on,
        now.status.as_str(),
        now.resolution,
        now.resolved_by as Option<UserId>,
        now.resolved_at,
        now.version
    )
    .execute(tx)
    .await
    .map(|_| ())
}
