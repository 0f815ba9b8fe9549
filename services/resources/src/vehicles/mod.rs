//! Vehicles, and who drives which one when.

mod api;
mod drives;
mod model;
mod store;

pub(crate) use api::routes;
