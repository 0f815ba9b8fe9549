//! What is built and where: projects, their sites (chantiers), phases, milestones and documents.
//!
//! Every other service hangs its work on a project or a site by id and reads their names,
//! geofences and zones from `projects_pub`.

#![allow(clippy::option_option)] // a merge patch tells absent, null and a value apart

mod documents;
mod error;
mod milestones;
mod phases;
mod projects;
mod sites;

use kernel::Service;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use web::Module;

pub use error::Error;

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
        .merge(documents::routes());
    Module {
        service: Service::Projects,
        routes,
        consumers: Vec::new(),
        jobs: documents::jobs,
        seed: None,
    }
}
