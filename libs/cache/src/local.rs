//! Counters in this process's memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};
use std::time::Duration;

use async_trait::async_trait;
use kernel::SharedClock;
use moka::policy::EvictionPolicy;
use moka::sync::Cache;

use crate::gcra::advance;
use crate::{Counters, Decision, Limit};

/// Callers that are counted at once; the least recently seen is forgotten first.
const CALLERS: u64 = 100_000;
/// Bytes of facts that are kept, keys included.
const FACTS: u64 = 16 << 20;

/// Counters of this process alone, in bounded memory.
pub struct Local {
    clock: SharedClock,
    arrivals: Cache<String, Arc<AtomicI64>>,
    facts: Cache<String, Fact>,
}

#[derive(Clone)]
struct Fact {
    value: Arc<[u8]>,
    until: i64,
}

impl Local {
    /// Starts with empty memory.
    pub fn new(clock: SharedClock) -> Self {
        // Least recently used, not moka's default: that one may refuse to keep a newcomer, and a
        // caller who is not kept is not limited.
        let arrivals =
            Cache::builder().max_capacity(CALLERS).eviction_policy(EvictionPolicy::lru());
        let facts = Cache::builder()
            .max_capacity(FACTS)
            .eviction_policy(EvictionPolicy::lru())
            .weigher(|key: &String, fact: &Fact| {
                u32::try_from(key.len() + fact.value.len() + size_of::<Fact>()).unwrap_or(u32::MAX)
            });
        Self { clock, arrivals: arrivals.build(), facts: facts.build() }
    }

    fn now(&self) -> i64 {
        self.clock.now().timestamp_micros()
    }

    /// Counts a call; see [`Counters::take`].
    pub(crate) fn count(&self, key: &str, limit: Limit) -> Decision {
        let now = self.now();
        let arrival = self.arrivals.get_with_by_ref(key, Arc::default);
        let before = arrival.update(Relaxed, Relaxed, |at| advance(limit, at, now).1);
        let (allowed, after) = advance(limit, before, now);
        Decision::new(limit, allowed, after - now)
    }

    pub(crate) fn remember(&self, key: &str, value: &[u8], ttl: Duration) {
        let ttl = i64::try_from(ttl.as_micros()).unwrap_or(i64::MAX);
        let until = self.now().saturating_add(ttl);
        self.facts.insert(key.to_owned(), Fact { value: value.into(), until });
    }

    pub(crate) fn recall(&self, key: &str) -> Option<Vec<u8>> {
        let fact = self.facts.get(key)?;
        (self.now() < fact.until).then(|| fact.value.to_vec())
    }

    pub(crate) fn forget(&self, key: &str) {
        self.facts.invalidate(key);
    }
}

#[async_trait]
impl Counters for Local {
    async fn take(&self, key: &str, limit: Limit) -> Decision {
        self.count(key, limit)
    }

    async fn put_fact(&self, key: &str, value: &[u8], ttl: Duration) {
        self.remember(key, value, ttl);
    }

    async fn get_fact(&self, key: &str) -> Option<Vec<u8>> {
        self.recall(key)
    }
}
