//! The absences' rows.

use chrono::{DateTime, Utc};
use kernel::{AbsenceId, Timestamp, UserId, WorkerId};
use sqlx::PgConnection;
use sqlx::types::Json;

use super::api::{AbsenceFilter, AbsencesFilter};
use super::model::{Absence, AbsenceKind, AbsenceStatus, LeaveDays};

struct Row {
    id: AbsenceId,
    worker_id: WorkerId,
    from_at: Timestamp,
    to_at: Timestamp,
    days: Option<Json<LeaveDays>>,
    kind: AbsenceKind,
    status: AbsenceStatus,
    asked_by: Option<UserId>,
    asked_at: Option<DateTime<Utc>>,
    decided_by: Option<UserId>,
    decided_at: Option<DateTime<Utc>>,
    note: Option<String>,
    version: i64,
}

impl From<Row> for Absence {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            worker_id: row.worker_id,
            from: row.from_at,
            to: row.to_at,
            days: row.days.map(|days| days.0),
            kind: Some(row.kind),
            status: row.status,
            asked_by: row.asked_by,
            asked_at: row.asked_at,
            decided_by: row.decided_by,
            decided_at: row.decided_at,
            note: row.note,
            version: row.version,
        }
    }
}

/// The columns, said once.
macro_rules! select {
    ($rest:tt $(, $arg:expr)*) => {
        sqlx::query_as!(
            Row,
            r#"select id as "id: AbsenceId", worker_id as "worker_id: WorkerId", from_at, to_at,
                      days as "days: Json<LeaveDays>", kind as "kind: AbsenceKind",
                      status as "status: AbsenceStatus", asked_by as "asked_by: UserId", asked_at,
                      decided_by as "decided_by: UserId", decided_at, note, version
               from resources.absence "#
                + $rest
            $(, $arg)*
        )
    };
}

/// A page of a worker's absences, and one more; only those in force where `in_force` says so.
pub(crate) async fn list(
    db: &mut PgConnection,
    worker: WorkerId,
    filter: &AbsenceFilter,
    in_force: bool,
    after: Option<AbsenceId>,
    limit: i64,
) -> Result<Vec<Absence>, sqlx::Error> {
    let rows = select!(
        "where worker_id = $1
           and ($2::timestamptz is null or to_at > $2)
           and ($3::timestamptz is null or from_at < $3)
           and (not $4 or status = 'approved')
           and ($5::uuid is null or id > $5)
         order by id limit $6",
        worker as WorkerId,
        filter.from,
        filter.to,
        in_force,
        after as Option<AbsenceId>,
        limit + 1
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(Absence::from).collect())
}

/// A page of everybody's absences, and one more.
pub(crate) async fn list_all(
    db: &mut PgConnection,
    filter: &AbsencesFilter,
    after: Option<AbsenceId>,
    limit: i64,
) -> Result<Vec<Absence>, sqlx::Error> {
    let rows = select!(
        "where ($1::text is null or status = $1)
           and ($2::timestamptz is null or to_at > $2)
           and ($3::timestamptz is null or from_at < $3)
           and ($4::uuid is null or id > $4)
         order by id limit $5",
        filter.status as Option<AbsenceStatus>,
        filter.from,
        filter.to,
        after as Option<AbsenceId>,
        limit + 1
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(Absence::from).collect())
}

/// The absence.
pub(crate) async fn find(db: &mut PgConnection, id: AbsenceId) -> Result<Absence, sqlx::Error> {
    select!("where id = $1", id as AbsenceId).fetch_one(db).await.map(Absence::from)
}

/// The absence, held until the end of the transaction.
pub(crate) async fn lock(tx: &mut PgConnection, id: AbsenceId) -> Result<Absence, sqlx::Error> {
    select!("where id = $1 for update", id as AbsenceId).fetch_one(tx).await.map(Absence::from)
}

/// Whether the worker, whom the caller holds, is away or asks to be at some time of `absence`.
/// Illness is compared with illness alone, the rest with the rest.
pub(crate) async fn overlaps(
    tx: &mut PgConnection,
    absence: &Absence,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (
               select from resources.absence
               where worker_id = $1 and from_at < $3 and to_at > $2
                 and status in ('asked', 'approved')
                 and (kind in ('sick', 'accident')) = $4) as "there!""#,
        absence.worker_id as WorkerId,
        absence.from,
        absence.to,
        absence.kind.is_some_and(AbsenceKind::is_medical)
    )
    .fetch_one(tx)
    .await
}

/// Stores a new absence.
pub(crate) async fn insert(tx: &mut PgConnection, absence: &Absence) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into resources.absence
             (id, worker_id, from_at, to_at, days, kind, status, asked_by, asked_at, decided_by,
              decided_at, version)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        absence.id as AbsenceId,
        absence.worker_id as WorkerId,
        absence.from,
        absence.to,
        absence.days.map(Json) as Option<Json<LeaveDays>>,
        absence.kind as Option<AbsenceKind>,
        absence.status as AbsenceStatus,
        absence.asked_by as Option<UserId>,
        absence.asked_at,
        absence.decided_by as Option<UserId>,
        absence.decided_at,
        absence.version
    )
    .execute(tx)
    .await
    .map(|_| ())
}

/// Stores what was decided.
pub(crate) async fn decide(tx: &mut PgConnection, absence: &Absence) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update resources.absence
         set status = $2, decided_by = $3, decided_at = $4, note = $5, version = $6
         where id = $1",
        absence.id as AbsenceId,
        absence.status as AbsenceStatus,
        absence.decided_by as Option<UserId>,
        absence.decided_at,
        absence.note,
        absence.version
    )
    .execute(tx)
    .await
    .map(|_| ())
}

/// Removes an absence.
pub(crate) async fn remove(tx: &mut PgConnection, id: AbsenceId) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from resources.absence where id = $1", id as AbsenceId)
        .execute(tx)
        .await
        .map(|_| ())
}
