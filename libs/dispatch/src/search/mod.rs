//! The search: from any plan to a better one.

mod anneal;
mod chance;
mod insertion;
mod instance;
mod ruin;
mod solve;
mod state;
mod timing;
mod tour;

pub use solve::solve;
