//! The tenant directory, each tenant's database and nobody else's, and the making of both.
//!
//! * [`Directory`]: which tenant answers on which host; read from the control database.
//! * [`Tenants`]: small connection pools, one per tenant and service, each signed in with a role
//!   that PostgreSQL lets into that one database.
//! * [`Cluster`]: what needs the administrator's rights: roles, databases, migrations.
//! * [`Vault`]: secrets at rest.

mod cluster;
mod control;
mod directory;
mod error;
mod migrate;
mod pools;
mod vault;

pub use cluster::{CONTROL_DATABASE, Cluster, TenantDatabase, control_secret};
pub use control::{Control, control_role, hex_secret};
pub use directory::{Directory, Listed, Tenant, TenantStatus, all_tenants};
pub use error::TenancyError;
pub use migrate::{MigrationReport, control_checksum, migrate_all, tenant_schema};
pub use pools::{Conn, Pools, Tenants, Tx};
pub use vault::{Key, Vault};
