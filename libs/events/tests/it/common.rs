//! An installation of its own for each test, on the shared test server: a control database, and
//! tenants with their databases. Used by the tests of events and of jobs, below the test kit.

use std::sync::Arc;
use std::time::{Duration, Instant};

use kernel::{Service, TenantId, TestClock};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tenancy::{Cluster, Control, Key, Pools, TenantDatabase, Tenants, Vault, tenant_schema};
use tokio::sync::OnceCell;
use uuid::Uuid;

/// A setting of the test run. Its absence fails the test: a test that skips itself proves nothing.
pub fn setting(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| {
        panic!("{name} is not set: run `scripts/servers start DIR`, then `. DIR/env`")
    })
}

/// Asks again until there is an answer, for at most two minutes: a busy machine is not a fault.
pub async fn eventually<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(began.elapsed() < Duration::from_mins(2), "never happened: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// The server, prepared once per process. Each test has connections of its own, because they end
/// with the test's runtime.
async fn server() -> (Cluster, Key) {
    static PREPARED: OnceCell<()> = OnceCell::const_new();
    // The same for all test processes, because the roles' passwords are made from it.
    let root = Key::parse("dGVzdHMgb25seSwgbmV2ZXIgaW4gcHJvZHVjdGlvbiE=").unwrap();
    let empty = format!("control_{}", &tenancy::control_checksum()[..8]);
    let cluster = Cluster::open(&setting("FIELDOPS_TEST_PG_URL")).unwrap().with_control(&empty);
    PREPARED.get_or_init(async || cluster.prepare(&root).await.unwrap()).await;
    (cluster, root)
}

/// An installation.
pub struct World {
    pub clock: Arc<TestClock>,
    pub service: Service,
    cluster: Cluster,
    control: String,
    vault: Vault,
    root: Key,
}

#[allow(dead_code)] // the crates that share this file use different parts of it
impl World {
    pub async fn new(service: Service) -> Self {
        let (template, root) = server().await;
        let control = format!("control_{}", Uuid::now_v7().simple());
        let cluster = template.copy_control(&control).await.unwrap();
        let vault = Vault::new(&root.derive("tenants"));
        let clock = Arc::new(TestClock::default());
        Self { clock, service, cluster, control, vault, root }
    }

    /// A way to the tenants' databases, with pools of its own, as another process would have.
    pub fn process(&self) -> Tenants {
        let control = Control::open(&self.cluster.control_url(&self.root, self.service), 4);
        Tenants::new(self.service, control.unwrap(), Pools::new(40, 10), self.vault.clone())
    }

    /// A tenant as provisioning makes it.
    pub async fn tenant(&self) -> TenantId {
        self.tenant_called(TenantId::new()).await
    }

    /// A tenant of this id.
    pub async fn tenant_called(&self, id: TenantId) -> TenantId {
        let database = TenantDatabase::generate();
        let mut admin = self.control_sql().await;
        sqlx::query(
            "insert into tenancy.tenant (id, slug, name, sector, country, zone, currency, status,
                                         database, schema_version, epoch, created_at)
             values ($1, $2, 'Sahel Réseaux', 'electricity', 'SN', 'Africa/Dakar', 'XOF', 'active',
                     $3, $4, $1, now())",
        )
        .bind(id)
        .bind(format!("t{}", &id.uuid().simple().to_string()[12..]))
        .bind(database.name())
        .bind(tenant_schema())
        .execute(&mut admin)
        .await
        .unwrap();
        self.cluster.create_database(&database).await.unwrap();
        let logins = self.cluster.create_logins(id, &database, &self.vault).await.unwrap();
        for (service, role, secret) in logins {
            sqlx::query("insert into tenancy.login values ($1, $2, $3, $4)")
                .bind(id)
                .bind(service.name())
                .bind(role)
                .bind(secret)
                .execute(&mut admin)
                .await
                .unwrap();
        }
        id
    }

    /// The control database with an administrator's rights.
    pub async fn control_sql(&self) -> PgConnection {
        PgConnection::connect_with(&self.cluster.admin_options(&self.control)).await.unwrap()
    }

    /// Takes a tenant's database away, as seen by everybody, or brings it back.
    pub async fn set_away(&self, tenant: TenantId, away: bool) {
        let (name, mut sql) = (self.database(tenant).await, self.control_sql().await);
        let open = format!("alter database {name} allow_connections {}", !away);
        sqlx::query(AssertSqlSafe(open)).execute(&mut sql).await.unwrap();
        sqlx::query("select pg_terminate_backend(pid) from pg_stat_activity where datname = $1")
            .bind(name)
            .execute(&mut sql)
            .await
            .unwrap();
    }

    async fn database(&self, tenant: TenantId) -> String {
        sqlx::query_scalar("select database from tenancy.tenant where id = $1")
            .bind(tenant)
            .fetch_one(&mut self.control_sql().await)
            .await
            .unwrap()
    }

    /// A tenant's database with an administrator's rights.
    pub async fn tenant_sql(&self, tenant: TenantId) -> PgConnection {
        let database = self.database(tenant).await;
        PgConnection::connect_with(&self.cluster.admin_options(&database)).await.unwrap()
    }
}
