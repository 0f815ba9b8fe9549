//! Tenants whose jobs are to be looked at, each once.

use std::collections::{HashSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use kernel::TenantId;
use tokio::sync::Notify;

#[derive(Default)]
pub(crate) struct Queue {
    state: Mutex<(VecDeque<TenantId>, HashSet<TenantId>)>,
    filled: Notify,
}

impl Queue {
    /// Puts a tenant at the end, unless it stands in the queue already.
    pub fn push(&self, tenant: TenantId) {
        let mut state = self.lock();
        if state.1.insert(tenant) {
            state.0.push_back(tenant);
            self.filled.notify_one();
        }
    }

    /// Waits for the next tenant. For one caller at a time.
    pub async fn pop(&self) -> TenantId {
        loop {
            {
                let mut state = self.lock();
                if let Some(tenant) = state.0.pop_front() {
                    state.1.remove(&tenant);
                    return tenant;
                }
            }
            self.filled.notified().await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, (VecDeque<TenantId>, HashSet<TenantId>)> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
