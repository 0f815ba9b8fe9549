//! Milestones: what a project must reach by a day, and its acceptance.

mod api;
mod events;
mod model;
mod store;

pub(crate) use api::routes;
