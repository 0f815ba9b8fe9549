//! Pools: small, opened at first use, closed when idle, under one budget for the process. At the
//! cap a short queue, then [`TenancyError::Busy`].

use std::collections::HashMap;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use kernel::{Service, TenantId};
use sqlx::pool::PoolConnection;
use sqlx::postgres::PgPoolOptions;
use sqlx::{PgConnection, PgPool, Postgres, Transaction};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::control::Control;
use crate::directory::{Directory, Tenant};
use crate::error::TenancyError;
use crate::migrate::tenant_schema;
use crate::vault::Vault;

/// How long a request waits for a connection before it is told to come back.
const QUEUE: Duration = Duration::from_secs(2);
/// How long a connection stays open unused.
const IDLE: Duration = Duration::from_secs(30);

/// The budget of connections that all services of one process share.
#[derive(Clone)]
pub struct Pools {
    budget: Arc<Semaphore>,
    total: usize,
    per_pool: u32,
    open: Arc<Mutex<HashMap<(TenantId, Service), Entry>>>,
}

struct Entry {
    pool: PgPool,
    database: String,
    used: Instant,
}

impl Pools {
    /// At most `total` connections to tenants' databases, at most `per_pool` of them for one
    /// tenant and service.
    pub fn new(total: usize, per_pool: u32) -> Self {
        Self { budget: Arc::new(Semaphore::new(total)), total, per_pool, open: Arc::default() }
    }

    /// Connections that are open now, in use and idle.
    pub fn open_connections(&self) -> u32 {
        self.entries().values().map(|e| e.pool.size()).sum()
    }

    fn entries(&self) -> std::sync::MutexGuard<'_, HashMap<(TenantId, Service), Entry>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn find(&self, tenant: &Tenant, service: Service) -> Option<PgPool> {
        let mut entries = self.entries();
        let entry = entries.get_mut(&(tenant.id, service))?;
        if entry.database != tenant.database || entry.pool.is_closed() {
            return None; // moved or removed: the new place gets a new pool
        }
        entry.used = Instant::now();
        Some(entry.pool.clone())
    }

    /// Makes room under the budget by letting the idle connections of the pool that was unused
    /// longest go.
    async fn make_room(&self, but: (TenantId, Service)) {
        if (self.open_connections() as usize) < self.total {
            return;
        }
        let victim = {
            let mut entries = self.entries();
            let oldest = entries
                .iter()
                .filter(|(key, e)| **key != but && e.pool.num_idle() as u32 == e.pool.size())
                .min_by_key(|(_, e)| e.used)
                .map(|(key, _)| *key);
            oldest.and_then(|key| entries.remove(&key))
        };
        if let Some(entry) = victim {
            entry.pool.close().await;
        }
    }

    /// Closes the pools of a tenant, for a restore, a move or a removal.
    pub async fn close(&self, tenant: TenantId) {
        let gone: Vec<_> = {
            let mut entries = self.entries();
            let keys: Vec<_> = entries.keys().filter(|k| k.0 == tenant).copied().collect();
            keys.iter().filter_map(|k| entries.remove(k)).collect()
        };
        for entry in gone {
            entry.pool.close().await;
        }
    }
}

/// A service's way to its tenants' databases.
#[derive(Clone)]
pub struct Tenants {
    /// Which tenants there are.
    pub directory: Directory,
    /// The service whose role is used.
    pub service: Service,
    control: Control,
    pools: Pools,
    vault: Vault,
}

/// A connection to one tenant's database, within the budget.
pub struct Conn {
    conn: PoolConnection<Postgres>,
    _permit: OwnedSemaphorePermit,
}

impl Deref for Conn {
    type Target = PgConnection;
    fn deref(&self) -> &PgConnection {
        &self.conn
    }
}

impl DerefMut for Conn {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.conn
    }
}

/// A transaction on one tenant's database, within the budget. Dropped, it is rolled back.
pub struct Tx {
    tx: Transaction<'static, Postgres>,
    _permit: OwnedSemaphorePermit,
}

impl Tx {
    /// Commits.
    pub async fn commit(self) -> Result<(), sqlx::Error> {
        self.tx.commit().await
    }

    /// Takes everything back.
    pub async fn rollback(self) -> Result<(), sqlx::Error> {
        self.tx.rollback().await
    }
}

impl Deref for Tx {
    type Target = PgConnection;
    fn deref(&self) -> &PgConnection {
        &self.tx
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.tx
    }
}

impl Tenants {
    /// The way of `service`, with its own role at the control database.
    pub fn new(service: Service, control: Control, pools: Pools, vault: Vault) -> Self {
        let directory = Directory::new(control.pool.clone());
        Self { directory, service, control, pools, vault }
    }

    /// The control database.
    pub fn control(&self) -> &PgPool {
        &self.control.pool
    }

    /// The pools, to watch or to close.
    pub fn pools(&self) -> &Pools {
        &self.pools
    }

    /// A connection to an active tenant's database.
    pub async fn conn(&self, tenant: TenantId) -> Result<Conn, TenancyError> {
        let tenant = self.directory.active(tenant).await?;
        self.conn_of(&tenant).await
    }

    /// A connection to a tenant's database, whatever the tenant's status: for provisioning.
    pub async fn conn_of(&self, tenant: &Tenant) -> Result<Conn, TenancyError> {
        let (pool, permit) = self.pool(tenant).await?;
        let conn = pool.acquire().await.map_err(busy)?;
        Ok(Conn { conn, _permit: permit })
    }

    /// A transaction on an active tenant's database.
    pub async fn begin(&self, tenant: TenantId) -> Result<Tx, TenancyError> {
        let tenant = self.directory.active(tenant).await?;
        self.begin_of(&tenant).await
    }

    /// A transaction on a tenant's database, whatever the tenant's status: for provisioning.
    pub async fn begin_of(&self, tenant: &Tenant) -> Result<Tx, TenancyError> {
        let (pool, permit) = self.pool(tenant).await?;
        let tx = pool.begin().await.map_err(busy)?;
        Ok(Tx { tx, _permit: permit })
    }

    async fn pool(&self, tenant: &Tenant) -> Result<(PgPool, OwnedSemaphorePermit), TenancyError> {
        if tenant.schema_version < tenant_schema() {
            return Err(TenancyError::Behind {
                tenant: tenant.id,
                found: tenant.schema_version,
                needed: tenant_schema(),
            });
        }
        let permit = tokio::time::timeout(QUEUE, Arc::clone(&self.pools.budget).acquire_owned())
            .await
            .map_err(|_| TenancyError::Busy)?
            .map_err(|_| TenancyError::Busy)?;
        let key = (tenant.id, self.service);
        if let Some(pool) = self.pools.find(tenant, self.service) {
            return Ok((pool, permit));
        }
        self.pools.make_room(key).await;
        let pool = self.open(tenant).await?;
        let entry =
            Entry { pool: pool.clone(), database: tenant.database.clone(), used: Instant::now() };
        let old = self.pools.entries().insert(key, entry);
        if let Some(old) = old
            && old.database != tenant.database
        {
            old.pool.close().await;
        }
        metrics::gauge!("fieldops_pool_connections").set(f64::from(self.pools.open_connections()));
        Ok((pool, permit))
    }

    async fn open(&self, tenant: &Tenant) -> Result<PgPool, TenancyError> {
        let login = sqlx::query!(
            "select role, secret from tenancy.login where tenant_id = $1 and service = $2",
            tenant.id as TenantId,
            self.service.name()
        )
        .fetch_optional(&self.control.pool)
        .await?
        .ok_or(TenancyError::Unknown(tenant.id))?;
        let secret = self.vault.open(&tenant.id.to_string(), &login.secret)?;
        let secret = String::from_utf8(secret).map_err(|_| TenancyError::Sealed)?;
        let options = self
            .control
            .server
            .clone()
            .username(&login.role)
            .password(&secret)
            .database(&tenant.database)
            .application_name("fieldops")
            .options([
                ("statement_timeout", "15s"),
                ("lock_timeout", "5s"),
                ("idle_in_transaction_session_timeout", "15s"),
            ]);
        Ok(PgPoolOptions::new()
            .max_connections(self.pools.per_pool)
            .acquire_timeout(QUEUE)
            .idle_timeout(IDLE)
            .test_before_acquire(false)
            .connect_lazy_with(options))
    }
}

fn busy(error: sqlx::Error) -> TenancyError {
    match error {
        sqlx::Error::PoolTimedOut => TenancyError::Busy,
        other => TenancyError::Database(other),
    }
}
