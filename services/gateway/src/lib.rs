//! The one door of the house. It tells the tenant from the host, checks the token and the list of
//! revoked sessions, counts, vouches for the caller with a short internal token, and hands the
//! request on: in this process ([`Upstream::Local`]) or over the network ([`Upstream::Remote`]).
//! It keeps nothing of a tenant's work and trusts nothing that a client says about itself.

mod door;
mod edge;
mod flow;
mod headers;
mod host;
mod pages;
mod rates;
mod routes;
mod settings;
mod store;
mod trace;
mod trust;
mod upstream;
mod vouch;

use std::collections::HashMap;
use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn;
use cache::Counters;
use kernel::SharedClock;
use sqlx::PgPool;
use tenancy::Directory;
use tokio_util::sync::CancellationToken;

use crate::pages::Docs;
use crate::routes::Routes;
use crate::trust::Trust;
use crate::upstream::Upstreams;
use crate::vouch::Voucher;

pub use settings::{GatewaySettings, Rates};
pub use upstream::{Behind, Upstream};

/// Says whether the rest of the process is fit to serve.
pub type Fitness = Arc<dyn Fn() -> bool + Send + Sync>;

/// What a gateway is made of.
pub struct Parts {
    /// What the operator decided.
    pub settings: GatewaySettings,
    /// The control database, signed in as the gateway.
    pub control: PgPool,
    /// Where calls are counted.
    pub counters: Arc<dyn Counters>,
    /// The present time.
    pub clock: SharedClock,
    /// The services behind.
    pub behind: Vec<Behind>,
    /// The description of all their routes together.
    pub openapi: utoipa::openapi::OpenApi,
    /// Cancelled when the process begins to stop. From then on the gateway says it is not ready,
    /// and live streams end; other requests are answered as long as the listener lets them.
    pub stop: CancellationToken,
    /// Whether the rest of the process is fit to serve.
    pub fit: Fitness,
}

/// The gateway; clones are the same one.
#[derive(Clone)]
pub struct Gateway(Arc<Inner>);

struct Inner {
    settings: GatewaySettings,
    directory: Directory,
    counters: Arc<dyn Counters>,
    routes: Routes,
    upstreams: Upstreams,
    trust: Arc<Trust>,
    voucher: Voucher,
    docs: Docs,
    stop: CancellationToken,
    fit: Fitness,
}

impl Gateway {
    /// Builds the gateway. It serves once [`Gateway::run`] has published its key.
    ///
    /// # Errors
    /// When the description cannot be written as JSON.
    pub fn new(parts: Parts) -> Result<Self, serde_json::Error> {
        let mut routes = Routes::default();
        let mut known = HashMap::new();
        for behind in parts.behind {
            for path in &behind.paths {
                routes.add(behind.service, path);
            }
            known.insert(behind.service, behind.upstream);
        }
        Ok(Self(Arc::new(Inner {
            settings: parts.settings,
            directory: Directory::new(parts.control.clone()),
            counters: parts.counters,
            routes,
            upstreams: Upstreams::new(known),
            trust: Arc::new(Trust::new(parts.control.clone(), Arc::clone(&parts.clock))),
            voucher: Voucher::new(parts.control, parts.clock),
            docs: Docs::new(&parts.openapi)?,
            stop: parts.stop,
            fit: parts.fit,
        })))
    }

    /// Keeps the gateway's key published, and its knowledge of identity's keys and of revoked
    /// sessions fresh, until `stop`; a task of the process. `stop` comes no sooner than the last
    /// request is answered: without this, nobody signed in is served after five seconds.
    pub async fn run(self, stop: CancellationToken) {
        tokio::join!(self.0.voucher.run(stop.clone()), self.0.trust.run(stop));
    }

    /// All that the gateway answers, for [`runtime::serve`].
    pub fn router(&self) -> Router {
        pages::router(self)
            .fallback(door::door)
            .method_not_allowed_fallback(async || edge::not_here())
            .with_state(self.clone())
            .layer(from_fn(edge::edge))
    }

    /// Whether requests should be sent here now; the same that `/health/ready` says.
    pub fn is_ready(&self) -> bool {
        self.missing().is_empty()
    }

    /// What keeps the gateway from being ready.
    fn missing(&self) -> Vec<&'static str> {
        [
            ("keys", self.0.voucher.is_published()),
            ("control", self.0.trust.is_fresh()),
            ("process", (self.0.fit)()),
            ("stopping", !self.0.stop.is_cancelled()),
        ]
        .into_iter()
        .filter_map(|(name, good)| (!good).then_some(name))
        .collect()
    }
}
