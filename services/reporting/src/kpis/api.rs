//! `GET /v1/kpis`.

use auth::Action;
use axum::Json;
use chrono::NaiveDate;
use kernel::{ProjectId, SiteId};
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use validator::Validate;
use web::{App, Ctx, Params, Problem, ReadRefused, check};

use super::model::{Figures, Kpis};
use super::store::{self, Lens};

/// The routes of KPIs.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(read_kpis))
}

/// Which figures are wanted.
#[derive(Debug, Deserialize, Validate, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct KpiParams {
    /// Of this project only.
    #[param(value_type = Option<uuid::Uuid>)]
    project_id: Option<ProjectId>,
    /// Of this site only.
    #[param(value_type = Option<uuid::Uuid>)]
    site_id: Option<SiteId>,
    /// Of this day only, in each site's own time zone; open incidents are those of now.
    #[validate(custom(function = check::day))]
    day: Option<NaiveDate>,
}

/// Read the key figures of what the caller watches, per site and in all.
///
/// They are counted from what the services told; `as_of` and `lag_ms` say how fresh that is.
#[utoipa::path(
    get,
    path = "/v1/kpis",
    tag = "reporting",
    security(("bearer" = [])),
    params(KpiParams),
    responses(
        (status = 200, description = "The figures", body = Kpis),
        ReadRefused,
    )
)]
pub async fn read_kpis(cx: Ctx, Params(params): Params<KpiParams>) -> Result<Json<Kpis>, Problem> {
    let zone = cx.tenant.zone;
    let lens = Lens {
        visible: cx.visible(Action::ReadKpi)?,
        project: params.project_id,
        site: params.site_id,
        day: params.day,
        zone: zone.name().to_owned(),
        now: cx.now(),
    };
    let today = params.day.unwrap_or_else(|| lens.now.with_timezone(&zone).date_naive());
    let mut conn = cx.db().await?;
    // First, so that it never promises more than the figures hold.
    let (as_of, lag_ms) = store::freshness(&mut conn).await?;
    let sites = store::sites(&mut conn, &lens).await?;
    let milestones = store::milestones(&mut conn, &lens, today).await?;
    let mut total = Figures::default();
    for site in &sites {
        total += &site.figures;
    }
    total.settle();
    Ok(Json(Kpis { as_of, lag_ms, total, sites, milestones }))
}
