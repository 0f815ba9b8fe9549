//! The rule of rate limits: GCRA, the leaky bucket kept as one number.
//!
//! Source: ITU-T I.371, generic cell rate algorithm, virtual scheduling form. The number is the
//! *theoretical arrival time*, the instant at which the bucket will be full again; a call moves it
//! one interval ahead, and is refused when that would put it further ahead of now than the window.

use std::time::Duration;

/// Keeps the arithmetic within what Lua's numbers hold exactly.
const LONGEST: Duration = Duration::from_hours(24 * 365);

/// How many calls are allowed: `burst` at once, and `burst` per `per` in the long run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// Calls allowed at once. Zero allows none.
    pub burst: u32,
    /// Time in which an emptied bucket fills again, a year at most.
    pub per: Duration,
}

impl Limit {
    /// Microseconds that one call costs.
    pub(crate) fn interval(self) -> i64 {
        let per = self.per.min(LONGEST).as_micros() as i64;
        (per / i64::from(self.burst.max(1))).max(1)
    }

    /// Microseconds that a whole burst costs.
    pub(crate) fn window(self) -> i64 {
        self.interval() * i64::from(self.burst)
    }
}

/// What became of a call, in the terms of the `RateLimit` headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    /// Whether the call may go on.
    pub allowed: bool,
    /// Calls allowed at once.
    pub limit: u32,
    /// Calls that would be allowed right now, after this one.
    pub remaining: u32,
    /// Until all of `limit` would be allowed again.
    pub reset_after: Duration,
    /// Until one call would be allowed again; zero if one would be now.
    pub retry_after: Duration,
}

impl Decision {
    /// The decision that leaves the bucket full again in `ahead` microseconds.
    pub(crate) fn new(limit: Limit, allowed: bool, ahead: i64) -> Self {
        let micros = |n: i64| Duration::from_micros(n.max(0).unsigned_abs());
        let (interval, room) = (limit.interval(), limit.window() - ahead);
        Self {
            allowed,
            limit: limit.burst,
            remaining: u32::try_from(room / interval).unwrap_or(0),
            reset_after: micros(ahead),
            retry_after: micros(interval - room),
        }
    }
}

/// Whether a call at `now` is allowed, and the arrival time after it.
///
/// An arrival time further ahead than the window can only come from a clock that was set back: it
/// is drawn in, so that nobody is locked out for as long as the clock was wrong.
pub(crate) fn advance(limit: Limit, arrival: i64, now: i64) -> (bool, i64) {
    let arrival = arrival.min(now + limit.window()).max(now);
    let next = arrival + limit.interval();
    if next - now <= limit.window() { (true, next) } else { (false, arrival) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEN_A_SECOND: Limit = Limit { burst: 10, per: Duration::from_secs(1) };

    #[test]
    fn a_burst_is_allowed_then_one_per_interval() {
        let (mut arrival, mut allowed) = (0, true);
        for _ in 0..10 {
            assert!(allowed);
            (allowed, arrival) = advance(TEN_A_SECOND, arrival, 5_000_000);
        }
        assert_eq!(advance(TEN_A_SECOND, arrival, 5_000_000), (false, arrival));
        assert_eq!(advance(TEN_A_SECOND, arrival, 5_099_999), (false, arrival));
        assert_eq!(advance(TEN_A_SECOND, arrival, 5_100_000), (true, arrival + 100_000));
    }

    #[test]
    fn a_clock_set_back_locks_nobody_out_longer_than_the_window() {
        let (_, arrival) = advance(TEN_A_SECOND, 0, 3_600_000_000);
        assert_eq!(advance(TEN_A_SECOND, arrival, 0), (false, 1_000_000));
    }

    #[test]
    fn a_decision_tells_what_is_left() {
        let allowed = Decision::new(TEN_A_SECOND, true, 300_000);
        assert_eq!((allowed.remaining, allowed.retry_after), (7, Duration::ZERO));
        let refused = Decision::new(TEN_A_SECOND, false, 950_000);
        assert_eq!((refused.remaining, refused.retry_after), (0, Duration::from_millis(50)));
        assert_eq!(refused.reset_after, Duration::from_millis(950));
    }

    #[test]
    fn a_limit_of_nothing_allows_nothing() {
        let nothing = Limit { burst: 0, per: Duration::from_secs(1) };
        assert_eq!(advance(nothing, 0, 0), (false, 0));
        assert_eq!(Decision::new(nothing, false, 0).remaining, 0);
    }

    #[test]
    fn absurd_limits_do_not_overflow() {
        for burst in [0, 1, u32::MAX] {
            for per in [Duration::ZERO, Duration::MAX] {
                let limit = Limit { burst, per };
                advance(limit, i64::MAX / 8, i64::MAX / 8);
            }
        }
    }
}
