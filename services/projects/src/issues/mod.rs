//! Issues: matters of a project that somebody must settle. Not the field's incidents.

mod api;
mod model;
mod store;

pub(crate) use api::routes;
