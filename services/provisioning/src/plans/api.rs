//! The routes of plans.

use axum::Json;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{App, Platform, Problem, ProblemBody, ReadRefused};

use super::store::{self, Plan};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_plans))
}

/// The plans a tenant can subscribe to.
#[utoipa::path(get, path = "/v1/platform/plans", tag = "provisioning",
    security(("bearer" = [])),
    responses(
        (status = 200, description = "All plans, the smallest first", body = Vec<Plan>),
        ReadRefused,
        (status = 403, description = "Not a platform admin",
            body = ProblemBody, content_type = "application/problem+json"),
    ))]
async fn list_plans(cx: Platform) -> Result<Json<Vec<Plan>>, Problem> {
    Ok(Json(store::list(cx.app.tenants.control()).await?))
}
