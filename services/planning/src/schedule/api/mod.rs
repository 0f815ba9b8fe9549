//! The routes of plans and of the links between tasks.

mod baselines;
mod calendars;
mod export;
mod imports;
mod level;
mod links;
mod moves;
mod read;
mod reschedule;
mod undo;

use auth::{Action, Target};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use kernel::ProjectId;
use sqlx::PgConnection;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{App, Ctx, IfMatch, Problem};

use super::store;

/// The slice's routes.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(links::list_dependencies, links::create_dependency))
        .routes(routes!(links::read_dependency, links::delete_dependency))
        .routes(routes!(read::read_schedule))
        .routes(routes!(moves::list_plan_moves, moves::move_plan))
        .routes(routes!(undo::undo_plan_move))
        .routes(routes!(reschedule::reschedule_plan))
        .routes(routes!(level::level_plan))
        .routes(routes!(imports::import_plan))
        .routes(routes!(export::export_plan))
        .routes(routes!(baselines::list_baselines, baselines::create_baseline))
        .routes(routes!(calendars::list_calendars, calendars::create_calendar))
        .routes(routes!(calendars::read_calendar, calendars::change_calendar))
}

/// The version of a plan that the caller believes is the present one: from `If-Match`, if it is
/// there.
struct Expected(Option<i64>);

impl<S: Sync> FromRequestParts<S> for Expected {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        if !parts.headers.contains_key(http::header::IF_MATCH) {
            return Ok(Self(None));
        }
        let IfMatch(version) = IfMatch::from_request_parts(parts, state).await?;
        Ok(Self(Some(version)))
    }
}

/// 404 unless the caller sees the project, then 403 unless its plan is theirs to change.
async fn plannable(cx: &Ctx, conn: &mut PgConnection, project: ProjectId) -> Result<(), Problem> {
    if !store::tasks::has_project(conn, project).await? {
        return Err(Problem::not_found());
    }
    cx.guard(Action::ReadProject, Action::PlanTask, &Target::project(project))
}

/// 404 unless the caller sees something of the project, then 403 unless some of its plan is
/// theirs to change: whoever made a move was allowed to.
async fn undoable(cx: &Ctx, conn: &mut PgConnection, project: ProjectId) -> Result<(), Problem> {
    let seen = cx.visible(Action::PlanTask)?;
    if !store::tasks::is_seen(conn, project, &seen).await? {
        return Err(Problem::not_found());
    }
    Ok(())
}
