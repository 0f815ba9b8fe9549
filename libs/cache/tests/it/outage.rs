//! Redis killed, frozen, emptied and started again, in a process of the test's own.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use cache::{Counters, Fallback};
use kernel::SystemClock;
use tempfile::TempDir;
use tokio::net::TcpStream;

use crate::{fresh_key, limit};

const HOUR: Duration = Duration::from_hours(1);
/// A busy machine's answer, yet far from a hang.
const PATIENCE: Duration = Duration::from_millis(500);

/// A Redis of this test alone; killed with it.
struct Redis {
    process: Child,
    port: u16,
    _dir: TempDir,
}

impl Redis {
    async fn start() -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        Self::start_on(port).await
    }

    async fn start_on(port: u16) -> Self {
        let dir = TempDir::new().unwrap();
        let process = Command::new("redis-server")
            .args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no"])
            .args(["--port", &port.to_string()])
            .current_dir(dir.path())
            .stdout(Stdio::null())
            .spawn()
            .expect("redis-server must be installed");
        while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            tokio::task::yield_now().await;
        }
        Self { process, port, _dir: dir }
    }

    fn counters(&self) -> Fallback {
        let url = format!("redis://127.0.0.1:{}", self.port);
        Fallback::open(&url, Arc::new(SystemClock), PATIENCE).unwrap()
    }

    fn signal(&self, signal: &str) {
        let pid = self.process.id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
    }

    fn kill(mut self) -> u16 {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
        self.port
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.process.kill(); // it may be dead already
        let _ = self.process.wait();
    }
}

/// Asks until Redis answers again; each question is answered meanwhile.
async fn until_back(counters: &Fallback) {
    let start = Instant::now();
    while counters.is_away() {
        assert!(start.elapsed() < Duration::from_mins(2), "it does not return to Redis");
        counters.get_fact("anything").await;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn redis_killed_limits_go_on_locally_with_no_fresh_burst_then_return() {
    let redis = Redis::start().await;
    let (counters, key) = (redis.counters(), fresh_key());
    for _ in 0..3 {
        assert!(counters.take(&key, limit(5, HOUR)).await.allowed);
    }
    assert!(!counters.is_away());

    let port = redis.kill();
    for allowed in [true, true, false] {
        assert_eq!(counters.take(&key, limit(5, HOUR)).await.allowed, allowed);
    }
    assert!(counters.is_away());
    let start = Instant::now();
    for _ in 0..100 {
        counters.take(&key, limit(5, HOUR)).await;
    }
    assert!(start.elapsed() < PATIENCE * 50, "the outage is paid for once, not at every call");
    counters.put_fact(&key, b"local", HOUR).await;
    assert_eq!(counters.get_fact(&key).await.as_deref(), Some(&b"local"[..]));

    let redis = Redis::start_on(port).await;
    until_back(&counters).await;
    assert_eq!(counters.get_fact(&key).await.as_deref(), Some(&b"local"[..]));
    assert!(counters.take(&key, limit(5, HOUR)).await.allowed, "a new Redis knows of no calls");
    assert!(!counters.is_away());
    counters.put_fact(&key, b"shared", HOUR).await;
    assert_eq!(redis.counters().get_fact(&key).await.as_deref(), Some(&b"shared"[..]));
}

#[tokio::test]
async fn a_frozen_redis_holds_nobody_and_is_used_again_when_it_wakes() {
    let redis = Redis::start().await;
    let counters = redis.counters();
    counters.take("k", limit(5, HOUR)).await;

    redis.signal("-STOP");
    let answer = tokio::time::timeout(Duration::from_mins(2), counters.take("k", limit(5, HOUR)));
    assert!(answer.await.expect("nobody is held").allowed);
    assert!(counters.is_away());

    redis.signal("-CONT");
    until_back(&counters).await;
    counters.take("k", limit(5, HOUR)).await;
    assert!(!counters.is_away());
}

#[tokio::test]
async fn a_flushed_redis_is_no_outage() {
    let redis = Redis::start().await;
    let counters = redis.counters();
    counters.take("k", limit(1, HOUR)).await;
    let client = redis::Client::open(format!("redis://127.0.0.1:{}", redis.port)).unwrap();
    let mut direct = client.get_multiplexed_async_connection().await.unwrap();
    for command in ["FLUSHALL", "SCRIPT FLUSH"] {
        let mut words = command.split(' ');
        let mut flush = redis::cmd(words.next().unwrap());
        let () = flush.arg(words.collect::<Vec<_>>()).query_async(&mut direct).await.unwrap();
    }
    assert!(counters.take("k", limit(1, HOUR)).await.allowed);
    assert!(!counters.take("k", limit(1, HOUR)).await.allowed);
    assert!(!counters.is_away());
}

#[tokio::test]
async fn a_redis_that_was_never_there_stops_nothing() {
    let port = Redis::start().await.kill();
    let url = format!("redis://127.0.0.1:{port}");
    let counters = cache::open(Some(&url), Arc::new(SystemClock)).unwrap();
    assert!(counters.take("k", limit(1, HOUR)).await.allowed);
    assert!(!counters.take("k", limit(1, HOUR)).await.allowed);
    assert!(cache::open(Some("nonsense"), Arc::new(SystemClock)).is_err());
}
