//! Puts a service to work in this process: its pools, its relay, its consumers, its jobs and its
//! router, in the same way in both shapes and in the tests.

use std::sync::Arc;

use async_trait::async_trait;
use axum::Router;
use blobs::BlobStore;
use cache::Counters;
use contracts::Envelope;
use events::{Bus, ConsumeError, Consumer, Relay, Subscriber};
use jobs::{Jobs, Runner};
use kernel::{Service, SharedClock, TenantId};
use runtime::Tasks;
use sqlx::PgConnection;
use tenancy::{Control, Pools, Tenants, Vault};

use crate::app::{App, Parts};
use crate::edge::edge;
use crate::keys::InternalKeys;
use crate::module::Module;
use crate::roads::Roads;

/// What a process gives the services it hosts.
#[derive(Clone)]
pub struct Hosting {
    /// Connections to tenants' databases, shared.
    pub pools: Pools,
    /// Opens the tenants' database passwords.
    pub vault: Vault,
    /// Carries events.
    pub bus: Arc<dyn Bus>,
    /// Keeps bytes.
    pub blobs: Arc<dyn BlobStore>,
    /// The address (`host:port`) of a clamd that looks at what people upload, where there is one.
    pub scanner: Option<String>,
    /// The server that knows travel times by road, where there is one.
    pub roads: Option<Roads>,
    /// What is worth remembering for a while, and may be forgotten.
    pub facts: Arc<dyn Counters>,
    /// The present time.
    pub clock: SharedClock,
    /// The process's background tasks.
    pub tasks: Tasks,
    /// How many jobs of a service run at once.
    pub job_concurrency: usize,
}

/// A service at work.
pub struct Hosted {
    /// Its state.
    pub app: App,
    /// Its router, with everything around it.
    pub router: Router,
    /// The description of its routes.
    pub openapi: utoipa::openapi::OpenApi,
}

impl Hosting {
    /// Starts `module`, which reaches the control database by `control` with its own role.
    /// `seals` is the vault of the service's own secrets.
    pub async fn host(
        &self,
        module: Module,
        control: Control,
        seals: Vault,
    ) -> Result<Hosted, events::BusError> {
        let service = module.service;
        let (app, relay, runner) = self.assemble(service, control, seals);
        let token = self.tasks.token();
        if Service::OF_TENANT.contains(&service) {
            self.tasks.spawn("relay", relay.run(token.clone()));
            self.tasks.spawn("jobs", runner.run((module.jobs)(&app), token.clone()));
        }
        for consumer in module.consumers {
            let consumer = if consumer.leaves_jobs() {
                Arc::new(Waking { consumer, jobs: app.jobs.clone() })
            } else {
                consumer
            };
            let subscriber =
                Subscriber { tenants: app.tenants.clone(), consumer, clock: app.clock.clone() };
            self.bus.subscribe(subscriber, token.clone()).await?;
        }
        let (router, openapi) = module.routes.split_for_parts();
        let router = router
            .with_state(app.clone())
            .fallback(async || crate::Problem::not_found())
            .method_not_allowed_fallback(async || crate::problem::method_not_allowed())
            .layer(axum::middleware::from_fn_with_state(service, edge));
        Ok(Hosted { app, router, openapi })
    }

    /// A service's state without the service: for the operator's commands.
    pub fn app(&self, service: Service, control: Control, seals: Vault) -> App {
        self.assemble(service, control, seals).0
    }

    fn assemble(&self, service: Service, control: Control, seals: Vault) -> (App, Relay, Runner) {
        let tenants =
            Tenants::new(service, control.clone(), self.pools.clone(), self.vault.clone());
        let (relay, outbox) =
            Relay::new(tenants.clone(), Arc::clone(&self.bus), Arc::clone(&self.clock));
        let (runner, jobs) =
            Runner::new(tenants.clone(), Arc::clone(&self.clock), self.job_concurrency);
        let app = App::from(Parts {
            service,
            tenants,
            clock: Arc::clone(&self.clock),
            outbox,
            jobs,
            blobs: Arc::clone(&self.blobs),
            scanner: self.scanner.clone(),
            roads: self.roads.clone(),
            facts: Arc::clone(&self.facts),
            keys: InternalKeys::new(control.pool, service),
            vault: seals,
        });
        (app, relay, runner)
    }
}

/// A consumer that leaves jobs: after its commit they are looked at. What a crash in between
/// leaves waiting is found by the runner's full scan.
struct Waking {
    consumer: Arc<dyn Consumer>,
    jobs: Jobs,
}

#[async_trait]
impl Consumer for Waking {
    fn name(&self) -> &'static str {
        self.consumer.name()
    }

    fn types(&self) -> &'static [&'static str] {
        self.consumer.types()
    }

    async fn take(&self, tx: &mut PgConnection, event: &Envelope) -> Result<(), ConsumeError> {
        self.consumer.take(tx, event).await
    }

    async fn committed(&self, tenant: TenantId, event: &Envelope) {
        self.consumer.committed(tenant, event).await;
        self.jobs.wake(tenant);
    }
}
