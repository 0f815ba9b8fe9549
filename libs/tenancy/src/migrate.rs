//! Migrations: plain SQL, forward only, the same sequence for every tenant.

use futures::{StreamExt, stream};
use kernel::TenantId;
use sqlx::PgPool;
use sqlx::migrate::Migrator;

use crate::cluster::{Cluster, TenantDatabase};
use crate::error::TenancyError;

pub(crate) static CONTROL_MIGRATOR: Migrator = sqlx::migrate!("../../migrations/control");
pub(crate) static TENANT_MIGRATOR: Migrator = sqlx::migrate!("../../migrations/tenant");

/// The schema version this build needs, the newest of its migrations: a tenant behind it is
/// refused, one ahead is served, because changes expand first and contract later.
pub fn tenant_schema() -> i64 {
    TENANT_MIGRATOR.iter().map(|m| m.version).max().unwrap_or_default()
}

/// A hash of the control database's migrations, to tell one state of them from another.
pub fn control_checksum() -> String {
    let sums: Vec<&[u8]> = CONTROL_MIGRATOR.iter().map(|m| m.checksum.as_ref()).collect();
    hex::encode(kernel::sha256(&sums))
}

/// What a run over all tenants came to.
#[derive(Debug, Default)]
pub struct MigrationReport {
    /// Tenants now at this version.
    pub migrated: Vec<String>,
    /// Tenants that failed, with the reason.
    pub failed: Vec<(String, String)>,
}

/// Migrates every tenant that is behind, eight at a time. A failure stops no other; what is done
/// is recorded tenant by tenant, so a second run goes on where a killed one stopped.
/// `control` is the control database with rights to write the directory.
pub async fn migrate_all(
    cluster: &Cluster,
    control: &PgPool,
) -> Result<MigrationReport, TenancyError> {
    let behind = sqlx::query!(
        r#"select id as "id: TenantId", slug, database from tenancy.tenant
           where schema_version < $1 and status in ('active', 'suspended') order by id"#,
        tenant_schema()
    )
    .fetch_all(control)
    .await?;
    let results = stream::iter(behind)
        .map(async |tenant| {
            let result = migrate_one(cluster, control, tenant.id, &tenant.database).await;
            (tenant.slug, result)
        })
        .buffer_unordered(8)
        .collect::<Vec<_>>()
        .await;
    let mut report = MigrationReport::default();
    for (slug, result) in results {
        match result {
            Ok(()) => report.migrated.push(slug),
            Err(error) => report.failed.push((slug, error.to_string())),
        }
    }
    Ok(report)
}

async fn migrate_one(
    cluster: &Cluster,
    control: &PgPool,
    id: TenantId,
    database: &str,
) -> Result<(), TenancyError> {
    let database = TenantDatabase::stored(database)?;
    cluster.migrate(database.name()).await?;
    cluster.close_to_others(&database).await?;
    sqlx::query!(
        "update tenancy.tenant set schema_version = $2 where id = $1",
        id as TenantId,
        tenant_schema()
    )
    .execute(control)
    .await?;
    Ok(())
}
