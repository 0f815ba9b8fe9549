//! `/v1/crews`.

use auth::{Action, Target};
use axum::Json;
use contracts::Change;
use kernel::{CrewId, WorkerId};
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use validator::Validate;
use web::{
    App, Changed, Created, Ctx, Found, IfMatch, Listed, MatchHeader, Page, PageParams, Params,
    PathId, Problem, ReadRefused, Reply, Valid, WriteHeaders, WriteRefused,
};

use super::model::{Crew, CrewPatch, Membership, NewCrew};
use super::{events, store};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_crews, create_crew))
        .routes(routes!(read_crew, change_crew))
        .routes(routes!(list_crew_memberships))
}

/// Which crews to list.
#[derive(Debug, Clone, Deserialize, Validate, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct CrewFilter {
    /// Only those this worker belongs to.
    pub worker_id: Option<WorkerId>,
}

fn target(crew: &Crew) -> Target {
    Target::tenant().with_workers(crew.members.iter().copied())
}

/// List the crews the caller sees
#[utoipa::path(
    get, path = "/v1/crews", tag = "resources", params(CrewFilter, PageParams),
    responses((status = 200, description = "A page of crews", body = Page<Crew>), ReadRefused),
    security(("bearer" = []))
)]
async fn list_crews(
    cx: Ctx,
    Listed(filter, page): Listed<CrewFilter>,
) -> Result<Json<Page<Crew>>, Problem> {
    let seen = cx.visible(Action::ReadWorkers)?;
    let rows = store::list(&mut *cx.db().await?, &seen, &filter, page.after()?, page.limit).await?;
    Ok(Json(Page::of(rows, page.limit, |c| c.id)))
}

/// Form a crew
#[utoipa::path(
    post, path = "/v1/crews", tag = "resources", params(WriteHeaders),
    request_body(content = NewCrew, description = "The crew to be formed"),
    responses((status = 201, description = "The crew as it was formed", body = Crew), WriteRefused),
    security(("bearer" = []))
)]
async fn create_crew(cx: Ctx, Valid(new): Valid<NewCrew>) -> Result<Reply<Created<Crew>>, Problem> {
    cx.may(Action::ManageWorkers, &Target::tenant())?;
    cx.write(async |tx| {
        let (crew, now) = (Crew::form(new), tx.now());
        let known = store::known(tx, &crew).await?;
        let crew = crew.gather(&known)?;
        store::insert(tx, &crew).await?;
        store::set_members(tx, &crew, now).await?;
        tx.emit_about(&events::changed(&crew, Change::Created), &crew);
        Ok::<_, Problem>(Created(format!("/v1/crews/{}", crew.id), crew))
    })
    .await
}

/// Read a crew
#[utoipa::path(
    get, path = "/v1/crews/{id}", tag = "resources",
    params(("id" = CrewId, Path, description = "The crew")),
    responses((status = 200, description = "The crew", body = Crew), ReadRefused),
    security(("bearer" = []))
)]
async fn read_crew(cx: Ctx, PathId(id): PathId<CrewId>) -> Result<Found<Crew>, Problem> {
    let crew = store::find(&mut *cx.db().await?, id).await?;
    cx.sees(Action::ReadWorkers, &target(&crew))?;
    Ok(Found(crew))
}

/// List who belonged to a crew when
#[utoipa::path(
    get, path = "/v1/crews/{id}/memberships", tag = "resources",
    params(("id" = CrewId, Path, description = "The crew"), PageParams),
    responses((status = 200, description = "A page of memberships", body = Page<Membership>), ReadRefused),
    security(("bearer" = []))
)]
async fn list_crew_memberships(
    cx: Ctx,
    PathId(id): PathId<CrewId>,
    Params(page): Params<PageParams>,
) -> Result<Json<Page<Membership>>, Problem> {
    let mut db = cx.db().await?;
    let crew = store::find(&mut db, id).await?;
    cx.sees(Action::ReadWorkers, &target(&crew))?;
    let rows = store::memberships(&mut db, id, page.after()?, page.limit).await?;
    Ok(Json(Page::of(rows, page.limit, |m| m.id)))
}

/// Change a crew
///
/// What is absent stays, `null` clears; `members` are all who belong to it from now on.
#[utoipa::path(
    patch, path = "/v1/crews/{id}", tag = "resources",
    params(("id" = CrewId, Path, description = "The crew"), MatchHeader, WriteHeaders),
    request_body(content = CrewPatch, description = "What changes"),
    responses((status = 200, description = "The crew as it is now", body = Crew), WriteRefused),
    security(("bearer" = []))
)]
async fn change_crew(
    cx: Ctx,
    PathId(id): PathId<CrewId>,
    expected: IfMatch,
    Valid(patch): Valid<CrewPatch>,
) -> Result<Reply<Changed<Crew>>, Problem> {
    cx.write(async |tx| {
        let crew = store::lock(tx, id).await?;
        cx.guard(Action::ReadWorkers, Action::ManageWorkers, &target(&crew))?;
        expected.check(&crew)?;
        let (crew, now) = (crew.change(patch), tx.now());
        let known = store::known(tx, &crew).await?;
        let crew = crew.gather(&known)?;
        store::update(tx, &crew).await?;
        store::set_members(tx, &crew, now).await?;
        tx.emit_about(&events::changed(&crew, Change::Updated), &crew);
        Ok::<_, Problem>(Changed(crew))
    })
    .await
}
