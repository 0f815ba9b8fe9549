//! Depots: where things are kept and days begin.

mod api;
mod model;
mod store;

pub(crate) use api::routes;
