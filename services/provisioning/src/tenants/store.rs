//! The SQL of tenants.

use kernel::{RunId, TenantId, Timestamp};
use sqlx::{PgConnection, PgPool};
use tenancy::TenantDatabase;
use uuid::Uuid;

use super::model::{NewTenant, TenantView};
use crate::error::Error;

pub(crate) async fn insert(
    tx: &mut PgConnection,
    id: TenantId,
    new: &NewTenant,
    now: Timestamp,
) -> Result<(), Error> {
    let database = TenantDatabase::generate();
    let result = sqlx::query!(
        "insert into tenancy.tenant
             (id, slug, name, sector, country, zone, currency, status, database, epoch, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, 'provisioning', $8, $9, $10)",
        id as TenantId,
        new.slug,
        new.name,
        new.sector.as_str(),
        new.country,
        new.zone,
        new.currency.code(),
        database.name(),
        Uuid::now_v7(),
        now
    )
    .execute(tx)
    .await;
    match result {
        Err(e)
            if e.as_database_error().is_some_and(|e| e.constraint() == Some("tenant_slug_key")) =>
        {
            Err(Error::SlugTaken(new.slug.clone()))
        }
        other => Ok(other.map(|_| ())?),
    }
}

pub(crate) async fn find(pool: &PgPool, id: TenantId) -> Result<TenantView, Error> {
    sqlx::query_as!(
        TenantView,
        r#"select t.id as "id: TenantId", t.name, t.slug, t.sector, t.country, t.zone, t.currency,
                  t.status, t.schema_version, l.plan as "plan?", l.valid_until as "licensed_until?",
                  t.version, t.created_at
           from tenancy.tenant t left join provisioning.licence l on l.tenant_id = t.id
           where t.id = $1"#,
        id as TenantId
    )
    .fetch_optional(pool)
    .await?
    .ok_or(Error::NotFound)
}

pub(crate) async fn list(
    pool: &PgPool,
    after: Option<TenantId>,
    limit: i64,
) -> Result<Vec<TenantView>, sqlx::Error> {
    sqlx::query_as!(
        TenantView,
        r#"select t.id as "id: TenantId", t.name, t.slug, t.sector, t.country, t.zone, t.currency,
                  t.status, t.schema_version, l.plan as "plan?", l.valid_until as "licensed_until?",
                  t.version, t.created_at
           from tenancy.tenant t left join provisioning.licence l on l.tenant_id = t.id
           where $1::uuid is null or t.id > $1
           order by t.id limit $2"#,
        after as Option<TenantId>,
        limit
    )
    .fetch_all(pool)
    .await
}

/// Changes name and status, if the version is still this one.
pub(crate) async fn update(
    pool: &PgPool,
    id: TenantId,
    version: i64,
    name: Option<&str>,
    status: Option<&str>,
) -> Result<bool, sqlx::Error> {
    let changed = sqlx::query!(
        "update tenancy.tenant
         set name = coalesce($3, name), status = coalesce($4, status), version = version + 1
         where id = $1 and version = $2 and status in ('active', 'suspended')",
        id as TenantId,
        version,
        name,
        status
    )
    .execute(pool)
    .await?;
    Ok(changed.rows_affected() == 1)
}

/// The run that made, or is making, the tenant.
pub(crate) async fn founding_run(pool: &PgPool, id: TenantId) -> Result<RunId, Error> {
    sqlx::query_scalar!(
        r#"select id as "id: RunId" from provisioning.run
           where tenant_id = $1 and kind = 'create'"#,
        id as TenantId
    )
    .fetch_optional(pool)
    .await?
    .ok_or(Error::NotFound)
}
