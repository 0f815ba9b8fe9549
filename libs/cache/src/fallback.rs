//! Redis while it answers, local memory while it does not.
//!
//! The first call that Redis fails is answered from local memory, and so are all until a probe in
//! the background finds Redis back; so an outage costs one wait, not one a request. The local
//! counters see every call that Redis allows, so an outage gives nobody a fresh burst. When Redis
//! returns empty, everybody gets at most one.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use async_trait::async_trait;
use kernel::SharedClock;
use redis::{RedisError, RedisResult};

use crate::local::Local;
use crate::shared::Shared;
use crate::{BadAddress, Counters, Decision, Limit};

/// Time between two probes of a Redis that is away.
const PROBE: Duration = Duration::from_millis(500);

/// Counters in Redis that go on locally while it is away.
pub struct Fallback {
    shared: Arc<Shared>,
    away: Arc<AtomicBool>,
    local: Local,
}

impl Fallback {
    /// Prepares both; a call waits for Redis no longer than `patience`. Needs a Tokio runtime.
    pub fn open(url: &str, clock: SharedClock, patience: Duration) -> Result<Self, BadAddress> {
        let shared = Arc::new(Shared::open(url, patience)?);
        metrics::gauge!("cache_redis_up").set(1);
        Ok(Self { shared, away: Arc::default(), local: Local::new(clock) })
    }

    /// Whether calls are answered from local memory now.
    pub fn is_away(&self) -> bool {
        self.away.load(Relaxed)
    }

    /// The answer of Redis, unless it is away.
    async fn ask<T>(&self, call: impl Future<Output = RedisResult<T>> + Send) -> Option<T> {
        if self.is_away() {
            return None;
        }
        call.await.inspect_err(|error| self.leave(error)).ok()
    }

    /// Goes on locally, and starts looking for the return of Redis. Said once per outage.
    fn leave(&self, error: &RedisError) {
        if self.away.swap(true, Relaxed) {
            return;
        }
        tracing::warn!(%error, "Redis is away: rate limits go on from local memory");
        metrics::gauge!("cache_redis_up").set(0);
        let (shared, away) = (Arc::downgrade(&self.shared), self.away.clone());
        tokio::spawn(async move {
            while let Some(shared) = shared.upgrade() {
                if shared.ping().await.is_ok() {
                    away.store(false, Relaxed);
                    tracing::info!("Redis is back");
                    metrics::gauge!("cache_redis_up").set(1);
                    return;
                }
                drop(shared);
                tokio::time::sleep(PROBE).await;
            }
        });
    }
}

#[async_trait]
impl Counters for Fallback {
    async fn take(&self, key: &str, limit: Limit) -> Decision {
        let Some(decision) = self.ask(self.shared.take(key, limit)).await else {
            return self.local.count(key, limit);
        };
        if decision.allowed {
            self.local.count(key, limit);
        }
        decision
    }

    async fn put_fact(&self, key: &str, value: &[u8], ttl: Duration) {
        match self.ask(self.shared.put_fact(key, value, ttl)).await {
            Some(()) => self.local.forget(key),
            None => self.local.remember(key, value, ttl),
        }
    }

    /// What was put while Redis was away stays known to this process alone, until its time is over.
    async fn get_fact(&self, key: &str) -> Option<Vec<u8>> {
        let shared = self.ask(self.shared.get_fact(key)).await.flatten();
        shared.or_else(|| self.local.recall(key))
    }
}
