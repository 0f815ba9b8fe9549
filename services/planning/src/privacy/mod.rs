//! What is kept of people, for how long, and forgetting it then. The table is in docs/privacy.md.

mod api;
mod job;
mod model;
mod store;

pub(crate) use api::routes;
pub(crate) use job::{Retain, next_look};
