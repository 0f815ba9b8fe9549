//! Who and what is free from when to when, and why not.

mod api;
mod model;
mod store;

pub(crate) use api::routes;
