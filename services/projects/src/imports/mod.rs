//! Imports of projects, sites, tasks and workers from CSV files in one call: all of it or none.
//!
//! Everything is checked here first, by the rules of the calls that make one thing at a time; what
//! is wrong comes back as findings, each with file, line, column and reason. Then projects and
//! sites are made in one commit with the import, and the rows of tasks and workers are kept beside
//! it, under ids that are made now. Planning and resources hear of it, take their rows over, each
//! in one commit, and say so; a second delivery finds the work done.

mod api;
mod check;
mod events;
mod finding;
mod form;
mod model;
mod rows;
mod store;
mod table;

pub(crate) use api::routes;
pub(crate) use events::Taken;
