//! `/v1/depots`.

use auth::{Action, Target};
use axum::Json;
use contracts::Change;
use kernel::DepotId;
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use validator::Validate;
use web::{
    App, Changed, Created, Ctx, Found, IfMatch, Listed, MatchHeader, Page, PageParams, PathId,
    Problem, ReadRefused, Reply, Valid, WriteHeaders, WriteRefused,
};

use super::model::{Depot, DepotPatch, NewDepot};
use super::store;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_depots, create_depot))
        .routes(routes!(read_depot, change_depot))
}

/// Which depots to list.
#[derive(Debug, Clone, Deserialize, Validate, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct DepotFilter {
    /// Only those that are still used, or only those that no longer are.
    pub active: Option<bool>,
}

/// List the firm's depots
#[utoipa::path(
    get, path = "/v1/depots", tag = "resources", params(DepotFilter, PageParams),
    responses((status = 200, description = "A page of depots", body = Page<Depot>), ReadRefused),
    security(("bearer" = []))
)]
async fn list_depots(
    cx: Ctx,
    Listed(filter, page): Listed<DepotFilter>,
) -> Result<Json<Page<Depot>>, Problem> {
    cx.may(Action::ReadWorkers, &Target::tenant())?;
    let rows = store::list(&mut *cx.db().await?, &filter, page.after()?, page.limit).await?;
    Ok(Json(Page::of(rows, page.limit, |one| one.id)))
}

/// Take in a depot
#[utoipa::path(
    post, path = "/v1/depots", tag = "resources", params(WriteHeaders),
    request_body(content = NewDepot, description = "The depot"),
    responses((status = 201, description = "The depot as taken in", body = Depot), WriteRefused),
    security(("bearer" = []))
)]
async fn create_depot(
    cx: Ctx,
    Valid(new): Valid<NewDepot>,
) -> Result<Reply<Created<Depot>>, Problem> {
    cx.may(Action::ManageFleet, &Target::tenant())?;
    cx.write(async |tx| {
        let depot = Depot::open(new, cx.tenant.zone.name());
        store::insert(tx, &depot).await?;
        tx.emit_about(&depot.changed(Change::Created), &depot);
        Ok::<_, Problem>(Created(format!("/v1/depots/{}", depot.id), depot))
    })
    .await
}

/// Read a depot
#[utoipa::path(
    get, path = "/v1/depots/{id}", tag = "resources",
    params(("id" = DepotId, Path, description = "The depot")),
    responses((status = 200, description = "The depot", body = Depot), ReadRefused),
    security(("bearer" = []))
)]
async fn read_depot(cx: Ctx, PathId(id): PathId<DepotId>) -> Result<Found<Depot>, Problem> {
    cx.sees(Action::ReadWorkers, &Target::tenant())?;
    Ok(Found(store::find(&mut *cx.db().await?, id).await?))
}

/// Change a depot
///
/// What is absent stays, `null` clears.
#[utoipa::path(
    patch, path = "/v1/depots/{id}", tag = "resources",
    params(("id" = DepotId, Path, description = "The depot"), MatchHeader, WriteHeaders),
    request_body(content = DepotPatch, description = "What changes"),
    responses((status = 200, description = "The depot as it is now", body = Depot), WriteRefused),
    security(("bearer" = []))
)]
async fn change_depot(
    cx: Ctx,
    PathId(id): PathId<DepotId>,
    expected: IfMatch,
    Valid(patch): Valid<DepotPatch>,
) -> Result<Reply<Changed<Depot>>, Problem> {
    cx.guard(Action::ReadWorkers, Action::ManageFleet, &Target::tenant())?;
    cx.write(async |tx| {
        let depot = store::lock(tx, id).await?;
        expected.check(&depot)?;
        let depot = depot.change(patch);
        store::update(tx, &depot).await?;
        tx.emit_about(&depot.changed(Change::Updated), &depot);
        Ok::<_, Problem>(Changed(depot))
    })
    .await
}
