//! When work is done: a week of hours, and the days that differ from it.

use chrono::NaiveDate;

/// A stretch of a day's work, in minutes since midnight: `from < to <= 1440`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Hours {
    /// First minute.
    pub from: u16,
    /// The minute after the last one; 1440 is the end of the day.
    pub to: u16,
}

/// Days that differ from the usual week: holidays, closures, weather days, or extra work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exception {
    /// What it is, as people call it.
    pub name: String,
    /// First day.
    pub from: NaiveDate,
    /// Last day.
    pub to: NaiveDate,
    /// The hours worked on each of these days, in order and apart; none on a day off.
    pub hours: Vec<Hours>,
}

/// When work is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    /// What people call it.
    pub name: String,
    /// The hours of each weekday from Monday on, in order and apart.
    pub week: [Vec<Hours>; 7],
    /// The days that differ; where two cover a day, the later in the list counts.
    pub exceptions: Vec<Exception>,
}
