//! Earned value: what the work done by a day was worth, beside what was planned and what it cost.

mod api;
mod model;
mod store;

pub(crate) use api::routes;
