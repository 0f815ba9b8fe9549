//! Counters in Redis, shared by all processes. Every call may fail, and none waits long.

use std::io;
use std::time::Duration;

use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{AsyncCommands, Client, RedisResult, Script};

use crate::{Decision, Limit};

/// Longest wait for a new connection, which nobody's request waits for.
const CONNECT: Duration = Duration::from_secs(1);

pub(crate) struct Shared {
    connection: ConnectionManager,
    take: Script,
    patience: Duration,
}

impl Shared {
    /// Prepares a connection that is made at the first use, and again whenever it breaks.
    pub(crate) fn open(url: &str, patience: Duration) -> RedisResult<Self> {
        let config = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(CONNECT))
            .set_response_timeout(Some(CONNECT))
            .set_number_of_retries(0); // the fallback asks again, at its own pace
        let connection = ConnectionManager::new_lazy_with_config(Client::open(url)?, config)?;
        Ok(Self { connection, take: Script::new(include_str!("take.lua")), patience })
    }

    pub(crate) async fn take(&self, key: &str, limit: Limit) -> RedisResult<Decision> {
        let mut call = self.take.key(format!("limit:{key}"));
        call.arg(limit.interval()).arg(limit.window());
        let (allowed, ahead) = self.soon(call.invoke_async(&mut self.connection.clone())).await?;
        Ok(Decision::new(limit, allowed, ahead))
    }

    pub(crate) async fn put_fact(&self, key: &str, value: &[u8], ttl: Duration) -> RedisResult<()> {
        let ttl = u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX).clamp(1, 1 << 52);
        let mut connection = self.connection.clone();
        self.soon(connection.pset_ex(format!("fact:{key}"), value, ttl)).await
    }

    pub(crate) async fn get_fact(&self, key: &str) -> RedisResult<Option<Vec<u8>>> {
        let mut connection = self.connection.clone();
        self.soon(connection.get(format!("fact:{key}"))).await
    }

    /// Whether Redis answers. Waits longer than the others, for it also makes the connection.
    pub(crate) async fn ping(&self) -> RedisResult<()> {
        let mut connection = self.connection.clone();
        within(CONNECT * 2, connection.ping()).await
    }

    async fn soon<T>(&self, call: impl Future<Output = RedisResult<T>>) -> RedisResult<T> {
        within(self.patience, call).await
    }
}

async fn within<T>(wait: Duration, call: impl Future<Output = RedisResult<T>>) -> RedisResult<T> {
    tokio::time::timeout(wait, call).await.map_err(io::Error::from)?
}
