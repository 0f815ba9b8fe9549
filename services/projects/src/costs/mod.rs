//! Costs: what was bought and what was used up.

mod api;
mod events;
mod model;
mod store;

pub(crate) use api::{record, routes};
pub(crate) use model::Cost;
