//! The index of what is due, kept true.
//!
//! A writer notes in it, before its commit, when its job is due. A runner that finds nothing to do
//! may be early: the writer's commit may still be on its way. So it moves an entry to later only
//! once the entry has not been touched for [`SETTLED`].

use std::sync::Arc;

use chrono::TimeDelta;
use kernel::{SharedClock, TenantId, Timestamp};
use tenancy::{TenancyError, Tenants};

use crate::queue::Queue;
use crate::{index, store};

/// Longer than a writer can take from its note to its commit, since PostgreSQL ends transactions
/// that stand idle for 15 s.
const SETTLED: TimeDelta = TimeDelta::seconds(60);

/// How long a job that was done is kept, to be looked at.
const KEPT: TimeDelta = TimeDelta::days(7);

/// The writer's handle, one per service process.
#[derive(Clone)]
pub struct Jobs(pub(crate) Arc<Shared>);

pub(crate) struct Shared {
    pub tenants: Tenants,
    pub clock: SharedClock,
    pub queue: Queue,
}

impl Jobs {
    /// Notes in the control database that the tenant has work at `due_at`; to be called before
    /// the commit of each transaction that enqueues.
    pub async fn before_commit(
        &self,
        tenant: TenantId,
        due_at: Timestamp,
    ) -> Result<(), sqlx::Error> {
        let Shared { tenants, clock, .. } = &*self.0;
        index::mark(tenants.control(), tenant, tenants.service, due_at, clock.now()).await
    }

    /// Says that jobs of this tenant were committed.
    pub fn wake(&self, tenant: TenantId) {
        self.0.queue.push(tenant);
    }
}

impl Shared {
    /// Brings a tenant's entry in line with its jobs, of which those of `kinds` can be done here.
    pub async fn settle(&self, tenant: TenantId, kinds: &[String]) -> Result<(), TenancyError> {
        let (control, service) = (self.tenants.control(), self.tenants.service);
        let now = self.clock.now();
        // First the entry, then the jobs: whoever enqueues in between touches the entry.
        let marked_at = index::marked_at(control, tenant, service).await?;
        let mut conn = self.tenants.conn(tenant).await?;
        let next = store::next(&mut conn, service, kinds, now).await?;
        if next.is_none() {
            // Nothing waits: the moment to forget what was done long ago.
            store::purge(&mut conn, now - KEPT).await?;
        }
        drop(conn);
        let Some(marked_at) = marked_at else {
            // Woken without a note: jobs that wait are put into the index now.
            if let Some(next) = next {
                index::mark(control, tenant, service, next, now).await?;
            }
            return Ok(());
        };
        let settled = marked_at + SETTLED;
        let due_at = if now > settled { next } else { Some(next.unwrap_or(settled).min(settled)) };
        Ok(index::settle(control, tenant, service, marked_at, due_at).await?)
    }
}
