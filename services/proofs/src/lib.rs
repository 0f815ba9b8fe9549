//! The proof that work was done: photos with their watermark, drawn signatures, and the audit
//! trail with its chain.
//!
//! A photo's record comes first and its bytes when the network allows (tus); what it shows is read
//! from the bytes, never from what the sender says. Nothing here is ever changed or removed, but for
//! where people were once that was kept long enough: a proof that can be is none.

mod audit;
mod error;
mod forget;
mod photos;
mod signatures;

use std::sync::Arc;

use kernel::Service;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use web::Module;

pub use audit::{Fault, FaultKind, Verification, verify};
pub use error::Error;

#[derive(OpenApi)]
#[openapi(components(schemas(web::ProblemBody)))]
struct Shared;

/// The service, ready to be hosted.
pub fn module() -> Module {
    let routes = OpenApiRouter::with_openapi(Shared::openapi())
        .merge(photos::routes())
        .merge(signatures::routes())
        .merge(audit::routes());
    Module {
        service: Service::Proofs,
        routes,
        consumers: vec![Arc::new(audit::Sealer), Arc::new(forget::Forget)],
        jobs: |app| {
            vec![
                Arc::new(photos::Watermark::new(app.clone())),
                Arc::new(photos::DropCopies::new(app.clone())),
                Arc::new(web::tus::Purge::new(app.clone(), photos::PURGE)),
                Arc::new(audit::KeepHead::new(app.clone())),
            ]
        },
        seed: None,
    }
}
