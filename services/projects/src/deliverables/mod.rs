//! Deliverables: what a project hands over, for a sponsor to validate.

mod api;
mod model;
mod store;

pub(crate) use api::routes;
