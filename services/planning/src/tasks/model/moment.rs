//! When a step counts as taken: by the device's clock, within what can be. No I/O.

use chrono::TimeDelta;
use kernel::Timestamp;

/// A time that lies so long before both the present and the task's plan is that of a clock that
/// stood still or began anew.
const OLDEST: TimeDelta = TimeDelta::days(30);

/// How far the clocks of two devices, or a device's and the server's, may differ without a doubt.
const ALIKE: TimeDelta = TimeDelta::minutes(2);

/// When a step counts as taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// The moment that counts.
    pub at: Timestamp,
    /// Whether what the device told could not be.
    pub doubtful: bool,
}

impl Moment {
    /// The moment of a step of which the device says that it was taken at `said`, its clock's
    /// error corrected where it is known, and of which the server hears `now`.
    ///
    /// It was not before the step before it (`last`), nor is it still to come. Where nothing came
    /// before and its clock is absurd, all that is known is that it was before `now`. What
    /// happened is not refused for its time, and a clock that began anew adds no years to the work.
    pub fn of(
        said: Timestamp,
        now: Timestamp,
        planned: Timestamp,
        last: Option<Timestamp>,
    ) -> Self {
        let absurd = said < now.min(planned) - OLDEST;
        let at = match last.map(|last| last.min(now)) {
            Some(last) if said < last => last,
            _ if absurd => now,
            _ => said.min(now),
        };
        Self { at, doubtful: (at - said).abs() > ALIKE }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A moment of the 2nd of March.
    fn at(time: &str) -> Timestamp {
        format!("2026-03-02T{time}:00Z").parse().unwrap()
    }

    fn of(said: Timestamp, last: Option<Timestamp>) -> Moment {
        Moment::of(said, at("12:00"), at("08:00"), last)
    }

    #[test]
    fn a_step_counts_when_the_device_says_between_the_one_before_and_now() {
        let sure = |at| Moment { at, doubtful: false };
        assert_eq!(of(at("09:00"), None), sure(at("09:00")));
        assert_eq!(of(at("09:00"), Some(at("09:00"))), sure(at("09:00")));
        assert_eq!(of(at("12:01"), None), sure(at("12:00")), "clocks differ a little");
        assert_eq!(of(at("09:00"), Some(at("09:02"))), sure(at("09:02")));
    }

    #[test]
    fn what_cannot_be_is_the_nearest_that_can_and_says_so() {
        let doubt = |at| Moment { at, doubtful: true };
        assert_eq!(of(at("08:00"), Some(at("09:00"))), doubt(at("09:00")));
        assert_eq!(of(at("19:00"), Some(at("09:00"))), doubt(at("12:00")));
        assert_eq!(of(at("19:00"), Some(at("12:30"))), doubt(at("12:00")), "nor later than now");
    }

    #[test]
    fn a_clock_that_began_anew_adds_no_hours() {
        let flat = "2020-01-01T00:05:00Z".parse().unwrap();
        let doubt = |at| Moment { at, doubtful: true };
        assert_eq!(of(flat, None), doubt(at("12:00")));
        assert_eq!(of(flat, Some(at("09:00"))), doubt(at("09:00")));
        let flatter = "2019-01-01T00:00:00Z".parse().unwrap();
        assert_eq!(of(flat, Some(flatter)), doubt(at("12:00")));
    }

    #[test]
    fn what_is_told_months_later_counts_when_it_was_planned() {
        let now = "2026-11-28T07:00:00Z".parse().unwrap();
        let late = Moment::of(at("08:00"), now, at("08:00"), None);
        assert_eq!(late, Moment { at: at("08:00"), doubtful: false });
    }
}
