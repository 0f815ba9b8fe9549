//! The services of one machine, put together over the private cluster.

use std::path::Path;
use std::sync::Arc;

use anyhow::Result;
use blobs::BlobSettings;
use gateway::{Behind, Gateway, Upstream};
use kernel::{Service, SharedClock, SystemClock};
use provisioning::Provisioner;
use runtime::Tasks;
use sqlx::PgPool;
use tenancy::{CONTROL_DATABASE, Cluster, Control, Key, Pools, Vault, migrate_all};
use tokio_util::sync::CancellationToken;
use web::Hosting;

use crate::cli::UpArgs;
use crate::settings::{service_key, tenant_key};
use crate::{node, services};

/// Connections of the whole process to tenants' databases, and those of one tenant's service.
const CONNECTIONS: (usize, u32) = (80, 10);
/// Connections of one service to the control database.
const CONTROL_CONNECTIONS: u32 = 4;
/// The tenant of the bare host.
pub(super) const DEMO_SLUG: &str = "demo";

/// Where an installation keeps its data and its secrets.
pub(super) struct Installation<'a> {
    pub data: &'a Path,
    pub root: &'a Key,
    pub admin_url: &'a str,
}

impl Installation<'_> {
    /// Prepares the databases and starts every service; the gateway is not open yet.
    pub async fn start(
        &self,
        args: &UpArgs,
        tasks: &Tasks,
        stop: &CancellationToken,
    ) -> Result<(Gateway, Cluster)> {
        let cluster = Cluster::open(self.admin_url)?;
        cluster.prepare(self.root).await?;
        self.migrate(&cluster).await?;
        let clock: SharedClock = Arc::new(SystemClock);
        let pools = Pools::new(CONNECTIONS.0, CONNECTIONS.1);
        let vault = Vault::new(&tenant_key(self.root));
        let blobs = blobs::open(&BlobSettings::Fs(self.data.join("files")))?;
        let bus = events::in_process(
            self.control(&cluster, Service::Reporting)?.pool,
            services::interests(),
        );
        let hosting = Hosting {
            pools: pools.clone(),
            vault: vault.clone(),
            bus,
            blobs: Arc::clone(&blobs),
            scanner: args.scan.clamd.clone(),
            roads: args.roads.roads.clone(),
            facts: cache::open(None, Arc::clone(&clock))?,
            clock: Arc::clone(&clock),
            tasks: tasks.clone(),
            job_concurrency: 2,
        };
        let provisioner = Arc::new(Provisioner::new(
            cluster.clone(),
            self.control(&cluster, Service::Provisioning)?,
            pools,
            vault,
            services::seeds(),
            identity::found_admin,
            blobs,
            Arc::clone(&clock),
        ));
        tasks.spawn("provisioner", Arc::clone(&provisioner).run(tasks.token()));
        let mut modules = services::of_tenant(stop);
        modules.push(provisioning::module(Arc::clone(&provisioner)));
        let mut behind = Vec::new();
        for module in modules {
            let service = module.service;
            let seals = Vault::new(&service_key(self.root, service));
            let hosted = hosting.host(module, self.control(&cluster, service)?, seals).await?;
            behind.push(Behind::new(service, &hosted.openapi, Upstream::Local(hosted.router)));
        }
        let mut settings = args.gateway.settings();
        settings.default_tenant.get_or_insert_with(|| DEMO_SLUG.to_owned());
        let control = self.control(&cluster, Service::Gateway)?;
        let counters = cache::open(None, Arc::clone(&clock))?;
        let gateway = node::gateway(settings, control.pool, counters, clock, behind, tasks, stop)?;
        Ok((gateway, cluster))
    }

    fn control(&self, cluster: &Cluster, service: Service) -> Result<Control> {
        Ok(Control::open(&cluster.control_url(self.root, service), CONTROL_CONNECTIONS)?)
    }

    /// Tenants of an older version are brought to this one before anything is served.
    async fn migrate(&self, cluster: &Cluster) -> Result<()> {
        let admin = PgPool::connect_with(cluster.admin_options(CONTROL_DATABASE)).await?;
        let report = migrate_all(cluster, &admin).await?;
        for (slug, error) in &report.failed {
            tracing::error!(tenant = slug, error, "not migrated; the tenant is not served");
        }
        admin.close().await;
        Ok(())
    }
}
