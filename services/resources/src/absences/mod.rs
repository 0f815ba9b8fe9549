//! Absences: when a worker cannot be planned. A change of them is a change of the worker.

mod api;
mod model;
mod store;

pub(crate) use api::routes;
