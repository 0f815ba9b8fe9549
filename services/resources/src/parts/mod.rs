//! Spare parts, and how much of them is in the depots and on the vehicles.

mod api;
mod model;
mod stock;
mod store;

pub(crate) use api::routes;
