//! `/v1/steering/kpis`.

use auth::Action;
use axum::Json;
use contracts::SteeringKpiChange;
use kernel::SteeringKpiId;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{
    App, Changed, Created, Ctx, Done, Found, IfMatch, Listed, MatchHeader, Page, PageParams,
    PathId, Problem, ReadRefused, Reply, Valid, WriteHeaders, WriteRefused,
};

use super::model::{NewSteeringKpi, SteeringKpi, SteeringKpiPatch};
use super::{events, store};
use crate::projects::{self, OfProject};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_steering_kpis, create_steering_kpi)).routes(routes!(
        read_steering_kpi,
        change_steering_kpi,
        remove_steering_kpi
    ))
}

/// List the KPIs that the steering of the caller's projects follows
///
/// Oldest first. Their present values stand in a project's status.
#[utoipa::path(
    get, path = "/v1/steering/kpis", tag = "projects", params(OfProject, PageParams),
    responses((status = 200, description = "A page of KPIs", body = Page<SteeringKpi>), ReadRefused),
    security(("bearer" = []))
)]
async fn list_steering_kpis(
    cx: Ctx,
    Listed(filter, page): Listed<OfProject>,
) -> Result<Json<Page<SteeringKpi>>, Problem> {
    let seen = cx.visible(Action::ReadSteering)?;
    let rows = store::list(&mut *cx.db().await?, &seen, &filter, page.after()?, page.limit).await?;
    Ok(Json(Page::of(rows, page.limit, |kpi| kpi.id)))
}

/// Follow a KPI
///
/// For who steers the project.
#[utoipa::path(
    post, path = "/v1/steering/kpis", tag = "projects", params(WriteHeaders),
    request_body(content = NewSteeringKpi, description = "The KPI to be followed"),
    responses((status = 201, description = "The KPI as it is followed", body = SteeringKpi), WriteRefused),
    security(("bearer" = []))
)]
async fn create_steering_kpi(
    cx: Ctx,
    Valid(new): Valid<NewSteeringKpi>,
) -> Result<Reply<Created<SteeringKpi>>, Problem> {
    cx.write(async |tx| {
        projects::guard(&cx, tx, Action::ManageSteering, new.project_id).await?;
        let kpi = SteeringKpi::follow(new)?;
        store::insert(tx, &kpi).await?;
        tx.emit_about(&events::changed(&kpi, SteeringKpiChange::Created), &kpi);
        Ok::<_, Problem>(Created(format!("/v1/steering/kpis/{}", kpi.id), kpi))
    })
    .await
}

/// Read a KPI that a project's steering follows
#[utoipa::path(
    get, path = "/v1/steering/kpis/{id}", tag = "projects",
    params(("id" = SteeringKpiId, Path, description = "The KPI")),
    responses((status = 200, description = "The KPI", body = SteeringKpi), ReadRefused),
    security(("bearer" = []))
)]
async fn read_steering_kpi(
    cx: Ctx,
    PathId(id): PathId<SteeringKpiId>,
) -> Result<Found<SteeringKpi>, Problem> {
    let kpi = store::find(&mut *cx.db().await?, id).await?;
    cx.sees(Action::ReadSteering, &auth::Target::project(kpi.project_id))?;
    Ok(Found(kpi))
}

/// Change a KPI that a project's steering follows
///
/// What is absent stays.
#[utoipa::path(
    patch, path = "/v1/steering/kpis/{id}", tag = "projects",
    params(("id" = SteeringKpiId, Path, description = "The KPI"), MatchHeader, WriteHeaders),
    request_body(content = SteeringKpiPatch, description = "What changes"),
    responses((status = 200, description = "The KPI as it is now", body = SteeringKpi), WriteRefused),
    security(("bearer" = []))
)]
async fn change_steering_kpi(
    cx: Ctx,
    PathId(id): PathId<SteeringKpiId>,
    expected: IfMatch,
    Valid(patch): Valid<SteeringKpiPatch>,
) -> Result<Reply<Changed<SteeringKpi>>, Problem> {
    cx.write(async |tx| {
        let kpi = store::lock(tx, id).await?;
        let target = auth::Target::project(kpi.project_id);
        cx.guard(Action::ReadSteering, Action::ManageSteering, &target)?;
        expected.check(&kpi)?;
        let kpi = kpi.change(&patch)?;
        store::update(tx, &kpi).await?;
        tx.emit_about(&events::changed(&kpi, SteeringKpiChange::Updated), &kpi);
        Ok::<_, Problem>(Changed(kpi))
    })
    .await
}

/// Follow a KPI no longer
#[utoipa::path(
    delete, path = "/v1/steering/kpis/{id}", tag = "projects",
    params(("id" = SteeringKpiId, Path, description = "The KPI"), WriteHeaders),
    responses((status = 204, description = "Followed no longer"), WriteRefused),
    security(("bearer" = []))
)]
async fn remove_steering_kpi(
    cx: Ctx,
    PathId(id): PathId<SteeringKpiId>,
) -> Result<Reply<Done>, Problem> {
    cx.write(async |tx| {
        let kpi = store::lock(tx, id).await?;
        let target = auth::Target::project(kpi.project_id);
        cx.guard(Action::ReadSteering, Action::ManageSteering, &target)?;
        store::remove(tx, id).await?;
        let gone = SteeringKpi { version: kpi.version + 1, ..kpi };
        tx.emit_about(&events::changed(&gone, SteeringKpiChange::Removed), &gone);
        Ok::<_, Problem>(Done)
    })
    .await
}
