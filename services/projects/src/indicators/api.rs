//! `/v1/risk-indicators` and `/v1/projects/{id}/risk-thresholds`.

use auth::Action;
use axum::Json;
use kernel::ProjectId;
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use validator::Validate;
use web::{
    App, Changed, Ctx, Found, IfMatch, MatchHeader, Params, PathId, Problem, ReadRefused, Reply,
    Valid, WriteHeaders, WriteRefused,
};

use super::model::{RiskIndicators, RiskThresholds, RiskThresholdsPatch};
use super::{events, store};
use crate::projects;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(read_risk_indicators))
        .routes(routes!(read_risk_thresholds, change_risk_thresholds))
}

/// Of which project.
#[derive(Debug, Clone, Deserialize, Validate, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct IndicatorParams {
    /// The project.
    pub project_id: ProjectId,
}

/// Read the risk indicators of a project
///
/// Measured when asked, from its tasks, hours, incidents, absences, milestones, risks and steering.
#[utoipa::path(
    get, path = "/v1/risk-indicators", tag = "projects", params(IndicatorParams),
    responses((status = 200, description = "The indicators", body = RiskIndicators), ReadRefused),
    security(("bearer" = []))
)]
async fn read_risk_indicators(
    cx: Ctx,
    Params(params): Params<IndicatorParams>,
) -> Result<Json<RiskIndicators>, Problem> {
    let mut db = cx.db().await?;
    let project = projects::guard(&cx, &mut db, Action::ReadSteering, params.project_id).await?;
    let zone = projects::zone(&mut db, project.id).await?.unwrap_or(cx.tenant.zone);
    let now = cx.now();
    let today = now.with_timezone(&zone).date_naive();
    let figures = store::figures(&mut db, project.id, now, today).await?;
    let thresholds = store::thresholds(&mut db, project.id).await?;
    Ok(Json(RiskIndicators::of(&figures, thresholds, now)))
}

/// Read the limits of a project's risk indicators
#[utoipa::path(
    get, path = "/v1/projects/{id}/risk-thresholds", tag = "projects",
    params(("id" = ProjectId, Path, description = "The project")),
    responses((status = 200, description = "The limits", body = RiskThresholds), ReadRefused),
    security(("bearer" = []))
)]
async fn read_risk_thresholds(
    cx: Ctx,
    PathId(id): PathId<ProjectId>,
) -> Result<Found<RiskThresholds>, Problem> {
    let mut db = cx.db().await?;
    projects::guard(&cx, &mut db, Action::ReadSteering, id).await?;
    Ok(Found(store::thresholds(&mut db, id).await?))
}

/// Set the limits of a project's risk indicators
///
/// An indicator that is not named has its usual limits again.
#[utoipa::path(
    patch, path = "/v1/projects/{id}/risk-thresholds", tag = "projects",
    params(("id" = ProjectId, Path, description = "The project"), MatchHeader, WriteHeaders),
    request_body(content = RiskThresholdsPatch, description = "The limits that differ"),
    responses((status = 200, description = "The limits as they are now", body = RiskThresholds), WriteRefused),
    security(("bearer" = []))
)]
async fn change_risk_thresholds(
    cx: Ctx,
    PathId(id): PathId<ProjectId>,
    expected: IfMatch,
    Valid(patch): Valid<RiskThresholdsPatch>,
) -> Result<Reply<Changed<RiskThresholds>>, Problem> {
    cx.write(async |tx| {
        // The first change has no row of its own to hold.
        projects::lock(tx, id).await?;
        projects::guard(&cx, tx, Action::ManageSteering, id).await?;
        let thresholds = store::thresholds(tx, id).await?;
        expected.check(&thresholds)?;
        let thresholds = thresholds.change(&patch)?;
        store::set(tx, &thresholds, &patch.thresholds).await?;
        tx.emit_about(&events::set(&thresholds), &thresholds);
        Ok::<_, Problem>(Changed(thresholds))
    })
    .await
}
