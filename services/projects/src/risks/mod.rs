//! Risks: what may go wrong on a project, how likely and how bad, and how that was judged over
//! time.

mod api;
mod events;
mod model;
mod store;

pub(crate) use api::routes;
pub(crate) use model::{Band, Risk};
pub(crate) use store::{person_exists, review_overdue, top, unreviewed};
