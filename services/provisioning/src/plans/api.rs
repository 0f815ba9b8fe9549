//! The routes of plans.

use axum::Json;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{App, Platform, Problem, ProblemBody};

use super::store::{self, Plan};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_plans))
}

/// The plans a tenant can subscribe to.
#[utoipa::path(get, path = "/v1/platform/plans", tag = "provisioning",
    security(("bearer" = [])),
    responses(
        (status = 200, description = "All plans, the smallest first", body = Vec<Plan>),
        (status = 401, description = "No valid sign-in", body = ProblemBody),
        (status = 403, description = "Not a platform admin", body = ProblemBody),
    ))]
async fn list_plans(cx: Platform) -> Result<Json<Vec<Plan>>, Problem> {
    Ok(Json(store::list(cx.app.tenants.control()).await?))
}
