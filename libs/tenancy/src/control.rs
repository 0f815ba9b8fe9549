//! The control database as one service sees it.

use std::str::FromStr;
use std::time::Duration;

use kernel::Service;
use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use crate::vault::Key;

/// The control database, signed in with a service's own role.
#[derive(Clone)]
pub struct Control {
    /// Connections to `fieldops_control`.
    pub pool: PgPool,
    /// Where tenants' databases are: the same server.
    pub(crate) server: PgConnectOptions,
}

impl Control {
    /// Connects lazily: a database that is away now is tried again at each use.
    pub fn open(url: &str, max_connections: u32) -> Result<Self, sqlx::Error> {
        let server = PgConnectOptions::from_str(url)?;
        let options = server.clone().application_name("fieldops").options([
            ("statement_timeout", "15s"),
            ("idle_in_transaction_session_timeout", "15s"),
        ]);
        let pool = PgPoolOptions::new()
            .max_connections(max_connections)
            .acquire_timeout(Duration::from_secs(5))
            .idle_timeout(Duration::from_mins(1))
            .connect_lazy_with(options);
        Ok(Self { pool, server })
    }
}

/// The login role of a service at the control database.
pub fn control_role(service: Service) -> String {
    format!("fieldops_{service}")
}

/// A password made from a key for one purpose: hexadecimal, so it needs no quoting anywhere.
pub fn hex_secret(key: &Key, purpose: &str) -> String {
    hex::encode(key.derive(purpose).bytes())
}
