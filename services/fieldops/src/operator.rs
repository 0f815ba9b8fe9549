//! The operator's commands: the same code paths as the API.

use std::io::Read;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Result, anyhow, bail, ensure};
use blobs::BlobStore;
use kernel::{EventId, Service, SystemClock, TenantId};
use provisioning::{NewTenant, Provisioner};
use runtime::Tasks;
use serde_json::json;
use sqlx::PgPool;
use tenancy::{Cluster, Control, Key, Pools, Vault, migrate_all};
use validator::Validate;
use web::Hosting;

use crate::cli::{
    AdminArgs, AdminCommand, EnvArgs, EventsCommand, TenantCommand, TenantCreate, VerifyArgs,
};
use crate::services;
use crate::settings::{BlobArgs, service_key, tenant_key};

struct Server {
    root: Key,
    cluster: Cluster,
    database: String,
}

impl Server {
    fn open(args: &AdminArgs) -> Result<Self> {
        let root = Key::parse(&args.root_key).map_err(|e| anyhow!("FIELDOPS_ROOT_KEY: {e}"))?;
        let cluster = Cluster::open(&args.admin_url)?.with_control(&args.control_database);
        Ok(Self { root, cluster, database: args.control_database.clone() })
    }

    fn control(&self, service: Service) -> Result<Control> {
        Ok(Control::open(&self.cluster.control_url(&self.root, service), 2)?)
    }

    fn tenant_vault(&self) -> Vault {
        Vault::new(&tenant_key(&self.root))
    }

    async fn admin(&self) -> Result<PgPool> {
        Ok(PgPool::connect_with(self.cluster.admin_options(&self.database)).await?)
    }

    fn provisioner(&self, blobs: Arc<dyn BlobStore>) -> Result<Provisioner> {
        Ok(Provisioner::new(
            self.cluster.clone(),
            self.control(Service::Provisioning)?,
            Pools::new(8, 2),
            self.tenant_vault(),
            services::seeds(),
            identity::found_admin,
            blobs,
            Arc::new(SystemClock),
        ))
    }
}

/// `fieldops migrate`: exit code 1 when a tenant could not be migrated; the others were.
pub async fn migrate(args: AdminArgs) -> Result<ExitCode> {
    let server = Server::open(&args)?;
    server.cluster.prepare(&server.root).await?;
    let report = migrate_all(&server.cluster, &server.admin().await?).await?;
    println!(
        "schema {}: {} tenant(s) migrated, {} failed",
        tenancy::tenant_schema(),
        report.migrated.len(),
        report.failed.len()
    );
    for (slug, error) in &report.failed {
        eprintln!("{slug}: {error}");
    }
    Ok(if report.failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// `fieldops env SERVICE`: the secrets that one service needs, and no other's.
pub fn env(args: &EnvArgs) -> Result<()> {
    let server = Server::open(&args.admin)?;
    let (root, service) = (&server.root, args.service);
    println!("FIELDOPS_CONTROL_URL={}", server.cluster.control_url(root, service));
    if service != Service::Gateway {
        println!("FIELDOPS_TENANT_KEY={}", tenant_key(root).to_base64());
        println!("FIELDOPS_SERVICE_KEY={}", service_key(root, service).to_base64());
    }
    Ok(())
}

/// `fieldops admin create`.
pub async fn admin(command: AdminCommand) -> Result<()> {
    let AdminCommand::Create { email, name, admin } = command;
    let server = Server::open(&admin)?;
    let mut password = String::new();
    std::io::stdin().take(1_000).read_to_string(&mut password)?;
    let password = password.trim_end_matches(['\r', '\n']);
    let control = server.control(Service::Identity)?;
    identity::create_platform_admin(&control.pool, &email, &name, password, &SystemClock).await?;
    println!("platform admin {email} may sign in");
    Ok(())
}

/// `fieldops tenant …`.
pub async fn tenant(command: TenantCommand) -> Result<()> {
    match command {
        TenantCommand::Create(args) => create_tenant(*args).await,
        TenantCommand::List { admin } => list_tenants(&admin).await,
        TenantCommand::Remove { slug, blobs, admin, .. } => {
            remove_tenant(&slug, &blobs, &admin).await
        }
    }
}

async fn create_tenant(args: TenantCreate) -> Result<()> {
    let server = Server::open(&args.admin)?;
    let provisioner = server.provisioner(blobs::open(&args.blobs.settings()?)?)?;
    // The same reading and the same checks as the API's.
    let new: NewTenant = serde_json::from_value(json!({
        "name": args.name, "slug": args.slug, "sector": args.sector, "country": args.country,
        "zone": args.zone, "currency": args.currency,
        "admin_email": args.admin_email, "admin_name": args.admin_name,
    }))?;
    new.validate()?;
    let founding = provisioner.found(&new).await?;
    finish(&provisioner, founding.run).await?;
    println!("tenant {} is ready", args.slug);
    println!("invitation for {}: {}", args.admin_email, founding.invitation_token);
    Ok(())
}

async fn list_tenants(args: &AdminArgs) -> Result<()> {
    let server = Server::open(args)?;
    for tenant in tenancy::all_tenants(&server.admin().await?).await? {
        println!("{}\t{}\tschema {}\t{}", tenant.slug, tenant.status, tenant.schema, tenant.name);
    }
    Ok(())
}

async fn remove_tenant(slug: &str, blobs: &BlobArgs, args: &AdminArgs) -> Result<()> {
    let server = Server::open(args)?;
    let provisioner = server.provisioner(blobs::open(&blobs.settings()?)?)?;
    let run = provisioner.remove(find(&server, slug).await?).await?;
    finish(&provisioner, run).await?;
    println!("tenant {slug} is gone");
    Ok(())
}

/// Carries a run to its end, here or in the service that took it up first.
async fn finish(provisioner: &Provisioner, run: kernel::RunId) -> Result<()> {
    loop {
        provisioner.advance(Some(run)).await?;
        let state = provisioner.state(run).await?;
        match state.as_str() {
            "done" => return Ok(()),
            "failed" => bail!("the run {run} failed; see /v1/platform/runs/{run}"),
            _ => tokio::time::sleep(std::time::Duration::from_millis(200)).await,
        }
    }
}

async fn find(server: &Server, slug: &str) -> Result<TenantId> {
    let control = server.control(Service::Provisioning)?;
    let tenant = tenancy::Directory::new(control.pool).by_slug(slug).await?;
    Ok(tenant.ok_or_else(|| anyhow!("no tenant is named {slug}"))?.id)
}

/// `fieldops events …`.
pub async fn events(command: EventsCommand) -> Result<()> {
    match command {
        EventsCommand::Dead { limit, bus } => {
            let bus = ::events::rabbitmq(&bus.amqp_url, services::interests())?;
            for letter in bus.dead_letters(limit).await? {
                let id = letter.id.map_or_else(|| "-".to_owned(), |id| id.to_string());
                println!("{id}\t{}\t{}", letter.consumer, letter.reason);
            }
        }
        EventsCommand::Replay { id, bus } => {
            let bus = ::events::rabbitmq(&bus.amqp_url, services::interests())?;
            ensure!(bus.replay(EventId(id)).await?, "no event {id} was put aside");
            println!("{id} was given to its consumers again");
        }
    }
    Ok(())
}

/// `fieldops verify`: exit code 1 when something was changed, and what.
pub async fn verify(args: VerifyArgs) -> Result<ExitCode> {
    let server = Server::open(&args.admin)?;
    let control = server.control(Service::Proofs)?;
    let hosting = Hosting {
        pools: Pools::new(4, 2),
        vault: server.tenant_vault(),
        bus: ::events::in_process(control.pool.clone(), services::interests()),
        blobs: blobs::open(&args.blobs.settings()?)?,
        scanner: None,
        roads: None,
        facts: cache::open(None, Arc::new(SystemClock))?,
        clock: Arc::new(SystemClock),
        tasks: Tasks::new(),
        job_concurrency: 1,
    };
    let own = Vault::new(&service_key(&server.root, Service::Proofs));
    let app = hosting.app(Service::Proofs, control, own);
    let found = proofs::verify(&app, find(&server, &args.tenant).await?, args.photos).await?;
    println!("{}", serde_json::to_string_pretty(&found)?);
    Ok(if found.ok { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
