//! What a service brings to the process that runs it.

use std::sync::Arc;

use events::Consumer;
use futures::future::BoxFuture;
use jobs::Handler;
use kernel::{InvitationId, Service, Timestamp, UserId};
use sqlx::PgConnection;
use utoipa_axum::router::OpenApiRouter;

use crate::app::App;

/// For which firm a seed is sown.
#[derive(Debug, Clone)]
pub struct SeedFor {
    /// The trade: `electricity`, `construction`, `public_works`.
    pub sector: String,
    /// ISO 3166-1 alpha-2 country.
    pub country: String,
    /// The present time.
    pub now: Timestamp,
}

/// Writes a service's reference data into a new tenant's schema; repeatable.
pub type Seed =
    for<'a> fn(&'a mut PgConnection, &'a SeedFor) -> BoxFuture<'a, Result<(), sqlx::Error>>;

/// The first admin of a new tenant. All ids are chosen by the caller, so founding is repeatable.
#[derive(Debug, Clone)]
pub struct Invitee {
    /// The user to be.
    pub user: UserId,
    /// The invitation.
    pub invitation: InvitationId,
    /// Where the invitation goes.
    pub email: String,
    /// The person's name.
    pub name: String,
    /// SHA-256 of the invitation's secret.
    pub token_hash: [u8; 32],
    /// The present time.
    pub now: Timestamp,
}

/// Invites the first admin of a new tenant; identity's part in provisioning.
pub type FoundAdmin =
    for<'a> fn(&'a mut PgConnection, &'a Invitee) -> BoxFuture<'a, Result<(), sqlx::Error>>;

/// A service, ready to be hosted.
pub struct Module {
    /// Which one.
    pub service: Service,
    /// Its routes with their description.
    pub routes: OpenApiRouter<App>,
    /// What it listens to. A consumer writes in the transaction it is given; what needs more
    /// leaves a job.
    pub consumers: Vec<Arc<dyn Consumer>>,
    /// Its background work.
    pub jobs: fn(&App) -> Vec<Arc<dyn Handler>>,
    /// Its reference data.
    pub seed: Option<Seed>,
}
