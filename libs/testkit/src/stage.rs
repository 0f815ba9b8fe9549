//! A stage: one installation of its own on the shared test server.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use auth::{Caller, Grant, KeyPair, Role, Scope};
use blobs::{BlobSettings, BlobStore};
use events::{Bus, Interest};
use kernel::{Clock, Service, SessionId, TenantId, TestClock, UserId};
use runtime::Tasks;
use sqlx::{Connection, PgConnection};
use tenancy::{Cluster, Control, Directory, Key, Pools, TenantDatabase, Vault, tenant_schema};
use tokio::sync::OnceCell;
use web::{App, Hosting, Module, SeedFor};

use crate::client::{Client, Routers};
use crate::setting;
use crate::wait::eventually;

/// The services under test, at work on databases of their own.
pub struct Stage {
    /// The tenant that clients belong to.
    pub tenant: Tenant,
    /// The time, to be held or moved.
    pub clock: Arc<TestClock>,
    /// Carries events in this process.
    pub bus: Arc<dyn Bus>,
    /// The server and the control database.
    pub ground: Ground,
    apps: HashMap<Service, App>,
    seeds: Vec<(Service, web::Seed)>,
    routers: Routers,
    key: Arc<KeyPair>,
    tasks: Tasks,
    _blobs: tempfile::TempDir,
}

/// A tenant of a stage.
#[derive(Debug, Clone)]
pub struct Tenant {
    /// Its id.
    pub id: TenantId,
    /// Its name in host names.
    pub slug: String,
    /// Its database.
    pub database: TenantDatabase,
}

/// The root key of the test server: known to everybody, because it guards nothing.
pub fn root_key() -> Key {
    Key::parse("dGVzdHMgb25seSwgbmV2ZXIgaW4gcHJvZHVjdGlvbiE=").unwrap()
}

/// Every test of a process shares roles, template and the empty control database, but no
/// connection: those end with the runtime of the test that opened them.
async fn server() -> Cluster {
    static PREPARED: OnceCell<()> = OnceCell::const_new();
    let cluster = Cluster::open(&setting("FIELDOPS_TEST_PG_URL"))
        .unwrap()
        .with_control(&format!("control_{}", control_mark()));
    PREPARED.get_or_init(async || cluster.prepare(&root_key()).await.unwrap()).await;
    cluster
}

/// An installation without services yet: the shared server, a control database of its own.
#[derive(Clone)]
pub struct Ground {
    /// The server, as its administrator sees it.
    pub cluster: Cluster,
    /// The name of the control database.
    pub control: String,
    /// The root of all secrets.
    pub root: Key,
}

impl Ground {
    /// Fresh ground.
    pub async fn new() -> Self {
        let control = format!("control_{}", short(uuid::Uuid::now_v7()));
        let cluster = server().await.copy_control(&control).await.unwrap();
        Self { cluster, control, root: root_key() }
    }

    /// The control database as a service sees it.
    pub fn control(&self, service: Service) -> Control {
        Control::open(&self.cluster.control_url(&self.root, service), 3).unwrap()
    }

    /// The control database with an administrator's rights.
    pub async fn sql(&self) -> PgConnection {
        PgConnection::connect_with(&self.cluster.admin_options(&self.control)).await.unwrap()
    }

    /// A pool on the control database with an administrator's rights.
    pub async fn admin_pool(&self) -> sqlx::PgPool {
        let options = self.cluster.admin_options(&self.control);
        sqlx::PgPool::connect_with(options).await.unwrap()
    }

    /// Opens and seals the tenants' database passwords.
    pub fn vault(&self) -> Vault {
        Vault::new(&self.root.derive("tenants"))
    }
}

/// Control migrations that changed make another empty control database.
fn control_mark() -> String {
    let sums = tenancy::control_checksum();
    sums[..8].to_owned()
}

fn short(id: uuid::Uuid) -> String {
    id.simple().to_string()
}

impl Stage {
    /// Hosts these services for one new tenant, which gets their seeds.
    pub async fn new(modules: &[fn() -> Module]) -> Self {
        Self::fitted(None, None, modules).await
    }

    /// The same, where the virus scanner at `scanner` looks at what people upload.
    pub async fn scanned_by(scanner: Option<String>, modules: &[fn() -> Module]) -> Self {
        Self::fitted(scanner, None, modules).await
    }

    /// The same, where this server knows travel times by road.
    pub async fn routed_by(roads: web::Roads, modules: &[fn() -> Module]) -> Self {
        Self::fitted(None, Some(roads), modules).await
    }

    async fn fitted(
        scanner: Option<String>,
        roads: Option<web::Roads>,
        modules: &[fn() -> Module],
    ) -> Self {
        let ground = Ground::new().await;
        let clock = Arc::new(TestClock::default());
        let tasks = Tasks::new();
        let folder = tempfile::tempdir().unwrap();
        let blobs: Arc<dyn BlobStore> =
            blobs::open(&BlobSettings::Fs(folder.path().to_owned())).unwrap();
        let modules: Vec<Module> = modules.iter().map(|m| m()).collect();
        let interests =
            modules.iter().flat_map(|m| &m.consumers).map(|c| Interest::of(&**c)).collect();
        let bus = events::in_process(ground.control(Service::Reporting).pool, interests);
        let hosting = Hosting {
            pools: Pools::new(40, 6),
            vault: ground.vault(),
            bus: Arc::clone(&bus),
            blobs,
            scanner,
            roads,
            facts: cache::open(None, clock.clone()).unwrap(),
            clock: clock.clone(),
            tasks: tasks.clone(),
            job_concurrency: 2,
        };
        let (mut apps, mut seeds, mut routers) = (HashMap::new(), Vec::new(), Vec::new());
        for module in modules {
            let service = module.service;
            seeds.extend(module.seed.map(|seed| (service, seed)));
            let seals = Vault::new(&ground.root.derive(service.name()));
            let hosted = hosting.host(module, ground.control(service), seals).await.unwrap();
            let paths = hosted.openapi.paths.paths.keys();
            let prefixes = paths.map(|p| p.split("/{").next().unwrap_or(p).to_owned()).collect();
            apps.insert(service, hosted.app);
            routers.push((service, hosted.router, prefixes));
        }
        let key = Arc::new(KeyPair::generate().unwrap());
        publish_key(&mut ground.sql().await, &key).await;
        let tenant = make_tenant(&ground).await;
        let stage = Self {
            tenant: tenant.clone(),
            clock,
            bus,
            ground,
            apps,
            seeds,
            routers: Arc::new(routers),
            key,
            tasks,
            _blobs: folder,
        };
        stage.sow(&tenant).await;
        stage
    }

    /// One more tenant on the same stage, with its seeds.
    pub async fn another_tenant(&self) -> Tenant {
        let tenant = make_tenant(&self.ground).await;
        self.sow(&tenant).await;
        tenant
    }

    async fn sow(&self, tenant: &Tenant) {
        let sector = SeedFor {
            sector: "electricity".to_owned(),
            country: "SN".to_owned(),
            now: self.clock.now(),
        };
        for (service, seed) in &self.seeds {
            let mut conn = self.apps[service].tenants.conn(tenant.id).await.unwrap();
            seed(&mut conn, &sector).await.unwrap();
        }
    }

    /// A client with one grant at this stage's tenant.
    pub fn client(&self, role: Role, scope: Scope) -> Client {
        self.client_at(&self.tenant, role, scope)
    }

    /// A client with one grant at a tenant.
    pub fn client_at(&self, tenant: &Tenant, role: Role, scope: Scope) -> Client {
        let caller = Caller {
            user: UserId::new(),
            session: SessionId::new(),
            grants: vec![Grant { role, scope }],
            worker: None,
            mates: Vec::new(),
        };
        Client { caller: Some(caller), ..self.visitor_at(tenant) }
    }

    /// A client at this stage's tenant that is not signed in.
    pub fn visitor(&self) -> Client {
        self.visitor_at(&self.tenant)
    }

    /// A client at a tenant that is not signed in.
    pub fn visitor_at(&self, tenant: &Tenant) -> Client {
        Client { tenant: Some(tenant.id), ..self.platform_visitor() }
    }

    /// A client at the platform's host that is not signed in.
    pub fn platform_visitor(&self) -> Client {
        Client {
            routers: Arc::clone(&self.routers),
            key: Arc::clone(&self.key),
            clock: self.clock.clone(),
            tenant: None,
            caller: None,
            headers: Vec::new(),
        }
    }

    /// The state of a hosted service.
    pub fn app(&self, service: Service) -> &App {
        &self.apps[&service]
    }

    /// The tenant's database with an administrator's rights, to look and to damage.
    pub async fn sql(&self) -> PgConnection {
        self.sql_at(&self.tenant).await
    }

    /// A tenant's database with an administrator's rights.
    pub async fn sql_at(&self, tenant: &Tenant) -> PgConnection {
        let options = self.ground.cluster.admin_options(tenant.database.name());
        PgConnection::connect_with(&options).await.unwrap()
    }

    /// The control database with an administrator's rights.
    pub async fn control_sql(&self) -> PgConnection {
        self.ground.sql().await
    }

    /// Waits until every event has left and been taken, and no job is waiting that is due.
    pub async fn settle(&self) {
        let mut sql = self.sql().await;
        eventually("all events sent and all due jobs done", async || {
            let left = sqlx::query_scalar::<_, i64>(
                "select (select count(*) from core.outbox where sent_at is null)
                      + (select count(*) from core.job
                         where state = 'running' or (state = 'waiting' and run_at <= $1))",
            )
            .bind(self.clock.now())
            .fetch_one(&mut sql)
            .await
            .unwrap();
            (left == 0).then_some(())
        })
        .await;
        let dead = self.bus.dead_letters(10).await.unwrap();
        assert!(dead.is_empty(), "dead letters: {dead:?}");
    }

    /// Ends the background work. Tests that end a stage early call it; others let it go.
    pub async fn stop(&self) {
        self.tasks.stop(Duration::from_secs(5)).await;
    }
}

async fn publish_key(admin: &mut PgConnection, key: &KeyPair) {
    let public = key.public();
    sqlx::query(
        "insert into tenancy.internal_key (kid, public_key, not_after)
         values ($1, $2, now() + interval '1 year')",
    )
    .bind(public.kid)
    .bind(&public.bytes[..])
    .execute(admin)
    .await
    .unwrap();
}

/// A tenant as provisioning makes it, without the run around it.
async fn make_tenant(ground: &Ground) -> Tenant {
    let (cluster, mut admin) = (&ground.cluster, ground.sql().await);
    let id = TenantId::new();
    let database = TenantDatabase::generate();
    let slug = format!("t-{}", &short(id.uuid())[20..]);
    sqlx::query(
        "insert into tenancy.tenant (id, slug, name, sector, country, zone, currency, status,
                                     database, schema_version, epoch, created_at)
         values ($1, $2, 'Sahel Réseaux', 'electricity', 'SN', 'Africa/Dakar', 'XOF', 'active',
                 $3, $4, $5, now())",
    )
    .bind(id)
    .bind(&slug)
    .bind(database.name())
    .bind(tenant_schema())
    .bind(uuid::Uuid::now_v7())
    .execute(&mut admin)
    .await
    .unwrap();
    cluster.create_database(&database).await.unwrap();
    for (service, role, secret) in
        cluster.create_logins(id, &database, &ground.vault()).await.unwrap()
    {
        sqlx::query(
            "insert into tenancy.login (tenant_id, service, role, secret) values ($1, $2, $3, $4)",
        )
        .bind(id)
        .bind(service.name())
        .bind(role)
        .bind(secret)
        .execute(&mut admin)
        .await
        .unwrap();
    }
    Tenant { id, slug, database }
}

impl Tenant {
    /// What the directory knows of it.
    pub async fn record(&self, directory: &Directory) -> Arc<tenancy::Tenant> {
        directory.by_id(self.id).await.unwrap().unwrap()
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.tasks.token().cancel();
    }
}
