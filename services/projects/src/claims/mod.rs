//! Progress claims (situations de travaux): what was done so far under a contract, what of it was
//! claimed before, and what is to be paid now; and the credit notes (avoirs) that correct them.
//! Those of a contract with a client go out, those of a subcontract come in: what is accepted of
//! them is a cost under its order.

mod api;
mod events;
mod figures;
mod model;
mod moves;
mod store;

pub(crate) use api::routes;
pub(crate) use model::Claim;
