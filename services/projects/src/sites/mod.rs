//! Sites (chantiers): where the work of a project is done, and the fence around it.

mod api;
mod events;
mod model;
mod store;

pub(crate) use api::routes;
