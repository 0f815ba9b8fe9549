//! Contracts with clients (marchés) and their schedules of values.

mod api;
mod events;
pub(crate) mod model;
mod store;

pub(crate) use api::routes;
pub(crate) use store::{find, lock};
