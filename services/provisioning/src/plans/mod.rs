//! Plans and the licence a tenant holds.

mod api;
pub(crate) mod store;

pub(crate) use api::routes;
