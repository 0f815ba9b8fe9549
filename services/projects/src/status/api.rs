//! `/v1/projects/{id}/status`.

use auth::{Action, Target};
use axum::Json;
use contracts::Indicator;
use kernel::ProjectId;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{App, Ctx, PathId, Problem, ReadRefused};

use super::model::{KpiStanding, Light, Lights, ProjectStanding};
use super::store;
use crate::indicators::{self, RiskIndicators};
use crate::{budget, projects, risks, steering};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(read_project_status))
}

/// Read the one-page status of a project
///
/// For who steers it: lights, milestones ahead, gravest risks, open decisions and actions, KPIs
/// against their targets; the budget's light for who may read the budget. Measured when asked; days
/// are those of UTC.
#[utoipa::path(
    get, path = "/v1/projects/{id}/status", tag = "projects",
    params(("id" = ProjectId, Path, description = "The project")),
    responses((status = 200, description = "How it stands", body = ProjectStanding), ReadRefused),
    security(("bearer" = []))
)]
async fn read_project_status(
    cx: Ctx,
    PathId(id): PathId<ProjectId>,
) -> Result<Json<ProjectStanding>, Problem> {
    let mut db = cx.db().await?;
    let project = projects::guard(&cx, &mut db, Action::ReadSteering, id).await?;
    let (at, today) = (cx.now(), cx.now().date_naive());
    let figures = indicators::figures(&mut db, id, at).await?;
    let thresholds = indicators::thresholds(&mut db, id).await?;
    let indicators = RiskIndicators::of(&figures, thresholds, at).indicators;
    let top_risks = risks::top(&mut db, id, 5).await?;
    let overdue = risks::review_overdue(&mut db, id, today).await?;
    let kpis = steering::kpis_of(&mut db, id).await?;
    let mut lights = Lights::of(&figures, &indicators, &top_risks, overdue);
    if cx.caller.may(Action::ReadBudget, &Target::project(id)) {
        lights.money = Some(Light::of(&budget::figures(&mut db, id).await?));
    }
    Ok(Json(ProjectStanding {
        project_id: id,
        code: project.code,
        name: project.name,
        at,
        lights,
        progress: figures.value(Indicator::ValidatedTasks),
        milestones: store::milestones(&mut db, id, today).await?,
        top_risks,
        open_items: steering::open_items(&mut db, id, 20).await?,
        kpis: kpis.iter().map(|kpi| KpiStanding::of(kpi, &figures)).collect(),
        indicators,
    }))
}
