//! The contract of the counters, played in memory and on a real Redis
//! (`FIELDOPS_TEST_REDIS_URL`; without it the Redis tests fail), and what happens when Redis dies.

#![allow(clippy::unwrap_used, clippy::expect_used)] // in a test, a panic is the report

mod contract;
mod outage;

use std::env;
use std::sync::Arc;
use std::time::Duration;

use cache::{Fallback, Limit, Local};
use kernel::{SystemClock, TestClock};

/// Long enough that a busy machine is not taken for an outage.
const PATIENT: Duration = Duration::from_secs(10);

fn limit(burst: u32, per: Duration) -> Limit {
    Limit { burst, per }
}

/// A key of its own, so that tests and runs don't meet.
fn fresh_key() -> String {
    uuid::Uuid::new_v4().to_string()
}

mod in_memory {
    use super::*;

    contract::on!(Local::new(Arc::new(SystemClock)));

    #[tokio::test]
    async fn a_clock_set_back_an_hour_locks_nobody_out_for_an_hour() {
        use cache::Counters;
        let clock = Arc::new(TestClock::default());
        let counters = Local::new(clock.clone());
        let ten = limit(10, Duration::from_secs(10));
        counters.take("k", ten).await;

        clock.advance(chrono::Duration::hours(-1));
        let refused = counters.take("k", ten).await;
        assert!(refused.reset_after <= Duration::from_secs(10), "{refused:?}");
        clock.advance(chrono::Duration::seconds(1));
        assert!(counters.take("k", ten).await.allowed);
    }

    #[tokio::test]
    async fn memory_is_bounded_and_the_newest_caller_is_still_counted() {
        use cache::Counters;
        let counters = Local::new(Arc::new(SystemClock));
        for caller in 0..150_000 {
            counters.take(&caller.to_string(), limit(1, PATIENT)).await;
        }
        assert!(!counters.take("149999", limit(1, PATIENT)).await.allowed);
    }
}

mod on_redis {
    use super::*;

    fn open() -> Fallback {
        let url = env::var("FIELDOPS_TEST_REDIS_URL").unwrap_or_else(|_| {
            panic!(
                "FIELDOPS_TEST_REDIS_URL is not set: these tests need Redis, `make test` starts one"
            )
        });
        Fallback::open(&url, Arc::new(SystemClock), PATIENT).unwrap()
    }

    contract::on!(open());

    #[tokio::test]
    async fn two_processes_share_one_limit() {
        use cache::Counters;
        let (one, other, key) = (open(), open(), fresh_key());
        let three = limit(3, Duration::from_mins(1));
        for counters in [&one, &other, &one] {
            assert!(counters.take(&key, three).await.allowed);
        }
        assert!(!other.take(&key, three).await.allowed);
        one.put_fact(&key, b"yes", PATIENT).await;
        assert_eq!(other.get_fact(&key).await.as_deref(), Some(&b"yes"[..]));
        assert!(!one.is_away() && !other.is_away());
    }
}
