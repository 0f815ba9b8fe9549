//! Runs: the steps by which a tenant is made or unmade. Every step can be repeated, and what is
//! done is written down step by step, so whoever goes on after a crash goes on there.

mod api;
mod model;
mod steps;
pub(crate) mod store;
mod worker;

pub(crate) use api::routes;
pub use model::Step;
pub use worker::Provisioner;
