//! Makes and unmakes tenants: a durable run of named steps that a crash only interrupts.
//!
//! The service holds the administrator's connection to the PostgreSQL server; no other does.

mod error;
pub mod plans;
pub mod runs;
pub mod tenants;

use std::sync::Arc;

use axum::Extension;
use kernel::Service;
use utoipa_axum::router::OpenApiRouter;
use web::Module;

pub use error::Error;
pub use runs::{Provisioner, Step};
pub use tenants::{Founding, NewTenant};

/// The routes alone, for the description.
pub fn routes() -> OpenApiRouter<web::App> {
    OpenApiRouter::new().merge(tenants::routes()).merge(runs::routes()).merge(plans::routes())
}

/// The service; `provisioner` does the work, here and for the operator's commands.
pub fn module(provisioner: Arc<Provisioner>) -> Module {
    Module {
        service: Service::Provisioning,
        routes: routes().layer(Extension(provisioner)),
        consumers: Vec::new(),
        jobs: |_| Vec::new(),
        seed: None,
    }
}
