//! After how long an incident that nobody deals with is passed on: the firm's settings.
//!
//! Who reports an incident reads the times under a lock that is shared, who sets them holds it
//! alone: so whoever looks for open incidents after other times were set finds all that were
//! reported under the ones before.

mod api;
mod events;
mod model;
mod store;

pub(crate) use api::routes;
pub(crate) use model::EscalationTimes;
pub(crate) use store::{hold, setting};
