//! The time clock: who was on which site, from when to when, what for, and where the clock was
//! pressed.
//!
//! Positions are taken only by presses of the clock and while a worker is on a site
//! ([`web::Write::keep_position`]), and forgotten as docs/privacy.md says.

mod api;
mod codes;
mod forgotten;
mod model;
mod store;

pub(crate) use api::routes;
pub(crate) use forgotten::FindEnds;
pub(crate) use model::{Activity, FORGOTTEN, Kind as SegmentKind, TimeEntry};
pub(crate) use store::open::of as open_of;
pub(crate) use store::{is_active, lock_worker, of_worker, of_workers, recent};
