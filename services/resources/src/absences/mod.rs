//! Absences: when a worker cannot be planned, and leave that workers ask for. A change of what is in
//! force is a change of the worker.

mod api;
pub(crate) mod model;
mod store;

pub(crate) use api::routes;
