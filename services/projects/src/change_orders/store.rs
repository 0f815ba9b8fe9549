//! The change orders' rows.

use auth::Visibility;
use contracts::ChangeOrderStatus;
use kernel::{ChangeOrderId, Currency, Money, ProjectId, Timestamp, UserId};
use sqlx::PgConnection;

use super::api::ChangeOrderFilter;
use super::model::ChangeOrder;

struct Row {
    id: ChangeOrderId,
    project_id: ProjectId,
    number: i32,
    title: String,
    reason: String,
    amount_minor: Option<i64>,
    currency: String,
    delay_days: i32,
    status: String,
    decided_by: Option<UserId>,
    decided_at: Option<Timestamp>,
    note: Option<String>,
    version: i64,
}

impl TryFrom<Row> for ChangeOrder {
    type Error = sqlx::Error;
    fn try_from(row: Row) -> Result<Self, sqlx::Error> {
        let currency: Currency =
            row.currency.parse().map_err(|e| sqlx::Error::Decode(Box::new(e)))?;
        Ok(Self {
            id: row.id,
            project_id: row.project_id,
            number: row.number,
            title: row.title,
            reason: row.reason,
            amount: row.amount_minor.map(|minor| Money { minor, currency }),
            delay_days: row.delay_days,
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
            r#"select c.id as "id: ChangeOrderId", c.project_id as "project_id: ProjectId", c.number,
                      c.title, c.reason, c.amount_minor, p.currency, c.delay_days, c.status,
                      c.decided_by as "decided_by: UserId", c.decided_at, c.note, c.version
               from projects.change_order c join projects.project p on p.id = c.project_id "#
                + $rest
            $(, $arg)*
        )
    };
}

/// The change order.
pub(crate) async fn find(
    db: &mut PgConnection,
    id: ChangeOrderId,
) -> Result<ChangeOrder, sqlx::Error> {
    select!("where c.id = $1", id as ChangeOrderId).fetch_one(db).await?.try_into()
}

/// The change order, held until the end of the transaction.
pub(crate) async fn lock(
    tx: &mut PgConnection,
    id: ChangeOrderId,
) -> Result<ChangeOrder, sqlx::Error> {
    select!("where c.id = $1 for update of c", id as ChangeOrderId).fetch_one(tx).await?.try_into()
}

/// A page of the change orders that are seen, and one more.
pub(crate) async fn list(
    db: &mut PgConnection,
    seen: &Visibility,
    filter: &ChangeOrderFilter,
    after: Option<ChangeOrderId>,
    limit: i64,
) -> Result<Vec<ChangeOrder>, sqlx::Error> {
    select!(
        "where ($1 or c.project_id = any($2))
           and ($3::uuid is null or c.project_id = $3)
           and ($4::text is null or c.status = $4)
           and ($5::uuid is null or c.id > $5)
         order by c.id limit $6",
        seen.all,
        &seen.projects as &[ProjectId],
        filter.project_id as Option<ProjectId>,
        filter.status.map(ChangeOrderStatus::as_str),
        after as Option<ChangeOrderId>,
        limit + 1
    )
    .fetch_all(db)
    .await?
    .into_iter()
    .map(ChangeOrder::try_from)
    .collect()
}

/// The number of the project's next change order. The caller holds the project.
pub(crate) async fn next_number(
    tx: &mut PgConnection,
    project: ProjectId,
) -> Result<i32, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select coalesce(max(number), 0) + 1 as "next!" from projects.change_order
           where project_id = $1"#,
        project as ProjectId
    )
    .fetch_one(tx)
    .await
}

/// Stores a new change order.
pub(crate) async fn insert(tx: &mut PgConnection, new: &ChangeOrder) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into projects.change_order
             (id, project_id, number, title, reason, amount_minor, delay_days, status, version)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        new.id as ChangeOrderId,
        new.project_id as ProjectId,
        new.number,
        new.title,
        new.reason,
        new.amount.map(|a| a.minor),
        new.delay_days,
        new.status.as_str(),
        new.version
    )
    .execute(tx)
    .await
    .map(|_| ())
}

/// Stores a changed change order.
pub(crate) async fn update(tx: &mut PgConnection, now: &ChangeOrder) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update projects.change_order
         set title = $2, reason = $3, amount_minor = $4, delay_days = $5, status = $6,
             decided_by = $7, decided_at = $8, note = $9, version = $10
         where id = $1",
        now.id as ChangeOrderId,
        now.title,
        now.reason,
        now.amount.map(|a| a.minor),
        now.delay_days,
        now.status.as_str(),
        now.decided_by as Option<UserId>,
        now.decided_at,
        now.note,
        now.version
    )
    .execute(tx)
    .await
    .map(|_| ())
}
