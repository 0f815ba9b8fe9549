//! Counters and short-lived facts: who may still call, and what is worth remembering for a minute.
//!
//! One contract, [`Counters`], and two back ends: this process's memory ([`Local`]) for the shape
//! that runs in one process, and Redis for the one where many share the counting. Redis is never
//! needed to answer: [`Fallback`] goes on from local memory while it is away and returns to it when
//! it is back, so no call fails and none waits longer than a few tens of milliseconds.
//!
//! Nothing here is the truth about anything. What must not be lost (sessions, revocations,
//! idempotency keys) is kept in PostgreSQL; a fact may be forgotten at any time.

mod fallback;
mod gcra;
mod local;
mod shared;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use kernel::SharedClock;

pub use fallback::Fallback;
pub use gcra::{Decision, Limit};
pub use local::Local;

/// Longest wait for Redis in a request's way.
const PATIENCE: Duration = Duration::from_millis(50);

/// Rate limits and short-lived facts. Never fails; see the crate's page for what it may forget.
#[async_trait]
pub trait Counters: Send + Sync {
    /// Counts one call of `key` against `limit` if it is allowed.
    async fn take(&self, key: &str, limit: Limit) -> Decision;

    /// Remembers `value` under `key` for `ttl`, replacing what was there.
    async fn put_fact(&self, key: &str, value: &[u8], ttl: Duration);

    /// What is remembered under `key`, if it still is.
    async fn get_fact(&self, key: &str) -> Option<Vec<u8>>;
}

/// A setting that can't work.
#[derive(Debug, thiserror::Error)]
#[error("the Redis address is not valid: {0}")]
pub struct BadAddress(#[from] redis::RedisError);

/// Opens the counters: shared through Redis if an address is given, else this process's own.
///
/// Does not wait for Redis, which may be away now and come later. Needs a Tokio runtime.
pub fn open(redis_url: Option<&str>, clock: SharedClock) -> Result<Arc<dyn Counters>, BadAddress> {
    Ok(match redis_url {
        Some(url) => Arc::new(Fallback::open(url, clock, PATIENCE)?),
        None => Arc::new(Local::new(clock)),
    })
}
