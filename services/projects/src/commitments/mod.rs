//! Commitments: orders and subcontracts that bind the firm to pay.

mod api;
mod events;
mod model;
mod store;

pub(crate) use api::routes;
pub(crate) use model::Commitment;
pub(crate) use store::{find, is_of};
