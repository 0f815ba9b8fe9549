//! Progress claims (situations de travaux): what was done so far under a contract, what of it was
//! claimed before, and what is to be paid now.

mod api;
mod events;
mod figures;
mod model;
mod moves;
mod store;

pub(crate) use api::routes;
