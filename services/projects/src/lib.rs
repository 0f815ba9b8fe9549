//! What is built and where: projects, their sites (chantiers), phases and milestones; their
//! documents, risks and steering; and their money: budgets, commitments, costs, earned value,
//! contracts and progress claims.
//!
//! Every other service hangs its work on a project or a site by id and reads their names,
//! geofences and zones from `projects_pub`.

#![allow(clippy::option_option)] // a merge patch tells absent, null and a value apart

mod budget;
mod claims;
mod client_contracts;
mod commitments;
mod costs;
mod documents;
mod earned;
mod error;
mod exact;
mod indicators;
mod labour;
mod milestones;
mod phases;
mod projects;
mod rates;
mod risks;
mod sites;
mod status;
mod steering;

use std::sync::Arc;

use kernel::Service;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use web::Module;

pub use error::{Error, MoneyError, SteeringError};

#[derive(OpenApi)]
#[openapi(components(schemas(web::ProblemBody)))]
struct Shared;

/// The service, ready to be hosted.
pub fn module() -> Module {
    let routes = OpenApiRouter::with_openapi(Shared::openapi())
        .merge(projects::routes())
        .merge(sites::routes())
        .merge(phases::routes())
        .merge(milestones::routes())
        .merge(risks::routes())
        .merge(indicators::routes())
        .merge(steering::routes())
        .merge(status::routes())
        .merge(documents::routes())
        .merge(rates::routes())
        .merge(budget::routes())
        .merge(commitments::routes())
        .merge(costs::routes())
        .merge(earned::routes())
        .merge(client_contracts::routes())
        .merge(claims::routes());
    Module {
        service: Service::Projects,
        routes,
        consumers: vec![Arc::new(labour::Pricing)],
        jobs: |app| {
            let mut jobs = documents::jobs(app);
            jobs.push(Arc::new(labour::AssessBudget::new(app.clone())));
            jobs
        },
        seed: None,
    }
}
