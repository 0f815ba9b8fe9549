//! What is built and where: projects, their sites (chantiers), phases and milestones, what they
//! deliver and how they change; their documents, risks and steering; their money; the roadmap over
//! all of them; and imports.
//!
//! Every other service hangs its work on a project or a site by id and reads their names,
//! geofences and zones from `projects_pub`.

#![allow(clippy::option_option)] // a merge patch tells absent, null and a value apart

mod budget;
mod change_orders;
mod claims;
mod client_contracts;
mod commitments;
mod costs;
mod decision;
mod deliverables;
mod documents;
mod earned;
mod error;
mod exact;
mod imports;
mod indicators;
mod issues;
mod labour;
mod milestones;
mod parts;
mod people;
mod phases;
mod projects;
mod rates;
mod risks;
mod roadmap;
mod sites;
mod status;
mod steering;

use std::sync::Arc;

use kernel::Service;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use web::Module;

pub use error::{Delivery, Error, MoneyError, SteeringError};

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
        .merge(claims::routes())
        .merge(parts::routes())
        .merge(deliverables::routes())
        .merge(change_orders::routes())
        .merge(issues::routes())
        .merge(roadmap::routes())
        .merge(imports::routes());
    Module {
        service: Service::Projects,
        routes,
        consumers: vec![Arc::new(labour::Pricing), Arc::new(imports::Told)],
        jobs: |app| {
            let mut jobs = documents::jobs(app);
            jobs.push(Arc::new(labour::AssessBudget::new(app.clone())));
            jobs.push(Arc::new(imports::Decide::new(app.clone())));
            jobs
        },
        seed: None,
    }
}
