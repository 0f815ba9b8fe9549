//! The time clock: who was on which site, from when to when, and where the clock was pressed.

mod api;
mod model;
mod store;

pub(crate) use api::routes;
pub(crate) use model::TimeEntry;
pub(crate) use store::recent;
