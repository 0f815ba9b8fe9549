//! Planning: tasks and the links between them, who works on what, checklists, incidents, the time
//! clock, and what the field's phones pull.
#![allow(clippy::option_option)] // a merge patch tells absent, null and a value apart

mod checklists;
mod dispatch;
mod error;
mod field;
mod imports;
mod incidents;
mod recurring;
mod schedule;
mod tasks;
mod timeclock;
mod words;

use std::sync::Arc;

use kernel::Service;
use utoipa_axum::router::OpenApiRouter;
use web::Module;

/// Planning, ready to be hosted.
pub fn module() -> Module {
    let routes = OpenApiRouter::new()
        .merge(tasks::routes())
        .merge(schedule::routes())
        .merge(dispatch::routes())
        .merge(checklists::routes())
        .merge(incidents::routes())
        .merge(recurring::routes())
        .merge(timeclock::routes())
        .merge(field::routes());
    Module {
        service: Service::Planning,
        routes,
        consumers: vec![Arc::new(field::Renamed), Arc::new(imports::Imports)],
        jobs: |app| {
            vec![
                Arc::new(imports::TakeOver::new(app.clone())),
                Arc::new(incidents::Escalate::new(app.clone())),
                Arc::new(recurring::Generate::new(app.clone())),
            ]
        },
        seed: Some(checklists::seed),
    }
}
