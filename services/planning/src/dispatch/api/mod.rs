//! The routes of dispatch, one operation or a few that belong together per file.

mod assign;
mod board;
mod explain;
mod insert;
mod matrix;
mod propose;
mod publish;
mod runs;
mod scope;
mod set;
mod start;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::App;

pub(super) use self::set::Move;
pub(crate) use self::set::refuse;

/// The slice's routes.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(propose::propose_workers))
        .routes(routes!(assign::assign_workers))
        .routes(routes!(set::set_assignments))
        .routes(routes!(set::move_dispatched))
        .routes(routes!(runs::list_dispatch_runs, start::start_dispatch_run))
        .routes(routes!(start::replan_dispatch))
        .routes(routes!(runs::read_dispatch_run))
        .routes(routes!(runs::cancel_dispatch_run))
        .routes(routes!(publish::publish_dispatch_run))
        .routes(routes!(insert::insert_dispatch))
        .routes(routes!(explain::explain_dispatch))
        .routes(routes!(board::read_dispatch_board))
        .routes(routes!(
            matrix::read_travel_matrix,
            matrix::upload_travel_matrix,
            matrix::remove_travel_matrix
        ))
}
