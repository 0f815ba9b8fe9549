//! The claims' rows.

use auth::Visibility;
use chrono::NaiveDate;
use contracts::ClaimStatus;
use kernel::{ClaimId, CommitmentId, ContractId, ProjectId, Timestamp, UserId};
use sqlx::PgConnection;
use sqlx::types::Json;

use super::api::ClaimFilter;
use super::figures::{ClaimLine, Sums};
use super::model::{Claim, mention, owed};
use crate::error::broke;
use crate::{Error, MoneyError};

struct Row {
    id: ClaimId,
    contract_id: ContractId,
    project_id: ProjectId,
    number: i32,
    commitment_id: Option<CommitmentId>,
    kind: String,
    corrects: Option<ClaimId>,
    status: String,
    claimed_on: NaiveDate,
    currency: String,
    reverse_charge: bool,
    lines: Json<Vec<ClaimLine>>,
    cumulative: Json<Sums>,
    previous: Json<Sums>,
    decided_by: Option<UserId>,
    decided_at: Option<Timestamp>,
    note: Option<String>,
    paid_on: Option<NaiveDate>,
    version: i64,
}

impl TryFrom<Row> for Claim {
    type Error = sqlx::Error;
    fn try_from(row: Row) -> Result<Self, sqlx::Error> {
        let word = |e: String| sqlx::Error::Decode(e.into());
        Ok(Self {
            id: row.id,
            contract_id: row.contract_id,
            project_id: row.project_id,
            number: row.number,
            commitment_id: row.commitment_id,
            kind: row.kind.try_into().map_err(word)?,
            corrects: row.corrects,
            status: row.status.parse().map_err(word)?,
            claimed_on: row.claimed_on,
            currency: row.currency.parse().map_err(|e| sqlx::Error::Decode(Box::new(e)))?,
            mention: mention(row.reverse_charge),
            self_assessed_vat_minor: owed(row.commitment_id, row.reverse_charge, &row.lines),
            lines: row.lines.0,
            period: row.cumulative.since(row.previous.0),
            cumulative: row.cumulative.0,
            previous: row.previous.0,
            decided_by: row.decided_by,
            decided_at: row.decided_at,
            note: row.note,
            paid_on: row.paid_on,
            version: row.version,
        })
    }
}

/// The columns, said once.
macro_rules! select {
    ($rest:tt $(, $arg:expr)*) => {
        sqlx::query_as!(
            Row,
            r#"select k.id as "id: ClaimId", k.contract_id as "contract_id: ContractId",
                      k.project_id as "project_id: ProjectId", k.number,
                      c.commitment_id as "commitment_id: CommitmentId", k.kind,
                      k.corrects as "corrects: ClaimId", k.status, k.claimed_on, p.currency,
                      c.reverse_charge, k.lines as "lines: Json<Vec<ClaimLine>>",
                      k.cumulative as "cumulative: Json<Sums>",
                      k.previous as "previous: Json<Sums>",
                      k.decided_by as "decided_by: UserId", k.decided_at, k.note, k.paid_on,
                      k.version
               from projects.claim k
               join projects.contract c on c.id = k.contract_id
               join projects.project p on p.id = k.project_id "#
                + $rest
            $(, $arg)*
        )
    };
}

/// The claim.
pub(super) async fn find(db: &mut PgConnection, id: ClaimId) -> Result<Claim, sqlx::Error> {
    select!("where k.id = $1", id as ClaimId).fetch_one(db).await?.try_into()
}

/// The claim, held until the end of the transaction.
pub(super) async fn lock(tx: &mut PgConnection, id: ClaimId) -> Result<Claim, sqlx::Error> {
    select!("where k.id = $1 for update of k", id as ClaimId).fetch_one(tx).await?.try_into()
}

/// The newest claim of the contract with a number below `below`, or the newest of all.
pub(super) async fn last(
    db: &mut PgConnection,
    contract: ContractId,
    below: Option<i32>,
) -> Result<Option<Claim>, sqlx::Error> {
    select!(
        "where k.contract_id = $1 and ($2::int is null or k.number < $2)
         order by k.number desc limit 1",
        contract as ContractId,
        below
    )
    .fetch_optional(db)
    .await?
    .map(Claim::try_from)
    .transpose()
}

/// The accepted credit notes of a claim.
pub(super) async fn credits(db: &mut PgConnection, of: ClaimId) -> Result<Vec<Claim>, sqlx::Error> {
    select!(
        "where k.corrects = $1 and k.status in ('accepted', 'paid') order by k.number",
        of as ClaimId
    )
    .fetch_all(db)
    .await?
    .into_iter()
    .map(Claim::try_from)
    .collect()
}

/// A page of the claims that are seen, and one more.
pub(super) async fn list(
    db: &mut PgConnection,
    seen: &Visibility,
    filter: &ClaimFilter,
    after: Option<ClaimId>,
    limit: i64,
) -> Result<Vec<Claim>, sqlx::Error> {
    select!(
        "where ($1 or k.project_id = any($2)) and ($3::uuid is null or k.project_id = $3)
           and ($4::uuid is null or k.contract_id = $4) and ($5::text is null or k.status = $5)
           and ($6::boolean is null or (c.commitment_id is not null) = $6)
           and ($7::uuid is null or k.id > $7)
         order by k.id limit $8",
        seen.all,
        &seen.projects as &[ProjectId],
        filter.project_id as Option<ProjectId>,
        filter.contract_id as Option<ContractId>,
        filter.status.map(ClaimStatus::as_str),
        filter.received,
        after as Option<ClaimId>,
        limit + 1
    )
    .fetch_all(db)
    .await?
    .into_iter()
    .map(Claim::try_from)
    .collect()
}

/// Stores a new claim.
pub(super) async fn insert(tx: &mut PgConnection, claim: &Claim) -> Result<(), Error> {
    let done = sqlx::query!(
        "insert into projects.claim
             (id, contract_id, project_id, number, kind, status, claimed_on, lines, cumulative,
              previous, version, corrects)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        claim.id as ClaimId,
        claim.contract_id as ContractId,
        claim.project_id as ProjectId,
        claim.number,
        claim.kind.as_str(),
        claim.status.as_str(),
        claim.claimed_on,
        Json(&claim.lines) as _,
        Json(claim.cumulative) as _,
        Json(claim.previous) as _,
        claim.version,
        claim.corrects as Option<ClaimId>
    )
    .execute(tx)
    .await;
    done.map(|_| ()).map_err(|error| {
        if broke(&error, "claim_open") { MoneyError::ClaimOpen.into() } else { error.into() }
    })
}

/// Stores a changed claim.
pub(super) async fn update(tx: &mut PgConnection, claim: &Claim) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update projects.claim
         set status = $2, claimed_on = $3, lines = $4, cumulative = $5, decided_by = $6,
             decided_at = $7, note = $8, paid_on = $9, version = $10
         where id = $1",
        claim.id as ClaimId,
        claim.status.as_str(),
        claim.claimed_on,
        Json(&claim.lines) as _,
        Json(claim.cumulative) as _,
        claim.decided_by as Option<UserId>,
        claim.decided_at,
        claim.note,
        claim.paid_on,
        claim.version
    )
    .execute(tx)
    .await
    .map(|_| ())
}
