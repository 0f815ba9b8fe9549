//! What is kept of people, for how long, and forgetting it then. The table is in docs/privacy.md.
//!
//! One job a day looks for a firm, from the first thing that is kept, whatever it is, until nothing
//! is left here or with the proofs. Each service forgets what it keeps when it hears of the look.

mod api;
mod events;
mod job;
mod model;
mod store;

pub(crate) use api::routes;
pub(crate) use events::Proven;
pub(crate) use job::{Retain, next_look};
