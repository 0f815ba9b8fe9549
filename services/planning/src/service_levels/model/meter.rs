//! How the time of a promise is counted: by the clock, or by a calendar's working hours, and not
//! while it is paused. No I/O.
//!
//! Everything is counted in moments, so an hour that a clock skips is none and one that it shows
//! twice is two.

use std::iter;

use chrono::{Days, NaiveDate, TimeDelta};
use kernel::Timestamp;

use crate::schedule::model::calendar::hours_on;
use crate::schedule::model::wall::Wall;

/// How many days ahead a promise can fall due at most: ten years.
const FURTHEST: u64 = 3653;

/// When time counts.
#[derive(Debug, Clone)]
pub enum Meter {
    /// Always.
    Clock,
    /// While a site works, by its calendar and its clock.
    Calendar(Box<engine::Calendar>, Wall),
}

/// A time in which a promise stands still. They come in the order of their beginnings and may
/// overlap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pause {
    /// When it began.
    pub since: Timestamp,
    /// When it ended; none while it goes on.
    pub until: Option<Timestamp>,
}

type Stretch = (Timestamp, Timestamp);

impl Meter {
    /// The moment at which so much time has been counted from `from` on; where there is never so
    /// much, ten years later. A pause that goes on counts as if it ended at once.
    pub fn after(&self, from: Timestamp, amount: TimeDelta, pauses: &[Pause]) -> Timestamp {
        let mut left = amount;
        let counted = self.stretches(from).flat_map(|stretch| without(stretch, pauses));
        for (begins, ends) in counted {
            if ends - begins >= left {
                return begins + left;
            }
            left -= ends - begins;
        }
        last(from)
    }

    /// How much of the time from one moment to another would have counted, had it not been paused;
    /// pauses that go on left out.
    pub fn paused(&self, from: Timestamp, to: Timestamp, pauses: &[Pause]) -> TimeDelta {
        let mut sum = TimeDelta::zero();
        let until = |(begins, ends): Stretch| (begins < to).then(|| (begins, ends.min(to)));
        for stretch in self.stretches(from).map_while(until) {
            sum += stretch.1 - stretch.0;
            sum -= without(stretch, pauses).iter().map(|(b, e)| *e - *b).sum::<TimeDelta>();
        }
        sum
    }

    /// The stretches of time that count, in their order, from a moment on.
    fn stretches(&self, from: Timestamp) -> Box<dyn Iterator<Item = Stretch> + '_> {
        match self {
            Self::Clock => Box::new(iter::once((from, last(from)))),
            Self::Calendar(calendar, wall) => {
                let first = wall.at(from).date();
                let days = (0..FURTHEST).filter_map(move |n| first.checked_add_days(Days::new(n)));
                let worked = days.flat_map(|day| worked(calendar, *wall, day));
                let ahead = worked.filter(move |(_, ends)| *ends > from);
                Box::new(ahead.map(move |(begins, ends)| (begins.max(from), ends)))
            }
        }
    }
}

fn last(from: Timestamp) -> Timestamp {
    from.checked_add_days(Days::new(FURTHEST)).unwrap_or(from)
}

fn worked(calendar: &engine::Calendar, wall: Wall, day: NaiveDate) -> Vec<Stretch> {
    let midnight = day.and_time(chrono::NaiveTime::MIN);
    let moment = |minute: u16| wall.moment(midnight + TimeDelta::minutes(minute.into()));
    hours_on(calendar, day).iter().map(|hours| (moment(hours.from), moment(hours.to))).collect()
}

/// What of a stretch is not paused.
fn without((mut begins, ends): Stretch, pauses: &[Pause]) -> Vec<Stretch> {
    let mut left = Vec::new();
    for pause in pauses {
        let Some(until) = pause.until.filter(|until| *until > begins) else { continue };
        if pause.since >= ends {
            break;
        }
        if pause.since > begins {
            left.push((begins, pause.since));
        }
        begins = until;
        if begins >= ends {
            return left;
        }
    }
    left.push((begins, ends));
    left
}

#[cfg(test)]
pub mod tests {
    use chrono_tz::Tz;

    use super::*;
    use crate::schedule::model::calendar::{always, usual};

    pub fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    pub fn pause(since: &str, until: &str) -> Pause {
        Pause { since: at(since), until: (!until.is_empty()).then(|| at(until)) }
    }

    /// Mondays to Fridays, 8 to 12 and 13 to 17.
    pub fn office(zone: Tz) -> Meter {
        Meter::Calendar(Box::new(usual()), Wall(zone))
    }

    fn after(meter: &Meter, from: &str, minutes: i64, pauses: &[Pause]) -> Timestamp {
        meter.after(at(from), TimeDelta::minutes(minutes), pauses)
    }

    #[test]
    fn the_clock_counts_every_minute_and_no_pause() {
        let clock = Meter::Clock;
        let from = "2026-03-06T16:00:00Z";
        assert_eq!(after(&clock, from, 240, &[]), at("2026-03-06T20:00:00Z"));
        let pauses = [
            pause("2026-03-06T15:00:00Z", "2026-03-06T16:30:00Z"),
            pause("2026-03-06T17:00:00Z", "2026-03-06T18:00:00Z"),
            // Two that overlap count once, one that is over before it begins not at all.
            pause("2026-03-06T17:30:00Z", "2026-03-06T18:30:00Z"),
            pause("2026-03-06T19:00:00Z", "2026-03-06T19:00:00Z"),
        ];
        assert_eq!(after(&clock, from, 240, &pauses), at("2026-03-06T22:00:00Z"));
        let stood = clock.paused(at(from), at("2026-03-06T22:00:00Z"), &pauses);
        assert_eq!(stood, TimeDelta::minutes(120));
        assert_eq!(clock.paused(at(from), at(from), &pauses), TimeDelta::zero());
        // One that goes on says nothing about the time after it.
        let open = [pause("2026-03-06T17:00:00Z", "")];
        assert_eq!(after(&clock, from, 240, &open), at("2026-03-06T20:00:00Z"));
    }

    #[test]
    fn working_time_stands_still_at_lunch_at_night_and_over_the_weekend() {
        let dakar = office(Tz::Africa__Dakar);
        assert_eq!(after(&dakar, "2026-03-06T16:00:00Z", 120, &[]), at("2026-03-09T09:00:00Z"));
        assert_eq!(after(&dakar, "2026-03-07T10:00:00Z", 60, &[]), at("2026-03-09T09:00:00Z"));
        assert_eq!(after(&dakar, "2026-03-06T11:30:00Z", 60, &[]), at("2026-03-06T13:30:00Z"));
        // What ends with the day is due that day, not the next morning.
        assert_eq!(after(&dakar, "2026-03-06T16:00:00Z", 60, &[]), at("2026-03-06T17:00:00Z"));
        // From Friday afternoon to Tuesday noon: of that, ten working hours.
        let weekend = [pause("2026-03-06T15:00:00Z", "2026-03-10T12:00:00Z")];
        let due = after(&dakar, "2026-03-06T14:00:00Z", 240, &weekend);
        assert_eq!(due, at("2026-03-10T16:00:00Z"));
        let stood = dakar.paused(at("2026-03-06T14:00:00Z"), due, &weekend);
        assert_eq!(stood, TimeDelta::hours(2 + 8 + 4));
    }

    #[test]
    fn an_hour_that_is_skipped_is_none_and_one_that_comes_twice_is_two() {
        let paris = Tz::Europe__Paris;
        // Office hours keep to the site's clock on both sides of the change.
        let spring = after(&office(paris), "2026-03-27T15:00:00Z", 120, &[]);
        assert_eq!(spring, at("2026-03-30T07:00:00Z"));
        let autumn = after(&office(paris), "2026-10-23T14:00:00Z", 120, &[]);
        assert_eq!(autumn, at("2026-10-26T08:00:00Z"));
        // A site that works around the clock works 23 hours on one day and 25 on the other.
        let around = Meter::Calendar(Box::new(always()), Wall(paris));
        for (from, hours) in [("2026-03-28T23:00:00Z", 23), ("2026-10-24T22:00:00Z", 25)] {
            let day = after(&around, from, hours * 60, &[]);
            assert_eq!(day, at(from) + TimeDelta::hours(hours), "by the clock");
            assert_eq!(Wall(paris).at(day).format("%H:%M").to_string(), "00:00");
        }
        let pauses = [pause("2026-03-29T00:30:00Z", "2026-03-29T01:30:00Z")];
        let due = after(&around, "2026-03-29T00:00:00Z", 60, &pauses);
        assert_eq!(due, at("2026-03-29T02:00:00Z"), "it was one hour, though the wall shows two");
    }

    #[test]
    fn a_site_that_never_works_again_lets_nothing_fall_due_for_ten_years() {
        let mut closed = usual();
        closed.week = Default::default();
        let never = Meter::Calendar(Box::new(closed), Wall(Tz::UTC));
        let due = after(&never, "2026-03-06T16:00:00Z", 60, &[]);
        assert_eq!((due - at("2026-03-06T16:00:00Z")).num_days(), 3653);
    }
}
