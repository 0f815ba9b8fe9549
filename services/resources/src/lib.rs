//! Who and what can be planned: workers with their hours, skills, certificates and absences, crews,
//! depots, vehicles, tools and parts; and who and what is free when.
//!
//! A worker is a person with skills who is planned, and may have no account. The other services
//! read `resources_pub`.

#![allow(clippy::option_option)] // a merge patch tells absent, null and a value apart

mod absences;
mod availability;
mod certificates;
mod crews;
mod depots;
mod error;
mod imports;
mod parts;
mod skills;
mod tools;
mod vehicles;
mod workers;

use std::sync::Arc;

use kernel::Service;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use web::{HearsOfImports, Module, TakesImports};

pub use error::Error;

#[derive(OpenApi)]
#[openapi(components(schemas(web::ProblemBody)))]
struct Shared;

/// The service, ready to be hosted.
pub fn module() -> Module {
    let routes = OpenApiRouter::with_openapi(Shared::openapi())
        .merge(skills::routes())
        .merge(workers::routes())
        .merge(certificates::routes())
        .merge(absences::routes())
        .merge(crews::routes())
        .merge(depots::routes())
        .merge(vehicles::routes())
        .merge(tools::routes())
        .merge(parts::routes())
        .merge(availability::routes());
    Module {
        service: Service::Resources,
        routes,
        consumers: vec![Arc::new(HearsOfImports::<imports::Workers>::default())],
        jobs: |app| {
            vec![
                Arc::new(TakesImports::<imports::Workers>::new(app.clone())),
                Arc::new(certificates::Remind::new(app.clone())),
            ]
        },
        seed: Some(|db, firm| {
            Box::pin(async move {
                skills::seed(db, firm).await?;
                certificates::seed(db, firm).await
            })
        }),
    }
}
