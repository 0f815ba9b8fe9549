//! Plans in other programs' words: Microsoft Project XML (MSPDI), Primavera XER, CSV and iCalendar.
//! Reads from and writes to streams, in bounded memory; knows nothing of where plans are kept.
//!
//! Reading is all or nothing: a [`Document`], or a [`Fault`] with every finding and its place.

pub mod csv;
mod document;
mod fault;
mod findings;
pub mod ics;
mod limits;
pub mod mspdi;
mod refusal;
mod text;
pub mod xer;

pub use document::{
    Assignment, Baseline, CalendarInfo, Document, Resource, ResourceKind, Settings, TaskInfo, Unit,
};
pub use fault::{Fault, Finding, Place};
pub use limits::Limits;
