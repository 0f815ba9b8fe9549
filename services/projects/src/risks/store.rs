//! The risks' rows.

mod history;

use auth::Visibility;
use chrono::NaiveDate;
use contracts::{RiskCategory, RiskStatus};
use kernel::{ProjectId, RiskId, SteeringMeetingId, Timestamp, UserId};
use sqlx::PgConnection;

use super::api::{HeatParams, RiskFilter};
use super::model::{Band, Risk};
use crate::SteeringError;
use crate::error::Unreviewed;

pub(crate) use history::{history, keep};

struct Row {
    id: RiskId,
    project_id: ProjectId,
    category: String,
    title: String,
    description: Option<String>,
    probability: i16,
    impact: i16,
    score: i16,
    owner_id: Option<UserId>,
    mitigation: Option<String>,
    status: String,
    next_review_on: Option<NaiveDate>,
    reported_by: UserId,
    reported_at: Timestamp,
    version: i64,
}

fn decode(e: String) -> sqlx::Error {
    sqlx::Error::Decode(e.into())
}

impl TryFrom<Row> for Risk {
    type Error = sqlx::Error;
    fn try_from(row: Row) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.id,
            project_id: row.project_id,
            category: row.category.parse().map_err(decode)?,
            title: row.title,
            description: row.description,
            probability: row.probability,
            impact: row.impact,
            score: row.score,
            band: Band::of(row.score),
            owner_id: row.owner_id,
            mitigation: row.mitigation,
            status: row.status.parse().map_err(decode)?,
            next_review_on: row.next_review_on,
            reported_by: row.reported_by,
            reported_at: row.reported_at,
            version: row.version,
        })
    }
}

/// The columns, said once.
macro_rules! select {
    ($rest:tt $(, $arg:expr)*) => {
        sqlx::query_as!(
            Row,
            r#"select id as "id: RiskId", project_id as "project_id: ProjectId", category, title,
                      description, probability, impact, score as "score!",
                      owner_id as "owner_id: UserId", mitigation, status, next_review_on,
                      reported_by as "reported_by: UserId", reported_at, version
               from projects.risk "#
                + $rest
            $(, $arg)*
        )
    };
}

/// The risk.
pub(crate) async fn find(db: &mut PgConnection, id: RiskId) -> Result<Risk, sqlx::Error> {
    select!("where id = $1", id as RiskId).fetch_one(db).await?.try_into()
}

/// The risk, held until the end of the transaction.
pub(crate) async fn lock(tx: &mut PgConnection, id: RiskId) -> Result<Risk, sqlx::Error> {
    select!("where id = $1 for update", id as RiskId).fetch_one(tx).await?.try_into()
}

/// A page of the risks that are seen, and one more.
pub(crate) async fn list(
    db: &mut PgConnection,
    seen: &Visibility,
    filter: &RiskFilter,
    after: Option<RiskId>,
    limit: i64,
) -> Result<Vec<Risk>, sqlx::Error> {
    select!(
        "where ($1 or project_id = any($2))
           and ($3::uuid is null or project_id = $3)
           and ($4::text is null or status = $4)
           and ($5::text is null or category = $5)
           and ($6::smallint is null or score >= $6)
           and ($7::uuid is null or id > $7)
         order by id limit $8",
        seen.all,
        &seen.projects as &[ProjectId],
        filter.project_id as Option<ProjectId>,
        filter.status.map(RiskStatus::as_str),
        filter.category.map(RiskCategory::as_str),
        filter.min_score,
        after as Option<RiskId>,
        limit + 1
    )
    .fetch_all(db)
    .await?
    .into_iter()
    .map(Risk::try_from)
    .collect()
}

/// The risks that are seen and stand so, each with its probability and impact.
pub(crate) async fn heat(
    db: &mut PgConnection,
    seen: &Visibility,
    params: &HeatParams,
) -> Result<Vec<(RiskId, i16, i16)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select id as "id: RiskId", probability, impact from projects.risk
           where ($1 or project_id = any($2))
             and ($3::uuid is null or project_id = $3)
             and status = $4
           order by id"#,
        seen.all,
        &seen.projects as &[ProjectId],
        params.project_id as Option<ProjectId>,
        params.status.as_str()
    );
    let rows = rows.fetch_all(db).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.probability, row.impact)).collect())
}

/// Stores a new risk.
pub(crate) async fn insert(tx: &mut PgConnection, risk: &Risk) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into projects.risk
             (id, project_id, category, title, description, probability, impact, owner_id,
              mitigation, status, next_review_on, reported_by, reported_at, version)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        risk.id as RiskId,
        risk.project_id as ProjectId,
        risk.category.as_str(),
        risk.title,
        risk.description,
        risk.probability,
        risk.impact,
        risk.owner_id as Option<UserId>,
        risk.mitigation,
        risk.status.as_str(),
        risk.next_review_on,
        risk.reported_by as UserId,
        risk.reported_at,
        risk.version
    )
    .execute(tx)
    .await
    .map(|_| ())
}

/// Stores a changed risk.
pub(crate) async fn update(tx: &mut PgConnection, risk: &Risk) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update projects.risk
         set category = $2, title = $3, description = $4, probability = $5, impact = $6,
             owner_id = $7, mitigation = $8, status = $9, next_review_on = $10, version = $11
         where id = $1",
        risk.id as RiskId,
        risk.category.as_str(),
        risk.title,
        risk.description,
        risk.probability,
        risk.impact,
        risk.owner_id as Option<UserId>,
        risk.mitigation,
        risk.status.as_str(),
        risk.next_review_on,
        risk.version
    )
    .execute(tx)
    .await
    .map(|_| ())
}

/// Refuses an owner who is no user of the firm.
pub(crate) async fn person_exists(
    tx: &mut PgConnection,
    id: Option<UserId>,
) -> Result<(), crate::Error> {
    let Some(id) = id else { return Ok(()) };
    let there = sqlx::query_scalar!(
        r#"select exists (select from identity_pub.person where id = $1) as "there!""#,
        id as UserId
    );
    if there.fetch_one(tx).await? { Ok(()) } else { Err(SteeringError::OwnerUnknown.into()) }
}

/// The open risks of the project that this meeting has not reviewed.
pub(crate) async fn unreviewed(
    tx: &mut PgConnection,
    project: ProjectId,
    meeting: SteeringMeetingId,
) -> Result<Vec<Unreviewed>, sqlx::Error> {
    sqlx::query_as!(
        Unreviewed,
        r#"select id as "id: RiskId", title from projects.risk r
           where project_id = $1 and status = 'open'
             and not exists (select from projects.risk_entry e
                             where e.risk_id = r.id and e.meeting_id = $2)
           order by score desc, id"#,
        project as ProjectId,
        meeting as SteeringMeetingId
    )
    .fetch_all(tx)
    .await
}

/// The gravest risks of the project that may still happen.
pub(crate) async fn top(
    db: &mut PgConnection,
    project: ProjectId,
    limit: i64,
) -> Result<Vec<Risk>, sqlx::Error> {
    select!(
        "where project_id = $1 and status in ('open', 'mitigated')
         order by score desc, impact desc, id limit $2",
        project as ProjectId,
        limit
    )
    .fetch_all(db)
    .await?
    .into_iter()
    .map(Risk::try_from)
    .collect()
}

/// How many open risks of the project should have been reviewed by this day.
pub(crate) async fn review_overdue(
    db: &mut PgConnection,
    project: ProjectId,
    today: NaiveDate,
) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from projects.risk
           where project_id = $1 and status = 'open' and next_review_on < $2"#,
        project as ProjectId,
        today
    )
    .fetch_one(db)
    .await
}
