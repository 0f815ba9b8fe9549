use auth::Action;
use axum::Json;
use kernel::{ProjectId, ServiceLevelId};
use serde::Deserialize;
use utoipa::IntoParams;
use validator::Validate;
use web::{Ctx, Found, Page, PageParams, Params, PathId, Problem, ReadRefused};

use crate::service_levels::model::ServiceLevel;
use crate::service_levels::store::{self, Filter};

/// Read what is promised.
#[utoipa::path(
    get, path = "/v1/service-levels/{id}", tag = "planning", security(("bearer" = [])),
    params(("id" = ServiceLevelId, Path, description = "The service level")),
    responses(
        (status = 200, description = "The service level", body = ServiceLevel),
        ReadRefused,
    ))]
pub async fn read_service_level(
    cx: Ctx,
    PathId(id): PathId<ServiceLevelId>,
) -> Result<Found<ServiceLevel>, Problem> {
    let seen = cx.caller.visibility(Action::ReadServiceLevel);
    let found = store::find(&mut *cx.db().await?, &seen, id).await?;
    Ok(Found(found.ok_or_else(Problem::not_found)?))
}

/// How a list of service levels is asked for.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ListServiceLevels {
    /// How many items at most.
    #[serde(default = "PageParams::usual_limit")]
    #[validate(range(min = 1, max = 200))]
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub limit: i64,
    /// Where the page before ended, as it said.
    #[validate(length(max = 500))]
    #[param(max_length = 500)]
    pub cursor: Option<String>,
    /// Of this project alone.
    pub project_id: Option<ProjectId>,
}

/// List what is promised for what the caller sees, the whole firm's with it.
#[utoipa::path(
    get, path = "/v1/service-levels", tag = "planning", security(("bearer" = [])),
    params(ListServiceLevels),
    responses(
        (status = 200, description = "A page of service levels", body = Page<ServiceLevel>),
        ReadRefused,
    ))]
pub async fn list_service_levels(
    cx: Ctx,
    Params(ask): Params<ListServiceLevels>,
) -> Result<Json<Page<ServiceLevel>>, Problem> {
    let seen = cx.visible(Action::ReadServiceLevel)?;
    let after = PageParams { limit: ask.limit, cursor: ask.cursor }.after()?;
    let limit = ask.limit + 1;
    let filter = Filter { id: None, project: ask.project_id, after, limit };
    let found = store::list(&mut *cx.db().await?, &seen, &filter).await?;
    Ok(Json(Page::of(found, ask.limit, |level| level.id)))
}
