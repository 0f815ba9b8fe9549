//! A worker's week of hours: computed from the time clock by the country's rules, signed by the
//! worker, approved by the site lead, locked, and taken to payroll.
//!
//! While a sheet is open its figures are computed whenever it is read. What the worker signs is
//! kept as it was signed; the lead approves that, and nothing else: where the hours have changed
//! since, the worker signs again. Once approved no stay of the week changes, until the sheet is
//! opened again with a reason.

mod api;
mod csv;
mod model;
mod store;
mod week;

pub(crate) use api::routes;
pub(crate) use store::{locked, note_stays};
