//! Whose turn it is: tenants with something to send, each drained by one task at a time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use kernel::TenantId;
use tokio::sync::Notify;
use tokio::time::Instant;

/// Longest pause after failures, of one tenant or of the bus.
const LONGEST: Duration = Duration::from_secs(5);

/// The tenants that wait for their turn.
#[derive(Default)]
pub(crate) struct Queue {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Default)]
struct State {
    waiting: HashMap<TenantId, Wait>,
    /// True: woken again since its turn began.
    running: HashMap<TenantId, bool>,
    failures: HashMap<TenantId, u32>,
    /// Nobody's turn comes before this, while the bus is away.
    paused: Option<Instant>,
    pauses: u32,
}

struct Wait {
    from: Instant,
    /// After a failure; a wake does not shorten it.
    failed: bool,
}

/// How a turn ended.
pub(crate) enum End {
    /// Nothing waits any more, or not before a while.
    Done { again: Option<Duration> },
    /// The tenant cannot be drained now.
    Failed,
    /// The bus is away, for everybody.
    BusAway,
}

/// A tenant's turn. Dropped without an end, for example by a panic, it counts as failed.
pub(crate) struct Turn {
    pub tenant: TenantId,
    queue: Arc<Queue>,
    end: End,
}

impl Turn {
    pub fn end(mut self, end: End) {
        self.end = end;
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.queue.finish(self.tenant, &self.end);
    }
}

impl Queue {
    /// Puts a tenant in the queue.
    pub fn wake(&self, tenant: TenantId) {
        let mut state = self.lock();
        if let Some(again) = state.running.get_mut(&tenant) {
            *again = true;
            return;
        }
        let now = Instant::now();
        let wait = state.waiting.entry(tenant).or_insert(Wait { from: now, failed: false });
        if !wait.failed {
            wait.from = wait.from.min(now);
        }
        drop(state);
        self.changed.notify_waiters();
    }

    /// Waits for the next turn.
    pub async fn next(self: &Arc<Self>) -> Turn {
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            match self.take() {
                Ok(tenant) => {
                    return Turn { tenant, queue: Arc::clone(self), end: End::Failed };
                }
                Err(Some(until)) => {
                    let _ = tokio::time::timeout_at(until, changed).await;
                }
                Err(None) => changed.await,
            }
        }
    }

    /// Waits until nothing waits and nothing runs.
    pub async fn idle(&self) {
        self.until(|state| state.waiting.is_empty() && state.running.is_empty()).await;
    }

    /// Waits until nothing runs and nothing could: nothing waits, or the bus is away.
    pub async fn stuck(&self) {
        self.until(|state| {
            let away = state.paused.is_some_and(|paused| paused > Instant::now());
            state.running.is_empty() && (away || state.waiting.is_empty())
        })
        .await;
    }

    async fn until(&self, done: impl Fn(&State) -> bool) {
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            if done(&self.lock()) {
                return;
            }
            changed.await;
        }
    }

    fn take(&self) -> Result<TenantId, Option<Instant>> {
        let mut state = self.lock();
        let first = state.waiting.iter().min_by_key(|(_, w)| w.from).map(|(t, w)| (*t, w.from));
        let Some((tenant, from)) = first else { return Err(None) };
        let from = state.paused.map_or(from, |paused| from.max(paused));
        if from > Instant::now() {
            return Err(Some(from));
        }
        state.waiting.remove(&tenant);
        state.running.insert(tenant, false);
        Ok(tenant)
    }

    fn finish(&self, tenant: TenantId, end: &End) {
        let mut state = self.lock();
        let woken = state.running.remove(&tenant).unwrap_or_default();
        let now = Instant::now();
        let wait = match end {
            End::Done { again } => {
                state.failures.remove(&tenant);
                (state.paused, state.pauses) = (None, 0);
                if woken { Some(now) } else { again.map(|after| now + after) }
                    .map(|from| Wait { from, failed: false })
            }
            End::Failed => {
                let failures = state.failures.entry(tenant).or_default();
                *failures += 1;
                Some(Wait { from: now + backoff(*failures), failed: true })
            }
            End::BusAway => {
                // Turns that ran side by side and met the same outage count once.
                if state.paused.is_none_or(|paused| paused <= now) {
                    state.pauses += 1;
                    state.paused = Some(now + backoff(state.pauses));
                }
                Some(Wait { from: now, failed: false })
            }
        };
        if let Some(wait) = wait {
            state.waiting.insert(tenant, wait);
        }
        drop(state);
        self.changed.notify_waiters();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// 100 ms, doubled with each failure, up to [`LONGEST`]; a random half less, so that processes do
/// not all come at once.
pub(crate) fn backoff(failures: u32) -> Duration {
    let full = Duration::from_millis(100) * 2_u32.pow(failures.saturating_sub(1).min(10));
    full.min(LONGEST).mul_f64(rand::random_range(0.5..=1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_tenant_woken_during_its_turn_gets_another() {
        let queue = Arc::new(Queue::default());
        let tenant = TenantId::new();
        queue.wake(tenant);
        queue.wake(tenant);
        let turn = queue.next().await;
        queue.wake(tenant);
        turn.end(End::Done { again: None });
        queue.next().await.end(End::Done { again: None });
        queue.idle().await;
    }

    #[tokio::test]
    async fn a_failing_tenant_waits_and_holds_up_no_other() {
        let queue = Arc::new(Queue::default());
        let (bad, good) = (TenantId::new(), TenantId::new());
        queue.wake(bad);
        queue.next().await.end(End::Failed);
        queue.wake(bad);
        queue.wake(good);
        let turn = queue.next().await;
        assert_eq!(turn.tenant, good);
        turn.end(End::Done { again: None });
        assert_eq!(queue.next().await.tenant, bad);
    }
}
