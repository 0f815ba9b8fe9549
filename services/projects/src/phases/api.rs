//! `/v1/phases`.

use auth::Action;
use axum::Json;
use contracts::Change;
use kernel::PhaseId;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{
    App, Changed, Created, Ctx, Found, IfMatch, Listed, MatchHeader, Page, PageParams, PathId,
    Problem, ReadRefused, Reply, Valid, WriteHeaders, WriteRefused,
};

use super::model::{NewPhase, Phase, PhasePatch};
use super::{events, store};
use crate::projects::{self, OfProject};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_phases, create_phase))
        .routes(routes!(read_phase, change_phase))
}

/// List the phases of the projects the caller sees
///
/// Oldest first; each carries its place in the project as `order`.
#[utoipa::path(
    get, path = "/v1/phases", tag = "projects", params(OfProject, PageParams),
    responses((status = 200, description = "A page of phases", body = Page<Phase>), ReadRefused),
    security(("bearer" = []))
)]
async fn list_phases(
    cx: Ctx,
    Listed(filter, page): Listed<OfProject>,
) -> Result<Json<Page<Phase>>, Problem> {
    cx.visible(Action::ReadProject)?;
    let mut db = cx.db().await?;
    let seen = projects::visible(&cx, &mut db).await?;
    let rows = store::list(&mut db, &seen, &filter, page.after()?, page.limit).await?;
    Ok(Json(Page::of(rows, page.limit, |p| p.id)))
}

/// Make a phase
///
/// For who manages its project.
#[utoipa::path(
    post, path = "/v1/phases", tag = "projects", params(WriteHeaders),
    request_body(content = NewPhase, description = "The phase to be made"),
    responses((status = 201, description = "The phase as it was made", body = Phase), WriteRefused),
    security(("bearer" = []))
)]
async fn create_phase(
    cx: Ctx,
    Valid(new): Valid<NewPhase>,
) -> Result<Reply<Created<Phase>>, Problem> {
    cx.write(async |tx| {
        projects::guard(&cx, tx, Action::ManageProject, new.project_id).await?;
        let last = store::last(tx, new.project_id).await?;
        let phase = Phase::add(new, last)?;
        store::insert(tx, &phase).await?;
        tx.emit_about(&events::changed(&phase, Change::Created), &phase);
        Ok::<_, Problem>(Created(format!("/v1/phases/{}", phase.id), phase))
    })
    .await
}

/// Read a phase
#[utoipa::path(
    get, path = "/v1/phases/{id}", tag = "projects",
    params(("id" = PhaseId, Path, description = "The phase")),
    responses((status = 200, description = "The phase", body = Phase), ReadRefused),
    security(("bearer" = []))
)]
async fn read_phase(cx: Ctx, PathId(id): PathId<PhaseId>) -> Result<Found<Phase>, Problem> {
    let mut db = cx.db().await?;
    let phase = store::find(&mut db, id).await?;
    projects::sees(&cx, &mut db, phase.project_id).await?;
    Ok(Found(phase))
}

/// Change a phase
///
/// What is absent stays, `null` clears.
#[utoipa::path(
    patch, path = "/v1/phases/{id}", tag = "projects",
    params(("id" = PhaseId, Path, description = "The phase"), MatchHeader, WriteHeaders),
    request_body(content = PhasePatch, description = "What changes"),
    responses((status = 200, description = "The phase as it is now", body = Phase), WriteRefused),
    security(("bearer" = []))
)]
async fn change_phase(
    cx: Ctx,
    PathId(id): PathId<PhaseId>,
    expected: IfMatch,
    Valid(patch): Valid<PhasePatch>,
) -> Result<Reply<Changed<Phase>>, Problem> {
    cx.write(async |tx| {
        let phase = store::lock(tx, id).await?;
        projects::guard(&cx, tx, Action::ManageProject, phase.project_id).await?;
        expected.check(&phase)?;
        let phase = phase.change(patch)?;
        store::update(tx, &phase).await?;
        tx.emit_about(&events::changed(&phase, Change::Updated), &phase);
        Ok::<_, Problem>(Changed(phase))
    })
    .await
}
