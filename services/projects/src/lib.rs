//! What is built and where: projects, their sites (chantiers), phases and milestones; their
//! documents, their risks and their steering.
//!
//! Every other service hangs its work on a project or a site by id and reads their names,
//! geofences and zones from `projects_pub`.

#![allow(clippy::option_option)] // a merge patch tells absent, null and a value apart

mod documents;
mod error;
mod indicators;
mod milestones;
mod phases;
mod projects;
mod risks;
mod sites;
mod status;
mod steering;

use kernel::Service;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use web::Module;

pub use error::{Error, SteeringError};

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
        .merge(documents::routes());
    Module {
        service: Service::Projects,
        routes,
        consumers: Vec::new(),
        jobs: documents::jobs,
        seed: None,
    }
}
