//! What a service's handlers stand on.

use std::ops::Deref;
use std::sync::Arc;

use blobs::BlobStore;
use cache::Counters;
use events::Outbox;
use jobs::Jobs;
use kernel::{Service, SharedClock};
use tenancy::{Tenants, Vault};

use crate::keys::InternalKeys;
use crate::roads::Roads;

/// The state of a service's router; cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Parts>);

/// What [`App`] holds.
pub struct Parts {
    /// Which service this is.
    pub service: Service,
    /// The way to the tenants' databases.
    pub tenants: Tenants,
    /// The present time.
    pub clock: SharedClock,
    /// Where events leave.
    pub outbox: Outbox,
    /// Where background work is left.
    pub jobs: Jobs,
    /// Where bytes are kept.
    pub blobs: Arc<dyn BlobStore>,
    /// The address (`host:port`) of a clamd that looks at what people upload, where there is one.
    pub scanner: Option<String>,
    /// The server that knows travel times by road, where there is one.
    pub roads: Option<Roads>,
    /// What is worth remembering for a while, and may be forgotten.
    pub facts: Arc<dyn Counters>,
    /// The gateway's public keys.
    pub keys: InternalKeys,
    /// Seals secrets at rest.
    pub vault: Vault,
}

impl From<Parts> for App {
    fn from(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }
}

impl Deref for App {
    type Target = Parts;
    fn deref(&self) -> &Parts {
        &self.0
    }
}
