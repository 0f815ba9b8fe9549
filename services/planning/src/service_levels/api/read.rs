use auth::Action;
use axum::Json;
use kernel::{ProjectId, ServiceLevelId};
use serde::Deserialize;
use utoipa::IntoParams;
use validator::Validate;
use web::{Ctx, Found, Listed, Page, PageParams, PathId, Problem, ReadRefused};

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
    /// Of this project alone.
    pub project_id: Option<ProjectId>,
}

/// List what is promised for what the caller sees, the whole firm's with it.
#[utoipa::path(
    get, path = "/v1/service-levels", tag = "planning", security(("bearer" = [])),
    params(ListServiceLevels, PageParams),
    responses(
        (status = 200, description = "A page of service levels", body = Page<ServiceLevel>),
        ReadRefused,
    ))]
pub async fn list_service_levels(
    cx: Ctx,
    Listed(ask, page): Listed<ListServiceLevels>,
) -> Result<Json<Page<ServiceLevel>>, Problem> {
    let seen = cx.visible(Action::ReadServiceLevel)?;
    let after = page.after()?;
    let limit = page.limit + 1;
    let filter = Filter { id: None, project: ask.project_id, after, limit };
    let found = store::list(&mut *cx.db().await?, &seen, &filter).await?;
    Ok(Json(Page::of(found, page.limit, |level| level.id)))
}
