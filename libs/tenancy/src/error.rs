//! What can go wrong on the way to a tenant's data.

use kernel::TenantId;

/// Why a tenant's data cannot be reached.
#[derive(Debug, thiserror::Error)]
pub enum TenancyError {
    /// No such tenant, or not one that may be served.
    #[error("no tenant {0} is served here")]
    Unknown(TenantId),
    /// The tenant's schema is behind what this version needs.
    #[error("the database of tenant {tenant} is at schema {found}, this version needs {needed}")]
    Behind {
        /// The tenant.
        tenant: TenantId,
        /// What its database has.
        found: i64,
        /// What this version needs.
        needed: i64,
    },
    /// All connections are in use; to be tried again.
    #[error("all database connections are in use")]
    Busy,
    /// A stored secret did not open with this key.
    #[error("a stored secret does not open with the key that is set")]
    Sealed,
    /// PostgreSQL said no, or said nothing.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    /// A migration failed.
    #[error(transparent)]
    Migration(#[from] sqlx::migrate::MigrateError),
}
