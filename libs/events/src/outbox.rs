//! The writer's side of the outbox, and what a process remembers of it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use kernel::{SharedClock, TenantId, Timestamp};
use tenancy::Tenants;
use tokio::time::Instant;

use crate::marks;
use crate::queue::Queue;

/// How long a writer believes that the mark it set is still there. Far shorter than [`marks::OLD`],
/// so that no mark is cleared on which a writer relies.
pub(crate) const BELIEVED: Duration = Duration::from_secs(5);

/// The writer's handle, one per service process.
#[derive(Clone)]
pub struct Outbox(pub(crate) Arc<Shared>);

pub(crate) struct Shared {
    pub tenants: Tenants,
    pub clock: SharedClock,
    pub queue: Arc<Queue>,
    known: Mutex<Known>,
}

/// What this process remembers between turns.
#[derive(Default)]
pub(crate) struct Known {
    /// Marks set by this process, and when.
    pub marked: HashMap<TenantId, Instant>,
    /// Marks that may be cleared once the tenant's outbox is seen empty.
    pub old: HashMap<TenantId, Timestamp>,
    /// The oldest event that waits, by tenant.
    pub oldest: HashMap<TenantId, Timestamp>,
}

impl Outbox {
    /// Leaves a durable mark in the control database; to be called before each commit that
    /// [`store`](crate::store())s events. Costs a write once in a few seconds per tenant.
    pub async fn before_commit(&self, tenant: TenantId) -> Result<(), sqlx::Error> {
        let shared = &self.0;
        let began = Instant::now();
        let believed = |set: &Instant| began.duration_since(*set) < BELIEVED;
        if shared.known().marked.get(&tenant).is_some_and(believed) {
            return Ok(());
        }
        marks::mark(shared.tenants.control(), tenant, shared.clock.now()).await?;
        shared.known().marked.insert(tenant, began);
        Ok(())
    }

    /// Says that events of this tenant were committed.
    pub fn wake(&self, tenant: TenantId) {
        self.0.queue.wake(tenant);
    }

    /// Waits until all that this process knows of is published. The relay must be running; while
    /// the bus is away this waits on, so give it a limit.
    pub async fn drained(&self) {
        self.0.queue.idle().await;
    }
}

impl Shared {
    pub fn new(tenants: Tenants, clock: SharedClock) -> Arc<Self> {
        Arc::new(Self { tenants, clock, queue: Arc::default(), known: Mutex::default() })
    }

    pub fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
