//! The SQL of plans.

pub(crate) mod baselines;
pub(crate) mod calendars;
pub(crate) mod links;
pub(crate) mod moves;
pub(crate) mod plan;
pub(crate) mod staff;
pub(crate) mod tasks;
