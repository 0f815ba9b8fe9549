//! Reporting: facts from events, KPIs, alerts, the live feed, and reports as PDF and XLSX.
//!
//! One consumer keeps facts, feed and alerts in one commit per event; everything that is asked
//! for is answered from them. Reports also read what the other services publish as views.

mod alerts;
mod error;
mod facts;
mod feed;
mod kpis;
mod reports;

use std::sync::Arc;

use axum::Extension;
use kernel::Service;
use tokio_util::sync::CancellationToken;
use utoipa_axum::router::OpenApiRouter;
use web::Module;

/// The service, whose live streams end when `stop` is cancelled.
pub fn module_with(stop: CancellationToken) -> Module {
    let live = feed::Live::new(stop);
    let routes = OpenApiRouter::new()
        .merge(kpis::api::routes())
        .merge(alerts::api::routes())
        .merge(feed::api::routes())
        .merge(reports::api::routes())
        .layer(Extension(live.clone()));
    Module {
        service: Service::Reporting,
        routes,
        consumers: vec![Arc::new(facts::Reader::new(live)), Arc::new(facts::Forget)],
        jobs: |app| vec![Arc::new(reports::MakeReport::new(app.clone()))],
        seed: None,
    }
}

/// The service by itself: its live streams end with their own time only.
pub fn module() -> Module {
    module_with(CancellationToken::new())
}
