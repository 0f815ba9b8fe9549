//! The routes of service levels and their timers, one operation per file; reading shares one.

mod change;
mod create;
mod read;
mod timers;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::App;

/// The slice's routes.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(read::list_service_levels, create::create_service_level))
        .routes(routes!(read::read_service_level, change::change_service_level))
        .routes(routes!(timers::list_service_timers))
        .routes(routes!(timers::read_service_timer))
        .routes(routes!(timers::list_service_timer_entries))
}
