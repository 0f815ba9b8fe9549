//! The certificates' rows.

pub(super) mod kinds;

use auth::Visibility;
use chrono::NaiveDate;
use kernel::{CertificateId, CertificateKindId, Timestamp, WorkerId};
use sqlx::PgConnection;

use super::api::CertificateFilter;
use super::model::Certificate;

/// The columns, said once.
macro_rules! select {
    ($rest:tt $(, $arg:expr)*) => {
        sqlx::query_as!(
            Certificate,
            r#"select id as "id: CertificateId", worker_id as "worker_id: WorkerId",
                      kind_id as "kind_id: CertificateKindId", number, issuer, issued_on,
                      expires_on, document, version
               from resources.certificate c "#
                + $rest
            $(, $arg)*
        )
    };
}

/// The certificate.
pub(super) async fn find(
    db: &mut PgConnection,
    id: CertificateId,
) -> Result<Certificate, sqlx::Error> {
    select!("where id = $1", id as CertificateId).fetch_one(db).await
}

/// The certificate, held until the end of the transaction.
pub(super) async fn lock(
    tx: &mut PgConnection,
    id: CertificateId,
) -> Result<Certificate, sqlx::Error> {
    select!("where id = $1 for update", id as CertificateId).fetch_one(tx).await
}

/// A page of the certificates of workers that are seen, and one more.
pub(super) async fn list(
    db: &mut PgConnection,
    seen: &Visibility,
    filter: &CertificateFilter,
    after: Option<CertificateId>,
    limit: i64,
) -> Result<Vec<Certificate>, sqlx::Error> {
    select!(
        "where ($1 or worker_id = any($2))
           and ($3::uuid is null or worker_id = $3)
           and ($4::uuid is null or kind_id = $4)
           and ($5::date is null or expires_on <= $5)
           and ($6::uuid is null or id > $6)
         order by id limit $7",
        seen.all,
        &seen.workers as &[WorkerId],
        filter.worker_id as Option<WorkerId>,
        filter.kind_id as Option<CertificateKindId>,
        filter.expires_by,
        after as Option<CertificateId>,
        limit + 1
    )
    .fetch_all(db)
    .await
}

/// How many certificates a worker has.
pub(super) async fn count(tx: &mut PgConnection, worker: WorkerId) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from resources.certificate where worker_id = $1"#,
        worker as WorkerId
    )
    .fetch_one(tx)
    .await
}

/// Stores a new certificate.
pub(super) async fn insert(tx: &mut PgConnection, held: &Certificate) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into resources.certificate
             (id, worker_id, kind_id, number, issuer, issued_on, expires_on, document, version)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        held.id as CertificateId,
        held.worker_id as WorkerId,
        held.kind_id as CertificateKindId,
        held.number,
        held.issuer,
        held.issued_on,
        held.expires_on,
        held.document,
        held.version
    )
    .execute(tx)
    .await
    .map(|_| ())
}

/// Stores a changed certificate.
pub(super) async fn update(tx: &mut PgConnection, held: &Certificate) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update resources.certificate
         set number = $2, issuer = $3, issued_on = $4, expires_on = $5, document = $6, version = $7
         where id = $1",
        held.id as CertificateId,
        held.number,
        held.issuer,
        held.issued_on,
        held.expires_on,
        held.document,
        held.version
    )
    .execute(tx)
    .await
    .map(|_| ())
}

/// Removes a certificate.
pub(super) async fn remove(tx: &mut PgConnection, id: CertificateId) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from resources.certificate where id = $1", id as CertificateId)
        .execute(tx)
        .await
        .map(|_| ())
}

/// The certificate with the reminders of its kind, where this is its last day still, its worker is
/// planned, and none of the same kind and worker lasts longer.
pub(super) async fn to_remind(
    db: &mut PgConnection,
    id: CertificateId,
    expires_on: NaiveDate,
) -> Result<Option<(Certificate, Vec<i32>)>, sqlx::Error> {
    let found = select!(
        "where id = $1 and expires_on = $2
           and exists (select from resources.worker w where w.id = c.worker_id and w.active)
           and not exists (
               select from resources.certificate o
               where o.worker_id = c.worker_id and o.kind_id = c.kind_id
                 and (o.expires_on is null or o.expires_on > c.expires_on))",
        id as CertificateId,
        expires_on
    )
    .fetch_optional(&mut *db)
    .await?;
    let Some(found) = found else { return Ok(None) };
    let days = sqlx::query_scalar!(
        "select reminder_days from resources.certificate_kind where id = $1",
        found.kind_id as CertificateKindId
    )
    .fetch_one(db)
    .await?;
    Ok(Some((found, days)))
}

/// The reminders of this last day that were given.
pub(super) async fn reminded(
    tx: &mut PgConnection,
    id: CertificateId,
    expires_on: NaiveDate,
) -> Result<Vec<i32>, sqlx::Error> {
    sqlx::query_scalar!(
        "select days from resources.certificate_reminder
         where certificate_id = $1 and expires_on = $2",
        id as CertificateId,
        expires_on
    )
    .fetch_all(tx)
    .await
}

/// Takes the certificate to its next version; none where it has changed since it was read.
pub(super) async fn step(
    tx: &mut PgConnection,
    held: &Certificate,
) -> Result<Option<i64>, sqlx::Error> {
    sqlx::query_scalar!(
        "update resources.certificate set version = version + 1 where id = $1 and version = $2
         returning version",
        held.id as CertificateId,
        held.version
    )
    .fetch_optional(tx)
    .await
}

/// Notes reminders as given.
pub(super) async fn remind(
    tx: &mut PgConnection,
    id: CertificateId,
    expires_on: NaiveDate,
    days: &[i32],
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into resources.certificate_reminder (certificate_id, expires_on, days, at)
         select $1, $2, days, $4 from unnest($3::integer[]) as days",
        id as CertificateId,
        expires_on,
        days,
        now
    )
    .execute(tx)
    .await
    .map(|_| ())
}
