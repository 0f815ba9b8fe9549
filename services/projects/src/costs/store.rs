//! The costs' rows.

use auth::Visibility;
use chrono::NaiveDate;
use kernel::{BudgetLineId, ClaimId, CommitmentId, CostId, ProjectId};
use sqlx::PgConnection;

use super::model::Cost;
use crate::projects::OfProject;

struct Row {
    id: CostId,
    project_id: ProjectId,
    budget_line_id: Option<BudgetLineId>,
    commitment_id: Option<CommitmentId>,
    claim_id: Option<ClaimId>,
    kind: String,
    category: String,
    spent_on: NaiveDate,
    amount_minor: i64,
    vat_minor: i64,
    currency: String,
    booked_minor: i64,
    supplier: Option<String>,
    note: Option<String>,
    version: i64,
}

impl TryFrom<Row> for Cost {
    type Error = sqlx::Error;
    fn try_from(row: Row) -> Result<Self, sqlx::Error> {
        let word = |e: String| sqlx::Error::Decode(e.into());
        Ok(Self {
            id: row.id,
            project_id: row.project_id,
            budget_line_id: row.budget_line_id,
            commitment_id: row.commitment_id,
            claim_id: row.claim_id,
            kind: row.kind.try_into().map_err(word)?,
            category: row.category.parse().map_err(word)?,
            spent_on: row.spent_on,
            amount_minor: row.amount_minor,
            vat_minor: row.vat_minor,
            currency: row.currency.parse().map_err(|e| sqlx::Error::Decode(Box::new(e)))?,
            booked_minor: row.booked_minor,
            supplier: row.supplier,
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
            r#"select id as "id: CostId", project_id as "project_id: ProjectId",
                      budget_line_id as "budget_line_id: BudgetLineId",
                      commitment_id as "commitment_id: CommitmentId",
                      claim_id as "claim_id: ClaimId", kind, category, spent_on, amount_minor,
                      vat_minor, currency, booked_minor, supplier, note, version
               from projects.cost "#
                + $rest
            $(, $arg)*
        )
    };
}

/// The cost.
pub(crate) async fn find(db: &mut PgConnection, id: CostId) -> Result<Cost, sqlx::Error> {
    select!("where id = $1", id as CostId).fetch_one(db).await?.try_into()
}

/// The cost, held until the end of the transaction.
pub(crate) async fn lock(tx: &mut PgConnection, id: CostId) -> Result<Cost, sqlx::Error> {
    select!("where id = $1 for update", id as CostId).fetch_one(tx).await?.try_into()
}

/// A page of the costs that are seen, and one more.
pub(crate) async fn list(
    db: &mut PgConnection,
    seen: &Visibility,
    filter: &OfProject,
    after: Option<CostId>,
    limit: i64,
) -> Result<Vec<Cost>, sqlx::Error> {
    select!(
        "where ($1 or project_id = any($2)) and ($3::uuid is null or project_id = $3)
           and ($4::uuid is null or id > $4)
         order by id limit $5",
        seen.all,
        &seen.projects as &[ProjectId],
        filter.project_id as Option<ProjectId>,
        after as Option<CostId>,
        limit + 1
    )
    .fetch_all(db)
    .await?
    .into_iter()
    .map(Cost::try_from)
    .collect()
}

/// Stores a new cost.
pub(crate) async fn insert(tx: &mut PgConnection, cost: &Cost) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into projects.cost
             (id, project_id, budget_line_id, commitment_id, kind, category, spent_on,
              amount_minor, vat_minor, currency, booked_minor, supplier, note, version, claim_id)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
        cost.id as CostId,
        cost.project_id as ProjectId,
        cost.budget_line_id as Option<BudgetLineId>,
        cost.commitment_id as Option<CommitmentId>,
        cost.kind.as_str(),
        cost.category.as_str(),
        cost.spent_on,
        cost.amount_minor,
        cost.vat_minor,
        cost.currency.code(),
        cost.booked_minor,
        cost.supplier,
        cost.note,
        cost.version,
        cost.claim_id as Option<ClaimId>
    )
    .execute(tx)
    .await
    .map(|_| ())
}

/// Stores a changed cost.
pub(crate) async fn update(tx: &mut PgConnection, cost: &Cost) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update projects.cost
         set budget_line_id = $2, commitment_id = $3, kind = $4, category = $5, spent_on = $6,
             amount_minor = $7, vat_minor = $8, currency = $9, booked_minor = $10, supplier = $11,
             note = $12, version = $13
         where id = $1",
        cost.id as CostId,
        cost.budget_line_id as Option<BudgetLineId>,
        cost.commitment_id as Option<CommitmentId>,
        cost.kind.as_str(),
        cost.category.as_str(),
        cost.spent_on,
        cost.amount_minor,
        cost.vat_minor,
        cost.currency.code(),
        cost.booked_minor,
        cost.supplier,
        cost.note,
        cost.version
    )
    .execute(tx)
    .await
    .map(|_| ())
}
