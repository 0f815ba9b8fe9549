//! `/v1/projects/{id}/status`, as data and as a page.

use auth::{Action, Target};
use axum::Json;
use axum::http::HeaderMap;
use axum::response::Response;
use contracts::Indicator;
use kernel::ProjectId;
use typeset::TypesetError;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{App, Ctx, PathId, Problem, ReadRefused};

use super::model::{KpiStanding, Light, Lights, ProjectStanding, StatusMoney};
use super::page::{self, Page};
use super::store;
use crate::indicators::{self, RiskIndicators};
use crate::{budget, earned, people, projects, risks, steering};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(read_project_status)).routes(routes!(print_project_status))
}

/// Read the one-page status of a project
///
/// For who steers it: lights, milestones ahead, gravest risks, open decisions and actions, KPIs
/// against their targets; the money and its light for who may read the budget. Measured when
/// asked; days are those of the project's zone.
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
    standing(&cx, id).await.map(Json)
}

/// Print the status of a project on one page
///
/// The same as data, for the same callers, as one A4 page in the caller's language. The `ETag`
/// tells what the page says, but for the minute it was measured at.
#[utoipa::path(
    get, path = "/v1/projects/{id}/status.pdf", tag = "projects",
    params(("id" = ProjectId, Path, description = "The project")),
    responses(
        (status = 200, description = "The page", content_type = "application/pdf", body = Vec<u8>),
        (status = 304, description = "The caller has it already (`If-None-Match`)"),
        ReadRefused,
    ),
    security(("bearer" = []))
)]
async fn print_project_status(
    cx: Ctx,
    PathId(id): PathId<ProjectId>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let standing = standing(&cx, id).await?;
    let owners = people::names(&mut *cx.db().await?, &page::owners(&standing)).await?;
    let page = Page::of(&standing, &cx.tenant.name, &owners, cx.lang).map_err(Problem::internal)?;
    let label = page.label();
    web::made(&label, &headers, async || match typeset::print(page.sheet()).await {
        Ok(printed) => Ok(printed.pdf),
        Err(TypesetError::Busy) => Err(Problem::unavailable(5)),
        Err(error @ (TypesetError::Template(_) | TypesetError::Broken(_))) => {
            Err(Problem::internal(error))
        }
    })
    .await
}

/// How the project stands now, for who may steer it.
async fn standing(cx: &Ctx, id: ProjectId) -> Result<ProjectStanding, Problem> {
    let mut db = cx.db().await?;
    let project = projects::guard(cx, &mut db, Action::ReadSteering, id).await?;
    let zone = projects::zone(&mut db, id).await?.unwrap_or(cx.tenant.zone);
    let at = cx.now();
    let today = at.with_timezone(&zone).date_naive();
    let figures = indicators::figures(&mut db, id, at, today).await?;
    let thresholds = indicators::thresholds(&mut db, id).await?;
    let indicators = RiskIndicators::of(&figures, thresholds, at).indicators;
    let top_risks = risks::top(&mut db, id, 5).await?;
    let overdue = risks::review_overdue(&mut db, id, today).await?;
    let kpis = steering::kpis_of(&mut db, id).await?;
    let mut lights = Lights::of(&figures, &indicators, &top_risks, overdue);
    let money = if cx.caller.may(Action::ReadBudget, &Target::project(id)) {
        let budget = budget::figures(&mut db, id).await?;
        lights.money = Some(Light::of(&budget));
        let earned_value = earned::of(&mut db, &project, today).await?;
        Some(StatusMoney { budget, earned_value })
    } else {
        None
    };
    Ok(ProjectStanding {
        project_id: id,
        code: project.code,
        name: project.name,
        client: project.client,
        at,
        zone,
        lights,
        money,
        counts: store::counts(&mut db, id).await?,
        progress: figures.value(Indicator::ValidatedTasks),
        milestones: store::milestones(&mut db, id, today).await?,
        top_risks,
        open_items: steering::open_items(&mut db, id, 20).await?,
        kpis: kpis.iter().map(|kpi| KpiStanding::of(kpi, &figures)).collect(),
        indicators,
    })
}
