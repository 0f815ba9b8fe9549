//! The commitments' rows.

use auth::Visibility;
use chrono::NaiveDate;
use kernel::{BudgetLineId, CommitmentId, ProjectId};
use sqlx::PgConnection;

use super::model::Commitment;
use crate::projects::OfProject;

struct Row {
    id: CommitmentId,
    project_id: ProjectId,
    budget_line_id: Option<BudgetLineId>,
    category: String,
    supplier: String,
    reference: Option<String>,
    ordered_on: NaiveDate,
    amount_minor: i64,
    currency: String,
    booked_minor: i64,
    status: String,
    version: i64,
}

impl TryFrom<Row> for Commitment {
    type Error = sqlx::Error;
    fn try_from(row: Row) -> Result<Self, sqlx::Error> {
        let word = |e: String| sqlx::Error::Decode(e.into());
        Ok(Self {
            id: row.id,
            project_id: row.project_id,
            budget_line_id: row.budget_line_id,
            category: row.category.parse().map_err(word)?,
            supplier: row.supplier,
            reference: row.reference,
            ordered_on: row.ordered_on,
            amount_minor: row.amount_minor,
            currency: row.currency.parse().map_err(|e| sqlx::Error::Decode(Box::new(e)))?,
            booked_minor: row.booked_minor,
            status: row.status.try_into().map_err(word)?,
            version: row.version,
        })
    }
}

/// The columns, said once.
macro_rules! select {
    ($rest:tt $(, $arg:expr)*) => {
        sqlx::query_as!(
            Row,
            r#"select id as "id: CommitmentId", project_id as "project_id: ProjectId",
                      budget_line_id as "budget_line_id: BudgetLineId", category, supplier,
                      reference, ordered_on, amount_minor, currency, booked_minor, status, version
               from projects.commitment "#
                + $rest
            $(, $arg)*
        )
    };
}

/// The commitment.
pub(crate) async fn find(
    db: &mut PgConnection,
    id: CommitmentId,
) -> Result<Commitment, sqlx::Error> {
    select!("where id = $1", id as CommitmentId).fetch_one(db).await?.try_into()
}

/// The commitment, held until the end of the transaction.
pub(crate) async fn lock(
    tx: &mut PgConnection,
    id: CommitmentId,
) -> Result<Commitment, sqlx::Error> {
    select!("where id = $1 for update", id as CommitmentId).fetch_one(tx).await?.try_into()
}

/// Whether the project has this commitment.
pub(crate) async fn is_of(
    db: &mut PgConnection,
    project: ProjectId,
    id: CommitmentId,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select from projects.commitment where project_id = $1 and id = $2)
               as "there!""#,
        project as ProjectId,
        id as CommitmentId
    )
    .fetch_one(db)
    .await
}

/// A page of the commitments that are seen, and one more.
pub(crate) async fn list(
    db: &mut PgConnection,
    seen: &Visibility,
    filter: &OfProject,
    after: Option<CommitmentId>,
    limit: i64,
) -> Result<Vec<Commitment>, sqlx::Error> {
    select!(
        "where ($1 or project_id = any($2)) and ($3::uuid is null or project_id = $3)
           and ($4::uuid is null or id > $4)
         order by id limit $5",
        seen.all,
        &seen.projects as &[ProjectId],
        filter.project_id as Option<ProjectId>,
        after as Option<CommitmentId>,
        limit + 1
    )
    .fetch_all(db)
    .await?
    .into_iter()
    .map(Commitment::try_from)
    .collect()
}

/// Stores a new commitment.
pub(crate) async fn insert(tx: &mut PgConnection, new: &Commitment) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into projects.commitment
             (id, project_id, budget_line_id, category, supplier, reference, ordered_on,
              amount_minor, currency, booked_minor, status, version)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        new.id as CommitmentId,
        new.project_id as ProjectId,
        new.budget_line_id as Option<BudgetLineId>,
        new.category.as_str(),
        new.supplier,
        new.reference,
        new.ordered_on,
        new.amount_minor,
        new.currency.code(),
        new.booked_minor,
        new.status.as_str(),
        new.version
    )
    .execute(tx)
    .await
    .map(|_| ())
}

/// Stores a changed commitment.
pub(crate) async fn update(tx: &mut PgConnection, now: &Commitment) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update projects.commitment
         set budget_line_id = $2, category = $3, supplier = $4, reference = $5, ordered_on = $6,
             amount_minor = $7, booked_minor = $8, status = $9, version = $10
         where id = $1",
        now.id as CommitmentId,
        now.budget_line_id as Option<BudgetLineId>,
        now.category.as_str(),
        now.supplier,
        now.reference,
        now.ordered_on,
        now.amount_minor,
        now.booked_minor,
        now.status.as_str(),
        now.version
    )
    .execute(tx)
    .await
    .map(|_| ())
}
