//! The SQL of the gateway, all of it at the control database.

use std::collections::HashSet;

use auth::{KeySet, PublicKey};
use kernel::{SessionId, Timestamp};
use sqlx::PgPool;

/// Identity's keys that hold now: whoever signs with one of them is believed.
pub(crate) async fn trusted_keys(db: &PgPool, now: Timestamp) -> Result<KeySet, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select kid as "kid!", public_key as "public_key!"
           from identity.public_key where not_after > $1"#,
        now
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .filter_map(|r| Some(PublicKey { kid: r.kid, bytes: r.public_key.try_into().ok()? }))
        .collect())
}

/// The sessions that were ended while an access token of theirs may still be around.
pub(crate) async fn revoked_sessions(
    db: &PgPool,
    now: Timestamp,
) -> Result<HashSet<SessionId>, sqlx::Error> {
    let ids = sqlx::query_scalar!(
        r#"select session_id as "id!: SessionId" from identity.revoked_session where until > $1"#,
        now
    )
    .fetch_all(db)
    .await?;
    Ok(ids.into_iter().collect())
}

/// Publishes the key by which services know this gateway, until `not_after`.
pub(crate) async fn publish_key(
    db: &PgPool,
    key: &PublicKey,
    not_after: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into tenancy.internal_key (kid, public_key, not_after) values ($1, $2, $3)",
        key.kid,
        &key.bytes[..],
        not_after
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Forgets the keys whose time is over.
pub(crate) async fn purge_keys(db: &PgPool, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from tenancy.internal_key where not_after < $1", now).execute(db).await?;
    Ok(())
}
