//! Who can be planned: skills, workers with their hours and absences, crews.
//!
//! A worker is a person with skills who is planned, and may have no account. The other services
//! read `resources_pub`.

#![allow(clippy::option_option)] // a merge patch tells absent, null and a value apart

mod absences;
mod crews;
mod error;
mod imports;
mod skills;
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
        .merge(absences::routes())
        .merge(crews::routes());
    Module {
        service: Service::Resources,
        routes,
        consumers: vec![Arc::new(HearsOfImports::<imports::Workers>::default())],
        jobs: |app| vec![Arc::new(TakesImports::<imports::Workers>::new(app.clone()))],
        seed: Some(|db, firm| Box::pin(skills::seed(db, firm))),
    }
}
