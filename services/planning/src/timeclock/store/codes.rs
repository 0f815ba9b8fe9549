//! The SQL of the codes on sites.

use kernel::{SiteCodeId, SiteId, Timestamp, UserId};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::timeclock::codes::SiteCode;

struct Row {
    id: SiteCodeId,
    site_id: SiteId,
    secret: Uuid,
    from_at: Timestamp,
    to_at: Option<Timestamp>,
    revoked_at: Option<Timestamp>,
    by_user: UserId,
    version: i64,
}

impl From<Row> for SiteCode {
    fn from(row: Row) -> Self {
        let Row { id, site_id, secret, from_at, to_at, revoked_at, by_user, version } = row;
        Self { id, site_id, secret, from_at, to_at, revoked_at, by: by_user, version }
    }
}

/// Lets one writer at a time change a site's code, until the end of the transaction.
pub async fn lock(tx: &mut PgConnection, site: SiteId) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "select pg_advisory_xact_lock('planning.site_code'::regclass::oid::int4, hashtext($1))",
        site.to_string()
    )
    .fetch_one(tx)
    .await?;
    Ok(())
}

/// The code that hangs on a site now: the newest that counts.
pub async fn present(
    conn: &mut PgConnection,
    site: SiteId,
    now: Timestamp,
) -> Result<Option<SiteCode>, sqlx::Error> {
    let row = sqlx::query_as!(
        Row,
        r#"select id as "id: SiteCodeId", site_id as "site_id: SiteId", secret, from_at, to_at,
                  revoked_at, by_user as "by_user: UserId", version
           from planning.site_code
           where site_id = $1 and (to_at is null or to_at > $2)
           order by from_at desc, id desc limit 1"#,
        site as SiteId,
        now
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(Into::into))
}

/// A code, whether it still hangs or not.
pub async fn find(
    conn: &mut PgConnection,
    id: SiteCodeId,
) -> Result<Option<SiteCode>, sqlx::Error> {
    let row = sqlx::query_as!(
        Row,
        r#"select id as "id: SiteCodeId", site_id as "site_id: SiteId", secret, from_at, to_at,
                  revoked_at, by_user as "by_user: UserId", version
           from planning.site_code where id = $1"#,
        id as SiteCodeId
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(Into::into))
}

/// Lets every code of a site that counts end at `end` at the latest, taken down `revoked`; of those
/// that did, which.
pub async fn end(
    tx: &mut PgConnection,
    site: SiteId,
    end: Timestamp,
    revoked: Option<Timestamp>,
) -> Result<Vec<(SiteCodeId, i64)>, sqlx::Error> {
    let ended = sqlx::query!(
        r#"update planning.site_code
           set to_at = greatest($2, from_at), revoked_at = $3, version = version + 1
           where site_id = $1 and (to_at is null or to_at > $2)
           returning id as "id: SiteCodeId", version"#,
        site as SiteId,
        end,
        revoked
    )
    .fetch_all(tx)
    .await?;
    Ok(ended.into_iter().map(|row| (row.id, row.version)).collect())
}

/// Forgets the codes of a site that ended before `end`.
pub async fn forget(
    tx: &mut PgConnection,
    site: SiteId,
    end: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from planning.site_code where site_id = $1 and to_at < $2",
        site as SiteId,
        end
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Stores a new code.
pub async fn hang(tx: &mut PgConnection, code: &SiteCode) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into planning.site_code (id, site_id, secret, from_at, by_user, version, to_at)
         values ($1, $2, $3, $4, $5, $6, $7)",
        code.id as SiteCodeId,
        code.site_id as SiteId,
        code.secret,
        code.from_at,
        code.by as UserId,
        code.version,
        code.to_at
    )
    .execute(tx)
    .await?;
    Ok(())
}
