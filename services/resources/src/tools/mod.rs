//! Tools, and who or what holds them.

mod api;
mod model;
mod store;

pub(crate) use api::routes;
