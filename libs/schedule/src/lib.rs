//! The schedule engine: calendars, the critical path method, what a move does to all that depends
//! on it. No I/O and no zone: times are a plan's local wall time, in whole minutes.

pub mod calendar;
pub mod holidays;
pub mod plan;

pub use calendar::{Calendar, Exception, Hours};
pub use plan::{
    Constraint, Dates, Lag, LagCalendar, Link, LinkKind, Plan, Progress, Refused, Schedule, Task,
    Work,
};
