//! The routes of checklists.

mod runs;
mod templates;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::App;

/// The slice's routes.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(templates::list_checklists, templates::create_checklist))
        .routes(routes!(templates::read_checklist, templates::change_checklist))
        .routes(routes!(runs::list_checklist_runs, runs::create_checklist_run))
        .routes(routes!(runs::read_checklist_run))
        .routes(routes!(runs::answer_checklist_run))
}
