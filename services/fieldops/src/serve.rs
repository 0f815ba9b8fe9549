//! `fieldops serve SERVICE`: one service, as a container runs it.

use std::sync::Arc;

use anyhow::{Context, Result, anyhow};
use gateway::{Behind, Upstream};
use kernel::{Service, SharedClock, SystemClock};
use provisioning::Provisioner;
use runtime::Tasks;
use tenancy::{Cluster, Control, Pools};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use web::Hosting;

use crate::cli::ServeArgs;
use crate::settings::vault;
use crate::{node, services};

/// Connections of one service to the control database.
const CONTROL_CONNECTIONS: u32 = 4;

/// Runs until told to stop.
pub async fn run(args: Box<ServeArgs>) -> Result<()> {
    let _telemetry = runtime::telemetry::init(args.service.name(), &args.telemetry)?;
    let stop = node::stop_on_signal();
    let listener = TcpListener::bind(&args.listen)
        .await
        .with_context(|| format!("cannot listen on {}", args.listen))?;
    let tasks = Tasks::new();
    let clock: SharedClock = Arc::new(SystemClock);
    let control = Control::open(&args.common.control_url, CONTROL_CONNECTIONS)
        .context("FIELDOPS_CONTROL_URL")?;
    let router = if args.service == Service::Gateway {
        door(&args, &tasks, clock, control, &stop)?
    } else {
        let router = service(&args, &tasks, clock, control, &stop).await?;
        node::with_health(router, &tasks, &stop)
    };
    tracing::info!(service = %args.service, listen = %args.listen, "serving");
    node::serve_until(listener, router, &stop, &tasks, args.stop.grace()).await;
    Ok(())
}

fn door(
    args: &ServeArgs,
    tasks: &Tasks,
    clock: SharedClock,
    control: Control,
    stop: &CancellationToken,
) -> Result<axum::Router> {
    let counters = cache::open(args.common.redis_url.as_deref(), Arc::clone(&clock))
        .context("FIELDOPS_REDIS_URL")?;
    let behind = services::descriptions()
        .into_iter()
        .map(|(service, description)| {
            let address = args.gateway.upstream(service);
            let uri = address.parse().with_context(|| format!("FIELDOPS_UPSTREAMS: {address}"))?;
            Ok(Behind::new(service, &description, Upstream::Remote(uri)))
        })
        .collect::<Result<Vec<_>>>()?;
    let settings = args.gateway.settings();
    let gateway = node::gateway(settings, control.pool, counters, clock, behind, tasks, stop)?;
    tasks.spawn("gateway", gateway.clone().run(tasks.token()));
    Ok(gateway.router())
}

async fn service(
    args: &ServeArgs,
    tasks: &Tasks,
    clock: SharedClock,
    control: Control,
    stop: &CancellationToken,
) -> Result<axum::Router> {
    let amqp = args.common.amqp_url.as_deref().ok_or_else(|| anyhow!("set FIELDOPS_AMQP_URL"))?;
    let blobs = blobs::open(&args.blobs.settings()?)?;
    let tenants = vault("FIELDOPS_TENANT_KEY", args.common.tenant_key.as_deref())?;
    let own = vault("FIELDOPS_SERVICE_KEY", args.common.service_key.as_deref())?;
    let pools = Pools::new(args.common.connections, args.common.connections_per_tenant);
    let hosting = Hosting {
        pools: pools.clone(),
        vault: tenants.clone(),
        bus: events::rabbitmq(amqp, services::interests())?,
        blobs: Arc::clone(&blobs),
        scanner: args.scan.clamd.clone(),
        roads: args.roads.roads.clone(),
        facts: cache::open(args.common.redis_url.as_deref(), Arc::clone(&clock))
            .context("FIELDOPS_REDIS_URL")?,
        clock: Arc::clone(&clock),
        tasks: tasks.clone(),
        job_concurrency: 2,
    };
    let provisioner = match (&args.admin_url, args.service) {
        (Some(url), Service::Provisioning) => {
            let provisioner = Arc::new(Provisioner::new(
                Cluster::open(url)?,
                control.clone(),
                pools,
                tenants,
                services::seeds(),
                identity::found_admin,
                blobs,
                clock,
            ));
            tasks.spawn("provisioner", Arc::clone(&provisioner).run(tasks.token()));
            Some(provisioner)
        }
        (None, Service::Provisioning) => return Err(anyhow!("set FIELDOPS_ADMIN_URL")),
        _ => None,
    };
    let module = services::one(args.service, stop, provisioner)
        .ok_or_else(|| anyhow!("{} is no service of its own", args.service))?;
    Ok(hosting.host(module, control, own).await?.router)
}
