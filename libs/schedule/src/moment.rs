//! Local wall time as whole minutes, and the years a plan may lie in.

use chrono::{DateTime, NaiveDate, NaiveDateTime};

/// A day's minutes.
pub(crate) const DAY: i64 = 24 * 60;

/// A week's minutes.
pub(crate) const WEEK: i64 = 7 * DAY;

/// Minute nought is a Monday, 1 January 1900, so that the minute of the week is a remainder.
const EPOCH_SECONDS: i64 = -2_208_988_800;

/// The first minute of 1950: dates before are mistakes.
pub(crate) const FIRST: i64 = 18_262 * DAY;

/// The first minute after 2150: work that ends later never ends.
pub(crate) const END: i64 = 91_676 * DAY;

/// The minutes between the first moment a plan may name and the last.
pub(crate) const YEARS: i64 = END - FIRST;

/// The minute a moment lies in.
pub(crate) fn minute(at: NaiveDateTime) -> i64 {
    (at.and_utc().timestamp() - EPOCH_SECONDS).div_euclid(60)
}

/// The first minute of a day.
pub(crate) fn midnight(day: NaiveDate) -> i64 {
    minute(day.and_time(chrono::NaiveTime::MIN))
}

/// The moment a minute begins; none outside the years we look at.
pub(crate) fn moment(minute: i64) -> Option<NaiveDateTime> {
    let known = (FIRST..=END).contains(&minute);
    let at = known.then(|| DateTime::from_timestamp(minute * 60 + EPOCH_SECONDS, 0));
    at.flatten().map(|at| at.naive_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on(text: &str) -> NaiveDateTime {
        text.parse().unwrap()
    }

    #[test]
    fn the_years_are_1950_to_2150_counted_from_a_monday() {
        assert_eq!(minute(on("1900-01-01T00:00:00")), 0);
        assert_eq!(moment(FIRST), Some(on("1950-01-01T00:00:00")));
        assert_eq!(moment(END), Some(on("2151-01-01T00:00:00")));
        assert_eq!(moment(FIRST - 1), None);
        assert_eq!(moment(END + 1), None);
    }

    #[test]
    fn seconds_belong_to_the_minute_they_are_in() {
        let noon = minute(on("2026-02-28T12:00:00"));
        assert_eq!(minute(on("2026-02-28T12:00:59")), noon);
        assert_eq!(moment(noon), Some(on("2026-02-28T12:00:00")));
    }
}
