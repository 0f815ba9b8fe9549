//! Whose day work is: a night's work is that of the day on which it began.

use chrono::{NaiveDate, TimeDelta};
use chrono_tz::Tz;

use crate::local;
use crate::span::Span;

/// A pause in a night's work is shorter: than the least rest that any agreement may set between two
/// days (nine hours: Code du travail, art. D3131-6).
const PAUSE: TimeDelta = TimeDelta::hours(9);
/// A night's work ends by this minute of the day.
const NOON: u32 = 12 * 60;

/// What of some work lies in a calendar day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// The day.
    pub day: NaiveDate,
    /// The day whose work it is: the one before, where it is the end of a night's work.
    pub work_day: NaiveDate,
    /// From when to when.
    pub span: Span,
}

impl Part {
    /// Whether it is the end of a night's work, which began the day before.
    pub fn is_night(&self) -> bool {
        self.work_day < self.day
    }
}

/// Spans of work in the order of time, cut where days begin. What goes on over midnight, with pauses
/// of less than nine hours, and ends by noon is the night's work of the day before.
pub fn parts<'a>(zone: Tz, spans: impl IntoIterator<Item = &'a Span>) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    for span in spans {
        for day in local::days(zone, *span) {
            let whole = local::day(zone, day);
            let span = Span::new(span.from.max(whole.from), span.to.min(whole.to));
            let goes_on = parts
                .last()
                .is_some_and(|last| last.work_day < day && span.from - last.span.to < PAUSE);
            let night = goes_on && span.to <= local::minute_of(zone, day, NOON);
            let work_day = if night { day.pred_opt().unwrap_or(day) } else { day };
            parts.push(Part { day, work_day, span });
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The day of March 2026 and the one whose work it is, and minutes, of each part.
    fn told(spans: &[(&str, &str)]) -> Vec<(String, String, i64)> {
        let at = |text: &str| format!("2026-03-{text}:00Z").parse().unwrap();
        let spans: Vec<_> = spans.iter().map(|(from, to)| Span::new(at(from), at(to))).collect();
        let day = |day: NaiveDate| day.format("%d").to_string();
        let part = |part: Part| (day(part.day), day(part.work_day), part.span.seconds() / 60);
        parts(Tz::UTC, &spans).into_iter().map(part).collect()
    }

    fn are(all: &[(&str, &str, i64)]) -> Vec<(String, String, i64)> {
        all.iter().map(|(day, of, long)| ((*day).to_owned(), (*of).to_owned(), *long)).collect()
    }

    #[test]
    fn a_nights_work_is_that_of_the_day_it_began_on() {
        assert_eq!(told(&[("02T22:00", "03T06:00")]), are(&[("02", "02", 120), ("03", "02", 360)]));
        // With a pause on either side of midnight.
        let paused = [("02T20:00", "02T23:30"), ("03T00:30", "03T03:00"), ("03T04:00", "03T06:00")];
        let parts = [("02", "02", 210), ("03", "02", 150), ("03", "02", 120)];
        assert_eq!(told(&paused), are(&parts));
        assert_eq!(told(&[("02T22:00", "03T00:00")]), are(&[("02", "02", 120)]));
    }

    #[test]
    fn a_longer_pause_or_work_past_noon_is_another_days() {
        let early = [("02T17:00", "02T20:00"), ("03T05:00", "03T10:00")];
        assert_eq!(told(&early), are(&[("02", "02", 180), ("03", "03", 300)]));
        let long = [("02T22:00", "03T12:01")];
        assert_eq!(told(&long), are(&[("02", "02", 120), ("03", "03", 721)]));
        // Thirty hours and more: the last morning is the second day's.
        let longer = [("02T20:00", "04T05:00")];
        let parts = [("02", "02", 240), ("03", "03", 1440), ("04", "03", 300)];
        assert_eq!(told(&longer), are(&parts));
        // A night, and the evening of the next day.
        let next = [("02T22:00", "03T06:00"), ("03T22:00", "03T23:00")];
        let parts = [("02", "02", 120), ("03", "02", 360), ("03", "03", 60)];
        assert_eq!(told(&next), are(&parts));
    }
}
