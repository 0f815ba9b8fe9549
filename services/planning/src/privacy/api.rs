//! What is kept of the caller.

use auth::Action;
use axum::Json;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{App, Ctx, Problem, ProblemBody, ReadRefused};

use super::model::KeptOfMe;
use super::store;
use crate::error::Error;

/// The slice's routes.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(read_what_is_kept))
}

/// Reads what all services keep of the caller, and until when.
///
/// Positions of the time clock two months, positions as proof that work was done one year, hours
/// five years, each in the services' tables and in the audit trail; each is forgotten within a day of
/// its limit.
#[utoipa::path(
    get, path = "/v1/privacy/kept", tag = "planning", security(("bearer" = [])),
    responses(
        (status = 200, description = "What is kept", body = KeptOfMe),
        ReadRefused,
        (status = 403, description = "The account is linked to no worker",
            body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn read_what_is_kept(cx: Ctx) -> Result<Json<KeptOfMe>, Problem> {
    cx.visible(Action::SignTime)?;
    let worker_id = cx.caller.worker.ok_or(Error::NotAWorker)?;
    let items = store::kept(&mut *cx.db().await?, worker_id, cx.caller.user).await?;
    Ok(Json(KeptOfMe { worker_id, items }))
}
