//! The one-page status of a project: how it stands, in what a steering committee looks at first.

mod api;
mod model;
mod page;
mod store;

pub(crate) use api::routes;
