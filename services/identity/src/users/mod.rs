//! The firm's users: who they are, what they were granted, whether they may sign in.

mod api;
mod events;
pub(crate) mod model;
pub(crate) mod store;

pub(crate) use api::routes;
pub(crate) use events::changed;
