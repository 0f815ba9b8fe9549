//! What every back end does alike.

use std::time::Duration;

use cache::Counters;
use futures::future::join_all;

use crate::{fresh_key, limit};

const HOUR: Duration = Duration::from_hours(1);

/// Makes one test of each function for the counters that `$open` gives.
macro_rules! on {
    ($open:expr) => {
        $crate::contract::on!($open;
            a_burst_is_allowed_and_the_next_call_is_not,
            calls_come_back_one_by_one,
            keys_are_counted_apart,
            a_hundred_at_once_never_exceed_the_limit,
            a_limit_of_nothing_allows_nothing,
            a_fact_is_remembered_for_its_time,
            a_fact_is_replaced,
        );
    };
    ($open:expr; $($case:ident),* $(,)?) => {
        $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $case() {
            $crate::contract::$case(&$open).await;
        })*
    };
}
pub(crate) use on;

pub async fn a_burst_is_allowed_and_the_next_call_is_not(counters: &dyn Counters) {
    let (key, three) = (fresh_key(), limit(3, HOUR));
    for remaining in [2, 1, 0] {
        let decision = counters.take(&key, three).await;
        assert!(decision.allowed);
        assert_eq!((decision.limit, decision.remaining), (3, remaining));
    }
    let refused = counters.take(&key, three).await;
    assert!(!refused.allowed);
    assert_eq!(refused.remaining, 0);
    let minutes = |d: Duration| d.as_secs().div_ceil(60);
    assert_eq!((minutes(refused.reset_after), minutes(refused.retry_after)), (60, 20));
}

pub async fn calls_come_back_one_by_one(counters: &dyn Counters) {
    let (key, fast) = (fresh_key(), limit(2, Duration::from_millis(400)));
    while counters.take(&key, fast).await.allowed {}
    let refused = counters.take(&key, fast).await;
    assert!(refused.retry_after <= Duration::from_millis(200), "{refused:?}");
    tokio::time::sleep(refused.retry_after + Duration::from_millis(5)).await;
    assert!(counters.take(&key, fast).await.allowed);
}

pub async fn keys_are_counted_apart(counters: &dyn Counters) {
    let (one, other) = (fresh_key(), fresh_key());
    assert!(counters.take(&one, limit(1, HOUR)).await.allowed);
    assert!(!counters.take(&one, limit(1, HOUR)).await.allowed);
    assert!(counters.take(&other, limit(1, HOUR)).await.allowed);
}

pub async fn a_hundred_at_once_never_exceed_the_limit(counters: &dyn Counters) {
    let key = fresh_key();
    let calls = (0..100).map(|_| counters.take(&key, limit(10, HOUR)));
    let allowed = join_all(calls).await.iter().filter(|decision| decision.allowed).count();
    assert_eq!(allowed, 10);
}

pub async fn a_limit_of_nothing_allows_nothing(counters: &dyn Counters) {
    assert!(!counters.take(&fresh_key(), limit(0, HOUR)).await.allowed);
}

pub async fn a_fact_is_remembered_for_its_time(counters: &dyn Counters) {
    let key = fresh_key();
    assert_eq!(counters.get_fact(&key).await, None);
    counters.put_fact(&key, b"seen \0\xff", HOUR).await;
    assert_eq!(counters.get_fact(&key).await.as_deref(), Some(&b"seen \0\xff"[..]));

    let brief = fresh_key();
    counters.put_fact(&brief, b"seen", Duration::from_millis(20)).await;
    tokio::time::sleep(Duration::from_millis(60)).await;
    assert_eq!(counters.get_fact(&brief).await, None);
}

pub async fn a_fact_is_replaced(counters: &dyn Counters) {
    let key = fresh_key();
    counters.put_fact(&key, b"old", HOUR).await;
    counters.put_fact(&key, b"new", HOUR).await;
    assert_eq!(counters.get_fact(&key).await.as_deref(), Some(&b"new"[..]));
}
