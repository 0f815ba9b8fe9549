//! KPIs: what a project's steering follows, and where it should be.

mod api;
mod events;
mod model;
mod store;

pub(crate) use api::routes;
pub(crate) use model::SteeringKpi;
pub(crate) use store::of_project;
