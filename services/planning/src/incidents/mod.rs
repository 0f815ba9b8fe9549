//! Incidents: what went wrong on a site, who saw it, and how it was dealt with.

mod api;
mod model;
mod store;

pub(crate) use api::routes;
pub(crate) use model::Incident;
pub(crate) use store::recent;
