//! Checklists: templates with their versions, and their answers for a task.

mod api;
mod events;
pub(crate) mod model;
mod seed;
pub(crate) mod store;

pub(crate) use api::routes;
pub(crate) use seed::seed;
