//! The contracts' rows.

use auth::Visibility;
use chrono::NaiveDate;
use kernel::{CommitmentId, ContractId, ContractLineId, ProjectId};
use serde::Deserialize;
use sqlx::PgConnection;
use sqlx::types::Json;

use super::model::{Contract, ContractLine, totals};
use crate::error::broke;
use crate::projects::OfProject;
use crate::{Error, MoneyError};

struct Row {
    id: ContractId,
    project_id: ProjectId,
    reference: String,
    commitment_id: Option<CommitmentId>,
    client: String,
    country: String,
    signed_on: NaiveDate,
    currency: String,
    reverse_charge: bool,
    retention_bp: i32,
    advance_minor: i64,
    advance_from_bp: i32,
    advance_to_bp: i32,
    lines: Json<Vec<LineRow>>,
    version: i64,
}

#[derive(Deserialize)]
struct LineRow {
    id: ContractLineId,
    name: String,
    unit: Option<String>,
    quantity_milli: Option<i64>,
    amount_minor: i64,
    vat_bp: i32,
}

impl TryFrom<Row> for Contract {
    type Error = sqlx::Error;
    fn try_from(row: Row) -> Result<Self, sqlx::Error> {
        let lines: Vec<_> = row
            .lines
            .0
            .into_iter()
            .map(|line| ContractLine {
                id: line.id,
                name: line.name,
                unit: line.unit,
                quantity_milli: line.quantity_milli,
                amount_minor: line.amount_minor,
                vat_bp: line.vat_bp,
            })
            .collect();
        let sums = totals(&lines, row.reverse_charge);
        let (total_minor, total_vat_minor) =
            sums.ok_or_else(|| sqlx::Error::Decode("a contract's total is too large".into()))?;
        Ok(Self {
            id: row.id,
            project_id: row.project_id,
            reference: row.reference,
            commitment_id: row.commitment_id,
            client: row.client,
            country: row.country,
            signed_on: row.signed_on,
            currency: row.currency.parse().map_err(|e| sqlx::Error::Decode(Box::new(e)))?,
            reverse_charge: row.reverse_charge,
            retention_bp: row.retention_bp,
            advance_minor: row.advance_minor,
            advance_from_bp: row.advance_from_bp,
            advance_to_bp: row.advance_to_bp,
            lines,
            total_minor,
            total_vat_minor,
            version: row.version,
        })
    }
}

/// The columns, said once.
macro_rules! select {
    ($rest:tt $(, $arg:expr)*) => {
        sqlx::query_as!(
            Row,
            r#"select c.id as "id: ContractId", c.project_id as "project_id: ProjectId",
                      c.reference, c.commitment_id as "commitment_id: CommitmentId", c.client,
                      c.country, c.signed_on, p.currency, c.reverse_charge, c.retention_bp,
                      c.advance_minor, c.advance_from_bp, c.advance_to_bp,
                      (select coalesce(jsonb_agg(jsonb_build_object('id', l.id, 'name', l.name,
                                  'unit', l.unit, 'quantity_milli', l.quantity_milli,
                                  'amount_minor', l.amount_minor, 'vat_bp', l.vat_bp)
                                  order by l.place), '[]')
                       from projects.contract_line l
                       where l.contract_id = c.id) as "lines!: Json<Vec<LineRow>>",
                      c.version
               from projects.contract c join projects.project p on p.id = c.project_id "#
                + $rest
            $(, $arg)*
        )
    };
}

/// The contract.
pub(crate) async fn find(db: &mut PgConnection, id: ContractId) -> Result<Contract, sqlx::Error> {
    select!("where c.id = $1", id as ContractId).fetch_one(db).await?.try_into()
}

/// The contract, held until the end of the transaction: its claims are numbered one by one.
pub(crate) async fn lock(tx: &mut PgConnection, id: ContractId) -> Result<Contract, sqlx::Error> {
    // First the lock, then a statement whose snapshot is younger: the lines are other rows.
    sqlx::query!("select from projects.contract where id = $1 for update", id as ContractId)
        .fetch_one(&mut *tx)
        .await?;
    find(tx, id).await
}

/// Whether anything was claimed.
pub(super) async fn is_claimed(db: &mut PgConnection, id: ContractId) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select from projects.claim where contract_id = $1) as "there!""#,
        id as ContractId
    )
    .fetch_one(db)
    .await
}

/// A page of the contracts that are seen, and one more.
pub(super) async fn list(
    db: &mut PgConnection,
    seen: &Visibility,
    filter: &OfProject,
    after: Option<ContractId>,
    limit: i64,
) -> Result<Vec<Contract>, sqlx::Error> {
    select!(
        "where ($1 or c.project_id = any($2)) and ($3::uuid is null or c.project_id = $3)
           and ($4::uuid is null or c.id > $4)
         order by c.id limit $5",
        seen.all,
        &seen.projects as &[ProjectId],
        filter.project_id as Option<ProjectId>,
        after as Option<ContractId>,
        limit + 1
    )
    .fetch_all(db)
    .await?
    .into_iter()
    .map(Contract::try_from)
    .collect()
}

/// Stores a new contract.
pub(super) async fn insert(tx: &mut PgConnection, contract: &Contract) -> Result<(), Error> {
    let done = sqlx::query!(
        "insert into projects.contract
             (id, project_id, reference, client, country, signed_on, reverse_charge, retention_bp,
              advance_minor, advance_from_bp, advance_to_bp, version, commitment_id)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        contract.id as ContractId,
        contract.project_id as ProjectId,
        contract.reference,
        contract.client,
        contract.country,
        contract.signed_on,
        contract.reverse_charge,
        contract.retention_bp,
        contract.advance_minor,
        contract.advance_from_bp,
        contract.advance_to_bp,
        contract.version,
        contract.commitment_id as Option<CommitmentId>
    )
    .execute(&mut *tx)
    .await;
    done.map_err(|error| {
        if broke(&error, "contract_reference") {
            Error::from(MoneyError::ReferenceTaken)
        } else if broke(&error, "contract_of_order") {
            MoneyError::OrderTaken.into()
        } else if broke(&error, "contract_order") {
            MoneyError::Elsewhere("commitment_id").into()
        } else {
            error.into()
        }
    })?;
    Ok(insert_lines(tx, contract).await?)
}

/// Stores a contract on other terms.
pub(super) async fn update(tx: &mut PgConnection, contract: &Contract) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update projects.contract
         set client = $2, country = $3, signed_on = $4, reverse_charge = $5, retention_bp = $6,
             advance_minor = $7, advance_from_bp = $8, advance_to_bp = $9, version = $10
         where id = $1",
        contract.id as ContractId,
        contract.client,
        contract.country,
        contract.signed_on,
        contract.reverse_charge,
        contract.retention_bp,
        contract.advance_minor,
        contract.advance_from_bp,
        contract.advance_to_bp,
        contract.version
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "delete from projects.contract_line where contract_id = $1",
        contract.id as ContractId
    )
    .execute(&mut *tx)
    .await?;
    insert_lines(tx, contract).await
}

async fn insert_lines(tx: &mut PgConnection, contract: &Contract) -> Result<(), sqlx::Error> {
    let lines = &contract.lines;
    let ids: Vec<_> = lines.iter().map(|l| l.id).collect();
    let names: Vec<_> = lines.iter().map(|l| l.name.clone()).collect();
    let units: Vec<_> = lines.iter().map(|l| l.unit.clone()).collect();
    let quantities: Vec<_> = lines.iter().map(|l| l.quantity_milli).collect();
    let amounts: Vec<_> = lines.iter().map(|l| l.amount_minor).collect();
    let rates: Vec<_> = lines.iter().map(|l| l.vat_bp).collect();
    sqlx::query!(
        "insert into projects.contract_line
             (contract_id, place, id, name, unit, quantity_milli, amount_minor, vat_bp)
         select $1, n, id, name, unit, quantity, amount, vat
         from unnest($2::uuid[], $3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::int[])
             with ordinality as line (id, name, unit, quantity, amount, vat, n)",
        contract.id as ContractId,
        &ids as &[ContractLineId],
        &names,
        &units as &[Option<String>],
        &quantities as &[Option<i64>],
        &amounts,
        &rates
    )
    .execute(tx)
    .await
    .map(|_| ())
}
