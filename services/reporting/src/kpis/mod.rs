//! Key figures, counted from the facts when somebody asks.

pub mod api;
mod model;
mod store;
