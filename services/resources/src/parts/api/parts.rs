//! `/v1/parts`.

use auth::{Action, Target};
use axum::Json;
use contracts::Change;
use kernel::PartId;
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use validator::Validate;
use web::{
    App, Changed, Created, Ctx, Found, IfMatch, Listed, MatchHeader, Page, PageParams, PathId,
    Problem, ReadRefused, Reply, Valid, WriteHeaders, WriteRefused, check,
};

use super::super::model::{NewPart, Part, PartPatch};
use super::super::store;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_parts, create_part))
        .routes(routes!(read_part, change_part))
}

/// Which parts to list.
#[derive(Debug, Clone, Deserialize, Validate, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct PartFilter {
    /// Only those that are still used, or only those that no longer are.
    pub active: Option<bool>,
    /// Only those with this in their code or name, whatever the case.
    #[validate(length(min = 1, max = 100), custom(function = check::text))]
    #[param(min_length = 1, max_length = 100)]
    pub q: Option<String>,
}

/// List the firm's parts
#[utoipa::path(
    get, path = "/v1/parts", tag = "resources", params(PartFilter, PageParams),
    responses((status = 200, description = "A page of parts", body = Page<Part>), ReadRefused),
    security(("bearer" = []))
)]
async fn list_parts(
    cx: Ctx,
    Listed(filter, page): Listed<PartFilter>,
) -> Result<Json<Page<Part>>, Problem> {
    cx.may(Action::ReadWorkers, &Target::tenant())?;
    let rows = store::list(&mut *cx.db().await?, &filter, page.after()?, page.limit).await?;
    Ok(Json(Page::of(rows, page.limit, |one| one.id)))
}

/// Take in a part
#[utoipa::path(
    post, path = "/v1/parts", tag = "resources", params(WriteHeaders),
    request_body(content = NewPart, description = "The part"),
    responses((status = 201, description = "The part as taken in", body = Part), WriteRefused),
    security(("bearer" = []))
)]
async fn create_part(cx: Ctx, Valid(new): Valid<NewPart>) -> Result<Reply<Created<Part>>, Problem> {
    cx.may(Action::ManageFleet, &Target::tenant())?;
    cx.write(async |tx| {
        let part = Part::take_in(new);
        store::insert(tx, &part).await?;
        tx.emit_about(&part.changed(Change::Created), &part);
        Ok::<_, Problem>(Created(format!("/v1/parts/{}", part.id), part))
    })
    .await
}

/// Read a part
#[utoipa::path(
    get, path = "/v1/parts/{id}", tag = "resources",
    params(("id" = PartId, Path, description = "The part")),
    responses((status = 200, description = "The part", body = Part), ReadRefused),
    security(("bearer" = []))
)]
async fn read_part(cx: Ctx, PathId(id): PathId<PartId>) -> Result<Found<Part>, Problem> {
    cx.sees(Action::ReadWorkers, &Target::tenant())?;
    Ok(Found(store::find(&mut *cx.db().await?, id).await?))
}

/// Change a part
///
/// What is absent stays, `null` clears.
#[utoipa::path(
    patch, path = "/v1/parts/{id}", tag = "resources",
    params(("id" = PartId, Path, description = "The part"), MatchHeader, WriteHeaders),
    request_body(content = PartPatch, description = "What changes"),
    responses((status = 200, description = "The part as it is now", body = Part), WriteRefused),
    security(("bearer" = []))
)]
async fn change_part(
    cx: Ctx,
    PathId(id): PathId<PartId>,
    expected: IfMatch,
    Valid(patch): Valid<PartPatch>,
) -> Result<Reply<Changed<Part>>, Problem> {
    cx.guard(Action::ReadWorkers, Action::ManageFleet, &Target::tenant())?;
    cx.write(async |tx| {
        let part = store::lock(tx, id).await?;
        expected.check(&part)?;
        let part = part.change(patch);
        store::update(tx, &part).await?;
        tx.emit_about(&part.changed(Change::Updated), &part);
        Ok::<_, Problem>(Changed(part))
    })
    .await
}
