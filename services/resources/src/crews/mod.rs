//! Crews: workers who go out together.

mod api;
mod events;
mod model;
mod store;

pub(crate) use api::routes;
