//! What hours cost: stays on sites, priced by the worker's hourly cost when they are told.
//!
//! The price of that moment stays: a later raise does not change what was spent, and a corrected
//! stay keeps its price. Hours of a worker without an hourly cost, or in a currency without a rate
//! that day, wait unpriced and are shown as such until the cost is set.

mod events;
mod job;
mod model;
mod store;

pub(crate) use events::Pricing;
pub(crate) use job::AssessBudget;
