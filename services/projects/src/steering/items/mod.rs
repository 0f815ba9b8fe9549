//! Decisions and actions that a meeting left, with who answers for them by when.

mod api;
mod events;
mod model;
mod store;

pub(crate) use api::routes;
pub(crate) use model::SteeringItem;
pub(crate) use store::open;
