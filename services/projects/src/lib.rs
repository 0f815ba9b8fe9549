//! What is built and where: projects, their sites (chantiers), phases and milestones, what they
//! deliver and how they change, the roadmap over them, and imports.
//!
//! Every other service hangs its work on a project or a site by id and reads their names,
//! geofences and zones from `projects_pub`.

#![allow(clippy::option_option)] // a merge patch tells absent, null and a value apart

mod change_orders;
mod decision;
mod deliverables;
mod error;
mod imports;
mod issues;
mod milestones;
mod parts;
mod people;
mod phases;
mod projects;
mod roadmap;
mod sites;

use std::sync::Arc;

use kernel::Service;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use web::Module;

pub use error::{Delivery, Error};

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
        .merge(parts::routes())
        .merge(deliverables::routes())
        .merge(change_orders::routes())
        .merge(issues::routes())
        .merge(roadmap::routes())
        .merge(imports::routes());
    Module {
        service: Service::Projects,
        routes,
        consumers: vec![Arc::new(imports::Taken)],
        jobs: |_| Vec::new(),
        seed: None,
    }
}
