//! The search: from any plan to a better one.

mod anneal;
mod chance;
mod choice;
mod depots;
mod eligible;
mod explain;
mod insertion;
mod instance;
mod load;
mod log;
mod offers;
mod pool;
mod rest;
mod ruin;
mod shared;
mod solve;
mod state;
mod tied;
mod timing;
mod tour;

pub use choice::choose;
pub use explain::{Explanation, Other, Verdict, explain};
pub use offers::{Offer, insert};
pub use solve::{replan, solve};
