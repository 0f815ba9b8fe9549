//! The SQL of uploads.

use kernel::{Timestamp, UserId};
use sqlx::PgConnection;
use uuid::Uuid;

/// An upload's row.
#[derive(Debug, Clone)]
pub(super) struct Upload {
    pub id: Uuid,
    pub caller: UserId,
    pub blob_key: String,
    pub length: i64,
    pub sha256: Option<Vec<u8>>,
    pub done: bool,
    pub expires_at: Timestamp,
}

/// Announces an upload, or finds the one announced before; an open one gets a new expiry.
pub(super) async fn announce(
    conn: &mut PgConnection,
    service: &str,
    new: &Upload,
    now: Timestamp,
) -> Result<Option<Upload>, sqlx::Error> {
    sqlx::query!(
        "insert into core.upload
             (id, service, caller, blob_key, length, sha256, created_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)
         on conflict (id) do update set expires_at = excluded.expires_at
         where upload.state = 'open' and upload.caller = excluded.caller
           and upload.service = excluded.service",
        new.id,
        service,
        new.caller as UserId,
        new.blob_key,
        new.length,
        new.sha256,
        now,
        new.expires_at
    )
    .execute(&mut *conn)
    .await?;
    find(conn, service, new.id).await
}

/// An upload of this service.
pub(super) async fn find(
    conn: &mut PgConnection,
    service: &str,
    id: Uuid,
) -> Result<Option<Upload>, sqlx::Error> {
    sqlx::query_as!(
        Upload,
        r#"select id, caller as "caller: UserId", blob_key, length, sha256,
                  state = 'done' as "done!", expires_at
           from core.upload where id = $1 and service = $2"#,
        id,
        service
    )
    .fetch_optional(conn)
    .await
}

/// Whether the upload still waits to be taken over. Holds off every other finish of it until this
/// transaction ends; a lock of the row itself would count as a write.
pub(super) async fn still_open(
    conn: &mut PgConnection,
    upload: &Upload,
) -> Result<bool, sqlx::Error> {
    let hash = kernel::sha256(&[b"upload", upload.id.as_bytes()]);
    let lock = i64::from_be_bytes(hash[..8].try_into().unwrap_or_default());
    sqlx::query!("select pg_advisory_xact_lock($1)", lock).execute(&mut *conn).await?;
    // A statement of its own: its snapshot is younger than the lock.
    let state = sqlx::query_scalar!(
        "select state from core.upload where id = $1 and blob_key = $2",
        upload.id,
        upload.blob_key
    )
    .fetch_optional(conn)
    .await?;
    match state.as_deref() {
        Some("open") => Ok(true),
        Some(_) => Ok(false),
        None => Err(sqlx::Error::RowNotFound),
    }
}

/// Marks an upload as taken over.
pub(super) async fn done(
    conn: &mut PgConnection,
    id: Uuid,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!("update core.upload set state = 'done', finished_at = $2 where id = $1", id, now)
        .execute(conn)
        .await?;
    Ok(())
}

/// Begins an open upload anew under another key.
pub(super) async fn restart(
    conn: &mut PgConnection,
    upload: &Upload,
    key: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update core.upload set blob_key = $3 where id = $1 and blob_key = $2 and state = 'open'",
        upload.id,
        upload.blob_key,
        key
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Forgets an upload that is still open; false where it was taken over meanwhile.
pub(super) async fn forget(conn: &mut PgConnection, id: Uuid) -> Result<bool, sqlx::Error> {
    let gone = sqlx::query!("delete from core.upload where id = $1 and state = 'open'", id)
        .execute(conn)
        .await?;
    Ok(gone.rows_affected() > 0)
}

/// Open uploads past their time, with their blob's key.
pub(super) async fn expired(
    conn: &mut PgConnection,
    service: &str,
    now: Timestamp,
) -> Result<Vec<(Uuid, String)>, sqlx::Error> {
    let rows = sqlx::query!(
        "select id, blob_key from core.upload
         where service = $1 and state = 'open' and expires_at <= $2 order by expires_at limit 500",
        service,
        now
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|r| (r.id, r.blob_key)).collect())
}

/// Forgets finished uploads older than `before`, and tells when the next open one expires.
pub(super) async fn sweep(
    conn: &mut PgConnection,
    service: &str,
    before: Timestamp,
) -> Result<Option<Timestamp>, sqlx::Error> {
    sqlx::query!(
        "delete from core.upload where service = $1 and state = 'done' and finished_at < $2",
        service,
        before
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query_scalar!(
        "select min(expires_at) from core.upload where service = $1 and state = 'open'",
        service
    )
    .fetch_one(conn)
    .await
}
