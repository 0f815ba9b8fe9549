//! Imports of projects, sites, tasks and workers from CSV files in one call: all of it or none.
//!
//! Everything is checked here first, by the rules of the calls that make one thing at a time; what
//! is wrong comes back as findings, each with file, line, column and reason. The rows are kept, under
//! ids that are made now. Planning and resources hear of it, try their rows in a transaction that
//! they take back, and say whether they could. Once all could, projects and sites are made in one
//! commit, and the others take their rows over, each in one commit; if one could not, nothing of it
//! was ever anywhere. A step that is done twice finds the work done.

mod api;
mod check;
mod decide;
mod events;
mod finding;
mod form;
mod model;
mod rows;
mod store;
mod table;

pub(crate) use api::routes;
pub(crate) use decide::Decide;
pub(crate) use events::Told;
