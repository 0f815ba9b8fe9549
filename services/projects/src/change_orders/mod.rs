//! Change orders (avenants): what changes in what was ordered, its price and its time.

mod api;
mod model;
mod store;

pub(crate) use api::routes;
