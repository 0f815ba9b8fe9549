//! Phases: the stretches a project goes through, in their order.

mod api;
mod events;
mod model;
mod store;

pub(crate) use api::routes;
