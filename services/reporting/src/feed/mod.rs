//! The live feed: what moved, in the order of the commits, kept for thirty days and streamed to
//! whoever may see it.

pub mod api;
mod live;
mod model;
mod store;

pub use live::Live;
pub use store::{NewEntry, append, append_event, forget, lock};
