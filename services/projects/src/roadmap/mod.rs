//! The roadmap: all projects somebody sees, with what is planned and how far it is.

mod api;
mod model;
mod store;

pub(crate) use api::routes;
