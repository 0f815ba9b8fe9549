//! Files of other programs, good and bad.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;
mod csv;
mod engine;
mod hostile;
mod ics;
mod mspdi;
mod round_trip;
mod xer;
