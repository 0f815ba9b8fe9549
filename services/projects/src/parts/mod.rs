//! The parts of a site: zones, and levels in a zone or in the site itself.

mod api;
mod model;
mod store;

pub(crate) use api::routes;
