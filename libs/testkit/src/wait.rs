//! Waiting for what must come, without sleeping for a fixed time.

use std::time::{Duration, Instant};

/// Looks again and again until `look` answers, for at most two minutes (a
/// busy machine is not a fault). Panics with `what` then.
pub async fn eventually<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_mins(2);
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(Instant::now() < deadline, "waited in vain for: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
