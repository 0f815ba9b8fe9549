//! Planning: tasks and the links between them, who works on what, checklists, incidents, what is
//! promised of both, the time clock with its weeks and the law, what is kept of people, the day of
//! each worker, and what the field's phones pull.
#![allow(clippy::option_option)] // a merge patch tells absent, null and a value apart

mod checklists;
mod crews;
mod day;
mod dispatch;
mod error;
mod escalation;
mod field;
mod imports;
mod incidents;
mod law;
mod limits;
mod privacy;
mod recurring;
mod schedule;
mod service_levels;
mod tasks;
mod timeclock;
mod timesheets;
mod words;

use std::sync::Arc;

use kernel::Service;
use utoipa_axum::router::OpenApiRouter;
use web::{HearsOfImports, Module, TakesImports};

/// Planning, ready to be hosted.
pub fn module() -> Module {
    let routes = OpenApiRouter::new()
        .merge(tasks::routes())
        .merge(schedule::routes())
        .merge(dispatch::routes())
        .merge(checklists::routes())
        .merge(day::routes())
        .merge(incidents::routes())
        .merge(escalation::routes())
        .merge(recurring::routes())
        .merge(service_levels::routes())
        .merge(timeclock::routes())
        .merge(timesheets::routes())
        .merge(law::routes())
        .merge(privacy::routes())
        .merge(field::routes());
    Module {
        service: Service::Planning,
        routes,
        consumers: vec![
            Arc::new(field::Renamed),
            Arc::new(privacy::Proven),
            Arc::new(HearsOfImports::<imports::Tasks>::default()),
        ],
        jobs: |app| {
            vec![
                Arc::new(TakesImports::<imports::Tasks>::new(app.clone())),
                Arc::new(dispatch::Search::new(app.clone())),
                Arc::new(incidents::Escalate::new(app.clone())),
                Arc::new(incidents::LookAgain::new(app.clone())),
                Arc::new(recurring::Generate::new(app.clone())),
                Arc::new(service_levels::Watch::new(app.clone())),
                Arc::new(timeclock::FindEnds::new(app.clone())),
                Arc::new(privacy::Retain::new(app.clone())),
            ]
        },
        seed: Some(checklists::seed),
    }
}
