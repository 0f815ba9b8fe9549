//! Which tenants there are. Answers are kept for a few seconds; a tenant that was suspended or
//! moved is noticed within that time.

use std::sync::Arc;
use std::time::Duration;

use kernel::{Currency, TenantId};
use moka::future::Cache;
use sqlx::PgPool;
use uuid::Uuid;

use crate::TenancyError;

const KEEP: Duration = Duration::from_secs(3);

/// Where a tenant's life stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TenantStatus {
    /// Being made.
    Provisioning,
    /// In use.
    Active,
    /// Not served for now.
    Suspended,
    /// Being unmade.
    Removing,
}

/// A firm, as the control database knows it.
#[derive(Debug, Clone)]
pub struct Tenant {
    /// Its id.
    pub id: TenantId,
    /// Its name in host names.
    pub slug: String,
    /// Its name for people.
    pub name: String,
    /// ISO 3166-1 alpha-2 country.
    pub country: String,
    /// IANA time zone.
    pub zone: chrono_tz::Tz,
    /// The currency of its books.
    pub currency: Currency,
    /// Where its life stands.
    pub status: TenantStatus,
    /// The opaque name of its database.
    pub database: String,
    /// The version of its schema.
    pub schema_version: i64,
    /// Changes after a restore or a move; phones then pull everything anew.
    pub epoch: Uuid,
}

struct Row {
    id: TenantId,
    slug: String,
    name: String,
    country: String,
    zone: String,
    currency: String,
    status: String,
    database: String,
    schema_version: i64,
    epoch: Uuid,
}

impl TryFrom<Row> for Tenant {
    type Error = sqlx::Error;
    fn try_from(row: Row) -> Result<Self, sqlx::Error> {
        let bad = |column: &str| sqlx::Error::Decode(format!("tenant.{column}").into());
        Ok(Self {
            id: row.id,
            slug: row.slug,
            name: row.name,
            country: row.country,
            zone: row.zone.parse().map_err(|_| bad("zone"))?,
            currency: row.currency.parse().map_err(|_| bad("currency"))?,
            status: match row.status.as_str() {
                "provisioning" => TenantStatus::Provisioning,
                "active" => TenantStatus::Active,
                "suspended" => TenantStatus::Suspended,
                "removing" => TenantStatus::Removing,
                _ => return Err(bad("status")),
            },
            database: row.database,
            schema_version: row.schema_version,
            epoch: row.epoch,
        })
    }
}

/// A line of the operator's list of tenants.
#[derive(Debug)]
pub struct Listed {
    /// Its name in host names.
    pub slug: String,
    /// Its name for people.
    pub name: String,
    /// Where its life stands.
    pub status: String,
    /// The version of its schema.
    pub schema: i64,
}

/// All tenants, by name, for the operator.
pub async fn all_tenants(control: &PgPool) -> Result<Vec<Listed>, sqlx::Error> {
    sqlx::query_as!(
        Listed,
        "select slug, name, status, schema_version as schema from tenancy.tenant order by slug"
    )
    .fetch_all(control)
    .await
}

/// Finds tenants by host name or id.
#[derive(Clone)]
pub struct Directory {
    pool: PgPool,
    by_slug: Cache<String, Option<Arc<Tenant>>>,
    by_id: Cache<TenantId, Option<Arc<Tenant>>>,
}

impl Directory {
    /// A directory over the control database.
    pub fn new(pool: PgPool) -> Self {
        let by_slug = Cache::builder().max_capacity(10_000).time_to_live(KEEP).build();
        let by_id = Cache::builder().max_capacity(10_000).time_to_live(KEEP).build();
        Self { pool, by_slug, by_id }
    }

    /// The tenant of this host label, whatever its status.
    pub async fn by_slug(&self, slug: &str) -> Result<Option<Arc<Tenant>>, TenancyError> {
        if let Some(known) = self.by_slug.get(slug).await {
            return Ok(known);
        }
        let row = sqlx::query_as!(
            Row,
            r#"select id as "id: TenantId", slug, name, country, zone, currency, status, database,
                      schema_version, epoch
               from tenancy.tenant where slug = $1"#,
            slug
        )
        .fetch_optional(&self.pool)
        .await?;
        let tenant = row.map(Tenant::try_from).transpose()?.map(Arc::new);
        self.by_slug.insert(slug.to_owned(), tenant.clone()).await;
        Ok(tenant)
    }

    /// The tenant of this id, whatever its status.
    pub async fn by_id(&self, id: TenantId) -> Result<Option<Arc<Tenant>>, TenancyError> {
        if let Some(known) = self.by_id.get(&id).await {
            return Ok(known);
        }
        let row = sqlx::query_as!(
            Row,
            r#"select id as "id: TenantId", slug, name, country, zone, currency, status, database,
                      schema_version, epoch
               from tenancy.tenant where id = $1"#,
            id as TenantId
        )
        .fetch_optional(&self.pool)
        .await?;
        let tenant = row.map(Tenant::try_from).transpose()?.map(Arc::new);
        self.by_id.insert(id, tenant.clone()).await;
        Ok(tenant)
    }

    /// The tenant, if it may be served now.
    pub async fn active(&self, id: TenantId) -> Result<Arc<Tenant>, TenancyError> {
        let tenant = self.by_id(id).await?.ok_or(TenancyError::Unknown(id))?;
        if tenant.status == TenantStatus::Active {
            Ok(tenant)
        } else {
            Err(TenancyError::Unknown(id))
        }
    }

    /// Forgets what was read, so that the next look is fresh.
    pub fn forget(&self) {
        self.by_slug.invalidate_all();
        self.by_id.invalidate_all();
    }
}
