//! Sites (chantiers): where the work of a project is done, and the fence around it.

mod api;
mod events;
pub(crate) mod model;
mod place;
pub(crate) mod store;

pub(crate) use api::routes;
pub(crate) use events::changed;
