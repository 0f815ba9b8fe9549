//! The day of a worker over all sites: what is done where and when, with whom, what to bring, whom
//! to call. And who works on a day, for those who lead.

mod api;
mod gather;
mod model;
mod store;

pub(crate) use api::routes;
