//! Takes over the workers of imports, which projects has checked and keeps: all of an import's in
//! one commit, once.

mod part;
mod store;

pub(crate) use part::Workers;
