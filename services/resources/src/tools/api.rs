//! `/v1/tools`.

use auth::{Action, Target};
use axum::Json;
use contracts::Change;
use kernel::ToolId;
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use validator::Validate;
use web::{
    App, Changed, Created, Ctx, Found, IfMatch, Listed, MatchHeader, Page, PageParams, PathId,
    Problem, ReadRefused, Reply, Valid, WriteHeaders, WriteRefused, check,
};

use super::model::{NewTool, Tool, ToolPatch};
use super::store;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_tools, create_tool))
        .routes(routes!(read_tool, change_tool))
}

/// Which tools to list.
#[derive(Debug, Clone, Deserialize, Validate, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct ToolFilter {
    /// Only those that are still used, or only those that no longer are.
    pub active: Option<bool>,
    /// Only those of this kind.
    #[validate(length(min = 1, max = 32), custom(function = check::code))]
    #[param(min_length = 1, max_length = 32)]
    pub kind: Option<String>,
    /// Only those this depot, vehicle or worker holds.
    pub holder_id: Option<uuid::Uuid>,
}

/// List the firm's tools
#[utoipa::path(
    get, path = "/v1/tools", tag = "resources", params(ToolFilter, PageParams),
    responses((status = 200, description = "A page of tools", body = Page<Tool>), ReadRefused),
    security(("bearer" = []))
)]
async fn list_tools(
    cx: Ctx,
    Listed(filter, page): Listed<ToolFilter>,
) -> Result<Json<Page<Tool>>, Problem> {
    cx.may(Action::ReadWorkers, &Target::tenant())?;
    let rows = store::list(&mut *cx.db().await?, &filter, page.after()?, page.limit).await?;
    Ok(Json(Page::of(rows, page.limit, |one| one.id)))
}

/// Take in a tool
#[utoipa::path(
    post, path = "/v1/tools", tag = "resources", params(WriteHeaders),
    request_body(content = NewTool, description = "The tool"),
    responses((status = 201, description = "The tool as taken in", body = Tool), WriteRefused),
    security(("bearer" = []))
)]
async fn create_tool(cx: Ctx, Valid(new): Valid<NewTool>) -> Result<Reply<Created<Tool>>, Problem> {
    cx.may(Action::ManageFleet, &Target::tenant())?;
    cx.write(async |tx| {
        let tool = Tool::take_in(new);
        store::insert(tx, &tool).await?;
        tx.emit_about(&tool.changed(Change::Created), &tool);
        Ok::<_, Problem>(Created(format!("/v1/tools/{}", tool.id), tool))
    })
    .await
}

/// Read a tool
#[utoipa::path(
    get, path = "/v1/tools/{id}", tag = "resources",
    params(("id" = ToolId, Path, description = "The tool")),
    responses((status = 200, description = "The tool", body = Tool), ReadRefused),
    security(("bearer" = []))
)]
async fn read_tool(cx: Ctx, PathId(id): PathId<ToolId>) -> Result<Found<Tool>, Problem> {
    cx.sees(Action::ReadWorkers, &Target::tenant())?;
    Ok(Found(store::find(&mut *cx.db().await?, id).await?))
}

/// Change a tool
///
/// What is absent stays, `null` clears.
#[utoipa::path(
    patch, path = "/v1/tools/{id}", tag = "resources",
    params(("id" = ToolId, Path, description = "The tool"), MatchHeader, WriteHeaders),
    request_body(content = ToolPatch, description = "What changes"),
    responses((status = 200, description = "The tool as it is now", body = Tool), WriteRefused),
    security(("bearer" = []))
)]
async fn change_tool(
    cx: Ctx,
    PathId(id): PathId<ToolId>,
    expected: IfMatch,
    Valid(patch): Valid<ToolPatch>,
) -> Result<Reply<Changed<Tool>>, Problem> {
    cx.guard(Action::ReadWorkers, Action::ManageFleet, &Target::tenant())?;
    cx.write(async |tx| {
        let tool = store::lock(tx, id).await?;
        expected.check(&tool)?;
        let tool = tool.change(patch);
        store::update(tx, &tool).await?;
        tx.emit_about(&tool.changed(Change::Updated), &tool);
        Ok::<_, Problem>(Changed(tool))
    })
    .await
}
