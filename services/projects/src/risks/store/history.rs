//! The rows of the risks' history.

use kernel::{RiskEntryId, RiskId, SteeringMeetingId, Timestamp, UserId};
use sqlx::PgConnection;

use super::super::model::{Judgement, RiskEntry};
use super::decode;
use crate::error::broke;
use crate::{Error, SteeringError};

struct Row {
    id: RiskEntryId,
    version: i64,
    act: String,
    meeting_id: Option<SteeringMeetingId>,
    by_user: UserId,
    at: Timestamp,
    was_probability: Option<i16>,
    was_impact: Option<i16>,
    was_status: Option<String>,
    probability: i16,
    impact: i16,
    status: String,
    note: Option<String>,
}

impl TryFrom<Row> for RiskEntry {
    type Error = sqlx::Error;
    fn try_from(row: Row) -> Result<Self, sqlx::Error> {
        let before = match (row.was_probability, row.was_impact, row.was_status) {
            (Some(probability), Some(impact), Some(status)) => {
                Some(Judgement { probability, impact, status: status.parse().map_err(decode)? })
            }
            _ => None,
        };
        let (probability, impact) = (row.probability, row.impact);
        Ok(Self {
            id: row.id,
            version: row.version,
            act: row.act,
            meeting_id: row.meeting_id,
            by: row.by_user,
            at: row.at,
            before,
            after: Judgement { probability, impact, status: row.status.parse().map_err(decode)? },
            note: row.note,
        })
    }
}

/// A page of a risk's history by the versions it reached, and one more.
pub(crate) async fn history(
    db: &mut PgConnection,
    risk: RiskId,
    after: Option<i64>,
    limit: i64,
) -> Result<Vec<RiskEntry>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        r#"select id as "id: RiskEntryId", version, act,
                  meeting_id as "meeting_id: SteeringMeetingId", by_user as "by_user: UserId", at,
                  was_probability, was_impact, was_status, probability, impact, status, note
           from projects.risk_entry
           where risk_id = $1 and ($2::bigint is null or version > $2)
           order by version limit $3"#,
        risk as RiskId,
        after,
        limit + 1
    )
    .fetch_all(db)
    .await?
    .into_iter()
    .map(RiskEntry::try_from)
    .collect()
}

/// Keeps what was just done to the risk.
pub(crate) async fn keep(
    tx: &mut PgConnection,
    risk: RiskId,
    entry: &RiskEntry,
) -> Result<(), Error> {
    let done = sqlx::query!(
        "insert into projects.risk_entry
             (id, risk_id, version, act, meeting_id, by_user, at, was_probability, was_impact,
              was_status, probability, impact, status, note)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        entry.id as RiskEntryId,
        risk as RiskId,
        entry.version,
        entry.act,
        entry.meeting_id as Option<SteeringMeetingId>,
        entry.by as UserId,
        entry.at,
        entry.before.map(|b| b.probability),
        entry.before.map(|b| b.impact),
        entry.before.map(|b| b.status.as_str()),
        entry.after.probability,
        entry.after.impact,
        entry.after.status.as_str(),
        entry.note
    )
    .execute(tx)
    .await;
    match done {
        Ok(_) => Ok(()),
        Err(error) if broke(&error, "risk_reviewed_once") => {
            Err(SteeringError::ReviewedAlready.into())
        }
        Err(error) => Err(error.into()),
    }
}
