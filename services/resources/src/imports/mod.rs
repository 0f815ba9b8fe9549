//! Takes over the workers of imports, which projects has checked and keeps: all of an import's in
//! one commit, once.

mod events;
mod job;
mod store;

pub(crate) use events::Imports;
pub(crate) use job::TakeOver;
