//! The absences' rows.

use kernel::WorkerId;
use sqlx::PgConnection;

use super::api::AbsenceFilter;
use super::model::{Absence, AbsenceId, AbsenceKind};

/// A page of a worker's absences, and one more.
pub(crate) async fn list(
    db: &mut PgConnection,
    worker: WorkerId,
    filter: &AbsenceFilter,
    after: Option<AbsenceId>,
) -> Result<Vec<Absence>, sqlx::Error> {
    sqlx::query_as!(
        Absence,
        r#"select id as "id: AbsenceId", worker_id as "worker_id: WorkerId", from_at as "from",
                  to_at as "to", kind as "kind: AbsenceKind"
           from resources.absence
           where worker_id = $1
             and ($2::timestamptz is null or to_at > $2)
             and ($3::timestamptz is null or from_at < $3)
             and ($4::uuid is null or id > $4)
           order by id limit $5"#,
        worker as WorkerId,
        filter.from,
        filter.to,
        after as Option<AbsenceId>,
        filter.limit + 1
    )
    .fetch_all(db)
    .await
}

/// Stores a new absence.
pub(crate) async fn insert(tx: &mut PgConnection, absence: &Absence) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into resources.absence (id, worker_id, from_at, to_at, kind)
         values ($1, $2, $3, $4, $5)",
        absence.id as AbsenceId,
        absence.worker_id as WorkerId,
        absence.from,
        absence.to,
        absence.kind as AbsenceKind
    )
    .execute(tx)
    .await
    .map(|_| ())
}

/// Removes an absence of this worker and tells which it was.
pub(crate) async fn remove(
    tx: &mut PgConnection,
    worker: WorkerId,
    id: AbsenceId,
) -> Result<Absence, sqlx::Error> {
    sqlx::query_as!(
        Absence,
        r#"delete from resources.absence where worker_id = $1 and id = $2
           returning id as "id: AbsenceId", worker_id as "worker_id: WorkerId", from_at as "from",
                     to_at as "to", kind as "kind: AbsenceKind""#,
        worker as WorkerId,
        id as AbsenceId
    )
    .fetch_one(tx)
    .await
}
