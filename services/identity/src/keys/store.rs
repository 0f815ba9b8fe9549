//! The signing keys in the control database. The private half is sealed, and only identity's role
//! may read it.

use auth::{KeyPair, PublicKey};
use chrono::Duration;
use kernel::Timestamp;
use sqlx::{PgExecutor, PgPool};
use tenancy::{TenancyError, Vault};

use crate::error::Error;

/// How long a key signs.
const SIGNS: Duration = Duration::days(30);
/// How much longer it verifies: more than any access token lives, with room for clocks that differ.
const OUTLIVES: Duration = Duration::days(1);
/// Of the advisory lock under which keys are made.
const LOCK: i64 = 0x6b65_7973;

/// When to make a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum When {
    /// Only where none signs.
    Missing,
    /// In any case.
    Always,
}

/// The key that signs now.
pub(crate) async fn signing(
    control: &PgPool,
    vault: &Vault,
    now: Timestamp,
) -> Result<KeyPair, Error> {
    match newest(control, vault, now).await? {
        Some(key) => Ok(key),
        None => make(control, vault, now, When::Missing).await,
    }
}

async fn newest(
    db: impl PgExecutor<'_>,
    vault: &Vault,
    now: Timestamp,
) -> Result<Option<KeyPair>, Error> {
    let row = sqlx::query!(
        "select kid, sealed_secret from identity.signing_key
         where signs_until > $1 order by created_at desc, kid desc limit 1",
        now
    )
    .fetch_optional(db)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let secret = vault.open(&owner(&row.kid), &row.sealed_secret)?;
    let secret: [u8; 32] = secret.try_into().map_err(|_| TenancyError::Sealed)?;
    Ok(Some(KeyPair::from_secret(row.kid, &secret)?))
}

/// Makes a key; processes that start at once agree on one.
pub(super) async fn make(
    control: &PgPool,
    vault: &Vault,
    now: Timestamp,
    when: When,
) -> Result<KeyPair, Error> {
    let mut tx = control.begin().await?;
    sqlx::query!("select pg_advisory_xact_lock($1)", LOCK).fetch_one(&mut *tx).await?;
    if when == When::Missing
        && let Some(key) = newest(&mut *tx, vault, now).await?
    {
        return Ok(key);
    }
    let key = KeyPair::generate()?;
    let sealed = vault.seal(&owner(&key.kid), &key.secret_bytes())?;
    sqlx::query!(
        "with expired as (delete from identity.signing_key where not_after < $4)
         insert into identity.signing_key
             (kid, public_key, sealed_secret, created_at, signs_until, not_after)
         values ($1, $2, $3, $4, $5, $6)",
        key.kid,
        &key.public().bytes[..],
        sealed,
        now,
        now + SIGNS,
        now + SIGNS + OUTLIVES
    )
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(key)
}

/// The public halves that still verify.
pub(super) async fn published(
    control: &PgPool,
    now: Timestamp,
) -> Result<Vec<PublicKey>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select kid as "kid!", public_key as "public_key!" from identity.public_key
           where not_after > $1 order by not_after desc"#,
        now
    )
    .fetch_all(control)
    .await?;
    Ok(rows
        .into_iter()
        .filter_map(|r| Some(PublicKey { kid: r.kid, bytes: r.public_key.try_into().ok()? }))
        .collect())
}

fn owner(kid: &str) -> String {
    format!("signing-key:{kid}")
}
