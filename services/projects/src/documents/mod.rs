//! Documents of a project or of one of its sites: plans, permits, method statements.
//!
//! The record comes first, each version's bytes by resumable upload; a version is numbered when
//! its bytes are here and never overwritten. What it is, its text and its preview are read from
//! the bytes by a job, after the virus scanner where there is one.

mod api;
mod events;
mod model;
mod reading;
mod refusal;
mod remind;
mod scan;
mod store;
mod uploads;
mod versions;

use std::sync::Arc;

use jobs::Handler;
use web::App;

pub(crate) use api::routes;
pub use refusal::Refusal;

/// The background work of documents.
pub(crate) fn jobs(app: &App) -> Vec<Arc<dyn Handler>> {
    vec![
        Arc::new(scan::Scan::new(app.clone())),
        Arc::new(reading::Read::new(app.clone())),
        Arc::new(remind::Remind::new(app.clone())),
        Arc::new(web::tus::Purge::new(app.clone(), uploads::PURGE)),
    ]
}
