//! Reports for people: asked for, made in the background, kept as files.

pub mod api;
mod day;
mod job;
mod model;
mod pdf;
mod pictures;
#[cfg(test)]
mod samples;
mod store;
mod words;
mod xlsx;

pub use job::MakeReport;
