//! When reminders before a last day come, and which are due: each is given once, whatever the clock
//! does.

use chrono::{Days, NaiveDate, NaiveTime, TimeZone};
use chrono_tz::Tz;
use kernel::Timestamp;

/// When in the day of the firm's zone.
const HOUR: u32 = 6;

/// When a reminder comes: six in the morning so many days before, in the firm's zone.
pub fn comes_at(expires_on: NaiveDate, days: i32, zone: Tz) -> Timestamp {
    let before = Days::new(u64::from(days.unsigned_abs()));
    let day = expires_on.checked_sub_days(before).unwrap_or(expires_on);
    let at = day.and_time(NaiveTime::from_hms_opt(HOUR, 0, 0).unwrap_or_default());
    // No zone skips six in the morning today; should one ever, UTC is near enough.
    zone.from_local_datetime(&at).earliest().map_or_else(|| at.and_utc(), |at| at.to_utc())
}

/// Which of the `wanted` reminders before a last day are now given; none where nobody is to be
/// told. Of several that are due at once (the clock jumped, or the thing came late) the most urgent
/// speaks for all.
pub fn due(
    expires_on: NaiveDate,
    wanted: &[i32],
    given: &[i32],
    zone: Tz,
    now: Timestamp,
) -> Vec<i32> {
    let is_due = |days: &&i32| comes_at(expires_on, **days, zone) <= now;
    let due: Vec<i32> = wanted.iter().filter(is_due).copied().collect();
    match due.iter().min() {
        Some(nearest) if !given.iter().any(|days| days <= nearest) => {
            due.into_iter().filter(|days| !given.contains(days)).collect()
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_reminder_comes_in_the_morning_of_the_firms_zone_also_when_summer_time_begins() {
        let day = NaiveDate::from_ymd_opt(2026, 3, 29).unwrap();
        assert_eq!(comes_at(day, 0, Tz::Europe__Paris), at("2026-03-29T04:00:00Z"));
        assert_eq!(comes_at(day, 1, Tz::Europe__Paris), at("2026-03-28T05:00:00Z"));
        assert_eq!(comes_at(day, 0, Tz::Africa__Dakar), at("2026-03-29T06:00:00Z"));
    }

    #[test]
    fn of_several_that_are_due_the_most_urgent_speaks_for_all_and_none_comes_twice() {
        let day = NaiveDate::from_ymd_opt(2026, 3, 31).unwrap();
        let now = |text, given: &[i32]| due(day, &[30, 7, 0], given, Tz::Africa__Dakar, at(text));
        assert!(now("2026-03-01T05:59:59Z", &[]).is_empty());
        assert_eq!(now("2026-03-01T06:00:00Z", &[]), [30]);
        assert!(now("2026-03-01T06:00:00Z", &[30]).is_empty());
        assert_eq!(now("2026-03-30T00:00:00Z", &[]), [30, 7]);
        assert_eq!(now("2026-03-24T06:00:00Z", &[30]), [7]);
        assert_eq!(now("2030-01-01T00:00:00Z", &[30, 7]), [0]);
        // The clock went back after the last was given.
        assert!(now("2026-03-01T06:00:00Z", &[30, 7, 0]).is_empty());
        assert!(now("2026-03-25T00:00:00Z", &[0]).is_empty());
    }
}
