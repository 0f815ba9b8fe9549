//! The pull and the refused calls.

mod changes;
mod refusals;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::App;

/// The slice's routes.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(changes::pull_field_changes))
        .routes(routes!(refusals::note_refusal, refusals::list_refusals))
        .routes(routes!(refusals::review_refusal))
}
