//! The schedule engine: calendars, the critical path method, what a move does to all that depends
//! on it. No I/O and no zone: times are a plan's local wall time, in whole minutes.

pub mod calendar;
pub mod holidays;
mod moment;
mod network;
pub mod plan;
pub mod ruler;

pub use calendar::{Calendar, Exception, Hours};
pub use network::{Network, schedule};
pub use plan::{
    Constraint, Dates, Lag, LagCalendar, Link, LinkKind, Plan, Progress, Refused, Schedule, Task,
    Work,
};
pub use ruler::Ruler;
