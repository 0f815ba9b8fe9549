//! ISO weeks, in a place's own time.

use chrono::{Datelike, Days, NaiveDate};
use chrono_tz::Tz;
use labour::Span;

/// The name of the week that begins on a Monday.
pub fn week_of(monday: NaiveDate) -> String {
    let week = monday.iso_week();
    format!("{}-W{:02}", week.year(), week.week())
}

/// The Monday of a day's week.
pub fn monday_of(day: NaiveDate) -> NaiveDate {
    day - Days::new(u64::from(day.weekday().num_days_from_monday()))
}

/// The week that begins on a Monday in a zone.
pub fn span_of(monday: NaiveDate, zone: Tz) -> Span {
    Span::new(labour::midnight(zone, monday), labour::midnight(zone, monday + Days::new(7)))
}
