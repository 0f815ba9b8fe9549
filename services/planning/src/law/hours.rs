//! The usual hours of workers, and what of a task is work by them. No I/O.

use chrono::{Datelike, Duration, NaiveDate, TimeDelta};
use chrono_tz::Tz;
use labour::Span;

/// The longest span that may be one day's work.
pub const DAY: TimeDelta = TimeDelta::hours(16);
/// The longest that breaks in a night's work take.
const BREAKS: TimeDelta = TimeDelta::hours(2);

/// A span of the usual hours of a week day, in the zone of the site that is worked on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hours {
    /// The week day whose work it is, 1 for Monday (ISO 8601).
    pub day: i16,
    /// From this minute of the day; past 1,440 it begins in the night after it.
    pub from: u32,
    /// To this minute.
    pub to: u32,
}

/// The usual hours of a day's work, in order; they may end in the next day.
pub fn of_day(hours: &[Hours], zone: Tz, day: NaiveDate) -> Vec<Span> {
    let week_day = i64::from(day.weekday().number_from_monday());
    let own = hours.iter().filter(|hours| i64::from(hours.day) == week_day);
    let at = |minute| labour::minute_of(zone, day, minute);
    let mut spans: Vec<_> = own.map(|hours| Span::new(at(hours.from), at(hours.to))).collect();
    spans.sort();
    // A night in which the clocks skip them has none of them.
    spans.retain(|span| span.from < span.to);
    spans
}

/// The days whose work may lie in a span: hours over midnight are the day's on which they began.
pub fn days_near(span: Span, zone: Tz) -> impl Iterator<Item = NaiveDate> {
    let last = labour::day_of(zone, span.to);
    let first = labour::day_of(zone, span.from) - Duration::days(1);
    first.iter_days().take_while(move |day| *day <= last)
}

/// A day's work from its first hour to its last; none on a day off.
pub fn whole(hours: &[Hours], zone: Tz, day: NaiveDate) -> Option<Span> {
    let hours = of_day(hours, zone, day);
    Some(Span::new(hours.first()?.from, hours.last()?.to))
}

/// Whether a span is one day's work, or a night's: it is not too long, and is worked through, or does
/// not go from one day's hours into another's. `work` is how much of it is to be worked.
pub fn in_one_go(span: Span, work: TimeDelta, zone: Tz, hours: &[Hours]) -> bool {
    let touched = || {
        let days = days_near(span, zone).filter_map(|day| whole(hours, zone, day));
        days.filter(|day| day.from < span.to && span.from < day.to).count()
    };
    span.to - span.from <= DAY && (worked_through(span, work, zone) || touched() <= 1)
}

/// Whether a span lies in one day, or has no more than a night's breaks beside the work.
pub fn worked_through(span: Span, work: TimeDelta, zone: Tz) -> bool {
    let last = labour::day_of(zone, (span.to - TimeDelta::seconds(1)).max(span.from));
    labour::day_of(zone, span.from) == last || span.to - span.from - work <= BREAKS
}

/// What of a task's span is work. Of one that is one day's work all but the pauses of the worker's
/// hours that lie within it; what it begins or ends in is worked. Of another the worker's hours in
/// it: somebody without hours works none of it.
pub fn pieces(span: Span, work: TimeDelta, zone: Tz, hours: &[Hours]) -> Vec<Span> {
    let days: Vec<Vec<Span>> = days_near(span, zone).map(|day| of_day(hours, zone, day)).collect();
    if !in_one_go(span, work, zone, hours) {
        let within = days.iter().flatten();
        let within = within.map(|s| Span::new(s.from.max(span.from), s.to.min(span.to)));
        return labour::union(within.filter(|span| span.from < span.to));
    }
    let mut pieces = Vec::new();
    let mut from = span.from;
    for pair in days.iter().flat_map(|day| day.windows(2)) {
        let pause = Span::new(pair[0].to, pair[1].from);
        if from < pause.from && pause.from < pause.to && pause.to < span.to {
            pieces.push(Span::new(from, pause.from));
            from = pause.to;
        }
    }
    pieces.push(Span::new(from, span.to));
    pieces
}

#[cfg(test)]
mod tests {
    use kernel::Timestamp;

    use super::*;

    fn at(text: &str) -> Timestamp {
        format!("2026-03-{text}:00Z").parse().unwrap()
    }

    fn minutes(text: &str) -> u32 {
        let (hour, minute) = text.split_once(':').unwrap();
        hour.parse::<u32>().unwrap() * 60 + minute.parse::<u32>().unwrap()
    }

    fn week(hours: &[(i16, &str, &str)]) -> Vec<Hours> {
        let span = |(day, from, to): &(i16, &str, &str)| Hours {
            day: *day,
            from: minutes(from),
            to: minutes(to),
        };
        hours.iter().map(span).collect()
    }

    /// Minutes of each piece.
    fn worked(from: &str, to: &str, hours: &[(i16, &str, &str)]) -> Vec<i64> {
        worked_of(from, to, 60, hours)
    }

    /// The same of a task with so many minutes of work.
    fn worked_of(from: &str, to: &str, work: i64, hours: &[(i16, &str, &str)]) -> Vec<i64> {
        let (span, work) = (Span::new(at(from), at(to)), TimeDelta::minutes(work));
        let spans = pieces(span, work, Tz::UTC, &week(hours));
        spans.into_iter().map(|s| (s.to - s.from).num_minutes()).collect()
    }

    #[test]
    fn long_tasks_are_worked_in_the_workers_hours() {
        let hours = [(1, "08:00", "12:00"), (1, "13:00", "17:00"), (2, "08:00", "12:00")];
        // Monday 2 March 2026.
        assert_eq!(worked("02T09:00", "04T09:00", &hours), [180, 240, 240]);
        assert_eq!(worked("04T00:00", "06T00:00", &hours), [0_i64; 0]);
    }

    #[test]
    fn a_task_from_one_days_work_into_the_next_rests_in_between() {
        let hours = [(1, "08:00", "17:00"), (2, "07:00", "16:00")];
        assert_eq!(worked("02T16:00", "03T07:30", &hours), [60, 30]);
        // One that the hours of a single day touch is worked through, and so is what says so.
        assert_eq!(worked("02T16:00", "03T00:30", &hours), [510]);
        assert_eq!(worked_of("02T16:00", "03T07:30", 900, &hours), [930]);
        assert_eq!(worked("02T07:00", "02T22:00", &hours), [900], "within a day it always is");
    }

    #[test]
    fn hours_over_midnight_are_one_days_work() {
        let nights = [(1, "22:00", "30:00"), (2, "22:00", "30:00")];
        assert_eq!(worked("02T22:00", "03T06:00", &nights), [480]);
        assert_eq!(worked("03T01:00", "03T05:00", &nights), [240]);
        // From one evening to the next morning but one.
        assert_eq!(worked("02T23:00", "04T05:00", &nights), [420, 420]);
        let pause = [(1, "21:00", "26:00"), (1, "26:30", "30:00")];
        assert_eq!(worked("02T21:00", "03T06:00", &pause), [300, 210]);
    }

    #[test]
    fn hours_are_what_the_clocks_show_in_a_night_that_they_change() {
        let sunday = "2026-03-29".parse().unwrap();
        let of = |hours: &[(i16, &str, &str)]| {
            let spans = of_day(&week(hours), Tz::Europe__Paris, sunday);
            spans.iter().map(|span| (span.to - span.from).num_minutes()).collect::<Vec<_>>()
        };
        assert_eq!(of(&[(7, "08:00", "12:00")]), [240], "eight is eight, an hour earlier in UTC");
        assert_eq!(of(&[(7, "00:00", "08:00")]), [420]);
        assert_eq!(of(&[(7, "02:00", "03:00")]), [0_i64; 0], "they skip it");
        let saturday = sunday.pred_opt().unwrap();
        let night = of_day(&week(&[(6, "22:00", "30:00")]), Tz::Europe__Paris, saturday);
        assert_eq!((night[0].to - night[0].from).num_hours(), 7);
    }

    #[test]
    fn a_pause_within_a_task_is_no_work() {
        // Told in any order.
        let hours = [(1, "13:00", "18:00"), (1, "07:00", "12:00")];
        assert_eq!(worked("02T07:00", "02T18:00", &hours), [300, 300]);
        assert_eq!(worked("02T06:00", "02T20:00", &hours), [360, 420]);
        let two = [hours[0], hours[1], (1, "19:00", "20:00")];
        assert_eq!(worked("02T11:00", "02T19:30", &two), [60, 300, 30]);
        // What begins or ends in the pause is worked in it, and so is one that is all of it.
        assert_eq!(worked("02T12:00", "02T13:00", &hours), [60]);
        assert_eq!(worked("02T12:00", "02T14:00", &hours), [120]);
        assert_eq!(worked("02T12:30", "02T18:00", &hours), [330]);
        assert_eq!(worked("02T07:00", "02T12:30", &hours), [330]);
        // Another day's pause is none.
        assert_eq!(worked("03T07:00", "03T18:00", &hours), [660]);
    }
}
