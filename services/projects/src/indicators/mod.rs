//! What is measured of a project, from what the services publish of it, and the limits beyond
//! which it is a risk.

mod api;
mod events;
mod model;
mod store;

pub(crate) use api::routes;
#[cfg(test)]
pub(crate) use model::RiskThresholds;
pub(crate) use model::{Figures, Level, Limits, RiskIndicator, RiskIndicators};
pub(crate) use store::{figures, thresholds};
