//! Earned value: what the work done by a day was worth, beside what was planned and what it cost.

mod api;
mod model;
mod store;

pub(crate) use api::{of, routes};
pub(crate) use model::EarnedValue;
#[cfg(test)]
pub(crate) use model::Sums;
