//! Days and hours of a place as instants.

use chrono::{
    DateTime, Datelike, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Utc,
};
use chrono_tz::Tz;

use crate::span::Span;

/// The instant a wall clock of `zone` shows `at`: the first where it shows it twice, the next that
/// it does show where the clocks skip it.
fn instant(zone: Tz, at: NaiveDateTime) -> DateTime<Utc> {
    // A change skips an hour as a rule, and once skipped a day (Samoa, 30 December 2011).
    let shown = (0..=100).find_map(|quarters| {
        zone.from_local_datetime(&(at + TimeDelta::minutes(15 * quarters))).earliest()
    });
    shown.map_or_else(|| at.and_utc(), |at| at.to_utc())
}

/// The instant a day begins in `zone`.
pub fn midnight(zone: Tz, day: NaiveDate) -> DateTime<Utc> {
    instant(zone, day.and_time(NaiveTime::MIN))
}

/// The instant of a minute of the day; past 1,440 it lies in the next day.
pub fn minute_of(zone: Tz, day: NaiveDate, minute: u32) -> DateTime<Utc> {
    instant(zone, day.and_time(NaiveTime::MIN) + TimeDelta::minutes(i64::from(minute)))
}

/// The day an instant belongs to in `zone`.
pub fn day_of(zone: Tz, at: DateTime<Utc>) -> NaiveDate {
    at.with_timezone(&zone).date_naive()
}

/// The day after.
pub(crate) fn next(day: NaiveDate) -> NaiveDate {
    day + Days::new(1)
}

/// The Monday of a day's ISO week.
pub(crate) fn monday(day: NaiveDate) -> NaiveDate {
    day - Days::new(u64::from(day.weekday().num_days_from_monday()))
}

/// A day of `zone` as a span.
pub(crate) fn day(zone: Tz, day: NaiveDate) -> Span {
    Span::new(midnight(zone, day), midnight(zone, next(day)))
}

/// The week of `zone` that begins on a Monday.
pub(crate) fn week(zone: Tz, monday: NaiveDate) -> Span {
    Span::new(midnight(zone, monday), midnight(zone, monday + Days::new(7)))
}

/// The days of `zone` that a span touches.
pub(crate) fn days(zone: Tz, span: Span) -> impl Iterator<Item = NaiveDate> {
    let last = day_of(zone, span.to - TimeDelta::nanoseconds(1));
    day_of(zone, span.from).iter_days().take_while(move |day| *day <= last)
}
