//! The schedule engine: calendars, the critical path method, what a move does to all that depends
//! on it. No I/O and no zone: times are a plan's local wall time, in whole minutes.
//!
//! Start at [`Plan`], [`schedule`] it, or keep it as a [`Network`] and [edit](Network::edit) that.
//!
//! # Conventions
//!
//! They are Microsoft Project's, as MPXJ's `MicrosoftScheduler` (16.10, by Jon Iles, who checks it
//! against files of Microsoft Project) decides them:
//!
//! - Work starts at its first working minute and finishes at its last; a finish at the end of a day
//!   is not written as the start of the next. A milestone stands where its predecessor finished, be
//!   it the end of a day; else at the next working minute.
//! - Lag is counted in the successor's calendar, per cent lag of the predecessor's duration.
//! - A hard date goes before the links ("tasks will always honor their constraint dates"): *must*
//!   dates fix a task both early and late, so its float is nought; *no later than* pulls a task
//!   before what its links allow, and the predecessors show the negative float.
//! - A task with neither predecessors nor a *no earlier than* date starts with the plan. One with
//!   such a date starts then, before the plan's start if need be; so does the successor of a link
//!   with a lead. A finish-to-finish link alone does not pull a task before the plan's start.
//! - Late dates run back from the finish of the last task, and from deadlines and *no later than*
//!   dates where these are sooner. They are written as finishes: a milestone's late date is the end
//!   of a day where work goes on with the next.
//! - Total float is counted in the task's calendar, from start to late start; of what has begun from
//!   finish to late finish; of what goes as late as possible it is nought. What is done is not
//!   critical. Free float is the smallest gap to a successor's early dates, never negative, and the
//!   total float where there is none.
//! - What goes as late as possible is late within its total float, and what follows it then follows
//!   its late dates.
//! - What has begun keeps its start whatever its links ask. With a status date what is left of it
//!   goes on after that ("reschedule uncompleted work"), and what has not begun starts after it.
//! - A link to a summary binds all it holds; one from its finish waits for all, one from its start
//!   for the first. A summary takes *start no earlier than* and *finish no later than* for all it
//!   holds; other constraints it does not have.
//!
//! Where we differ from MPXJ, on purpose:
//!
//! - Late dates are the inverse of early ones also across calendars, so that a plan without hard
//!   dates has no negative float; MPXJ writes late dates as finishes before it carries them to
//!   another calendar, and loses the night between.
//! - Elapsed work starts at once, at night or on a weekend: Microsoft Project does (Paul E. Harris,
//!   "Managing Elapsed Duration Tasks in Microsoft Project", Eastwood Harris, 2024); MPXJ waits for
//!   working time.
//! - A date in time off is taken as the next working minute, or the last one for a finish; MPXJ
//!   writes it as it is.
//! - Elapsed lag is added to the predecessor's end, then the task laid before it for a link to a
//!   finish; MPXJ lays the task first.
//! - Free float is what the link leaves, by the calendars it is counted in; MPXJ subtracts the lag
//!   as a number, also where it is elapsed or another calendar's.
//! - Of several parts that start first in a summary, a link from its start binds all, as they start
//!   in the end; MPXJ the first in the list, as they start before the summaries' links are counted.
//! - Constraints and deadlines of summaries, pauses and the status date are honoured; MPXJ leaves
//!   them out. A start that is past is bound by nothing that follows.
//! - Times are whole minutes: per cent lag is rounded to the nearest.

pub mod calendar;
pub mod holidays;
mod moment;
mod network;
pub mod plan;
pub mod ruler;

pub use calendar::{Calendar, Exception, Hours};
pub use network::{Change, Delay, Demand, Edit, Levelling, Network, Resource, Shortage, schedule};
pub use plan::{
    Constraint, Dates, Lag, LagCalendar, Link, LinkKind, Plan, Progress, Refused, Schedule, Task,
    Work,
};
pub use ruler::Ruler;
