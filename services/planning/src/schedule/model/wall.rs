//! Local wall time. The engine knows no zone: a plan is calculated in the wall time of one, and
//! the moments of a night when clocks change are read here, and only here.

use chrono::{DurationRound, NaiveDateTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use kernel::Timestamp;

/// A plan's wall clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wall(pub Tz);

impl Wall {
    /// What the clock shows at a moment, without its seconds.
    pub fn at(self, moment: Timestamp) -> NaiveDateTime {
        let shown = moment.with_timezone(&self.0).naive_local();
        shown.duration_trunc(TimeDelta::minutes(1)).unwrap_or(shown)
    }

    /// The same, rounded up to the minute: what is used by then is free after it.
    pub fn by(self, moment: Timestamp) -> NaiveDateTime {
        let shown = self.at(moment);
        let whole = shown == moment.with_timezone(&self.0).naive_local();
        if whole { shown } else { shown + TimeDelta::minutes(1) }
    }

    /// A span as the clock shows it, without seconds at either end, so that what follows upon
    /// something still does. Whatever takes time takes a minute.
    pub fn span(self, from: Timestamp, to: Timestamp) -> (NaiveDateTime, NaiveDateTime) {
        let (start, end) = (self.at(from), self.at(to));
        (start, if from < to { end.max(start + TimeDelta::minutes(1)) } else { end.max(start) })
    }

    /// The moment at which the clock shows `shown`. Later is never earlier: a minute that the
    /// clock skips is the moment of the change, and one that it shows twice is the first.
    pub fn moment(self, shown: NaiveDateTime) -> Timestamp {
        // Zones skip an hour, and once (Samoa, 2011) a whole day.
        let read = (0..=26 * 60).find_map(|skipped| {
            self.0.from_local_datetime(&(shown + TimeDelta::minutes(skipped))).earliest()
        });
        read.map_or_else(|| Utc.from_utc_datetime(&shown), |moment| moment.with_timezone(&Utc))
    }

    /// How many minutes another zone's clock is ahead of this one's at a moment.
    pub fn ahead(self, other: Tz, moment: Timestamp) -> i32 {
        let of = |zone: Tz| moment.with_timezone(&zone).naive_local();
        let minutes = (of(other) - of(self.0)).num_minutes();
        i32::try_from(minutes).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn shown(text: &str) -> NaiveDateTime {
        text.parse().unwrap()
    }

    #[test]
    fn a_minute_that_paris_skips_is_the_moment_of_the_change() {
        let paris = Wall(chrono_tz::Europe::Paris);
        let change = at("2026-03-29T01:00:00Z");
        assert_eq!(paris.moment(shown("2026-03-29T01:59:00")), at("2026-03-29T00:59:00Z"));
        for skipped in ["02:00", "02:30", "02:59"] {
            assert_eq!(paris.moment(shown(&format!("2026-03-29T{skipped}:00"))), change);
        }
        assert_eq!(paris.moment(shown("2026-03-29T03:00:00")), change);
        assert_eq!(paris.at(change), shown("2026-03-29T03:00:00"));
    }

    #[test]
    fn a_minute_that_paris_shows_twice_is_the_first() {
        let paris = Wall(chrono_tz::Europe::Paris);
        assert_eq!(paris.moment(shown("2026-10-25T02:30:00")), at("2026-10-25T00:30:00Z"));
        assert_eq!(paris.at(at("2026-10-25T01:30:00Z")), shown("2026-10-25T02:30:00"));
        assert_eq!(paris.moment(shown("2026-10-25T03:00:00")), at("2026-10-25T02:00:00Z"));
    }

    #[test]
    fn later_on_the_clock_is_never_earlier_and_morocco_changes_in_ramadan() {
        for (zone, from) in [
            (chrono_tz::Europe::Paris, "2026-03-28T22:00:00"),
            (chrono_tz::Europe::Paris, "2026-10-24T22:00:00"),
            (chrono_tz::Africa::Casablanca, "2026-02-14T22:00:00"),
            (chrono_tz::Africa::Casablanca, "2026-03-21T22:00:00"),
            (chrono_tz::Pacific::Apia, "2011-12-29T22:00:00"),
        ] {
            let wall = Wall(zone);
            let moments: Vec<_> =
                (0..30 * 60).map(|m| wall.moment(shown(from) + TimeDelta::minutes(m))).collect();
            assert!(moments.is_sorted(), "{zone}");
        }
    }

    #[test]
    fn seconds_are_cut_and_what_takes_time_takes_a_minute() {
        let utc = Wall(Tz::UTC);
        let moment = at("2026-03-02T08:00:30Z");
        assert_eq!(utc.at(moment), shown("2026-03-02T08:00:00"));
        assert_eq!(utc.by(moment), shown("2026-03-02T08:01:00"));
        assert_eq!(utc.by(at("2026-03-02T08:00:00Z")), shown("2026-03-02T08:00:00"));
        let minute = (shown("2026-03-02T08:00:00"), shown("2026-03-02T08:01:00"));
        assert_eq!(utc.span(moment, at("2026-03-02T08:00:40Z")), minute);
        assert_eq!(utc.span(moment, at("2026-03-02T08:01:59Z")), minute);
        assert_eq!(utc.span(moment, moment), (minute.0, minute.0));
    }
}
