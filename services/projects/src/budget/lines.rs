//! `/v1/budget-lines`.

use auth::Action;
use axum::Json;
use contracts::Change;
use kernel::BudgetLineId;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{
    App, Changed, Created, Ctx, Found, IfMatch, Listed, MatchHeader, Page, PageParams, PathId,
    Problem, ReadRefused, Reply, Valid, WriteHeaders, WriteRefused,
};

use super::model::{BudgetLine, BudgetLinePatch, NewBudgetLine};
use super::{assess, events, store};
use crate::projects::{self, OfProject};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_budget_lines, create_budget_line))
        .routes(routes!(read_budget_line, change_budget_line))
}

/// List the budget lines of the projects whose money the caller sees
///
/// Oldest first.
#[utoipa::path(
    get, path = "/v1/budget-lines", tag = "projects", params(OfProject, PageParams),
    responses((status = 200, description = "A page of budget lines", body = Page<BudgetLine>), ReadRefused),
    security(("bearer" = []))
)]
async fn list_budget_lines(
    cx: Ctx,
    Listed(filter, page): Listed<OfProject>,
) -> Result<Json<Page<BudgetLine>>, Problem> {
    let seen = cx.visible(Action::ReadBudget)?;
    let rows =
        store::list_lines(&mut *cx.db().await?, &seen, &filter, page.after()?, page.limit).await?;
    Ok(Json(Page::of(rows, page.limit, |line| line.id)))
}

/// Plan a budget line
///
/// For who manages its project's money.
#[utoipa::path(
    post, path = "/v1/budget-lines", tag = "projects", params(WriteHeaders),
    request_body(content = NewBudgetLine, description = "The line to be planned"),
    responses((status = 201, description = "The line as planned", body = BudgetLine), WriteRefused),
    security(("bearer" = []))
)]
async fn create_budget_line(
    cx: Ctx,
    Valid(new): Valid<NewBudgetLine>,
) -> Result<Reply<Created<BudgetLine>>, Problem> {
    cx.write(async |tx| {
        projects::guard(&cx, tx, Action::ManageBudget, new.project_id).await?;
        let line = BudgetLine::plan(new);
        store::check_references(tx, &line).await?;
        store::lock(tx, line.project_id).await?;
        store::check_room(tx, line.project_id).await?;
        store::insert_line(tx, &line).await?;
        tx.emit_about(&events::line(&line, Change::Created), &line);
        assess(tx, line.project_id).await?;
        Ok::<_, Problem>(Created(format!("/v1/budget-lines/{}", line.id), line))
    })
    .await
}

/// Read a budget line
#[utoipa::path(
    get, path = "/v1/budget-lines/{id}", tag = "projects",
    params(("id" = BudgetLineId, Path, description = "The budget line")),
    responses((status = 200, description = "The budget line", body = BudgetLine), ReadRefused),
    security(("bearer" = []))
)]
async fn read_budget_line(
    cx: Ctx,
    PathId(id): PathId<BudgetLineId>,
) -> Result<Found<BudgetLine>, Problem> {
    let mut db = cx.db().await?;
    let line = store::find_line(&mut db, id).await?;
    projects::guard(&cx, &mut db, Action::ReadBudget, line.project_id).await?;
    Ok(Found(line))
}

/// Change a budget line
///
/// What is absent stays, `null` clears.
#[utoipa::path(
    patch, path = "/v1/budget-lines/{id}", tag = "projects",
    params(("id" = BudgetLineId, Path, description = "The budget line"), MatchHeader, WriteHeaders),
    request_body(content = BudgetLinePatch, description = "What changes"),
    responses((status = 200, description = "The line as it is now", body = BudgetLine), WriteRefused),
    security(("bearer" = []))
)]
async fn change_budget_line(
    cx: Ctx,
    PathId(id): PathId<BudgetLineId>,
    expected: IfMatch,
    Valid(patch): Valid<BudgetLinePatch>,
) -> Result<Reply<Changed<BudgetLine>>, Problem> {
    cx.write(async |tx| {
        let line = store::lock_line(tx, id).await?;
        projects::guard(&cx, tx, Action::ManageBudget, line.project_id).await?;
        expected.check(&line)?;
        let line = line.change(patch);
        store::check_references(tx, &line).await?;
        store::update_line(tx, &line).await?;
        tx.emit_about(&events::line(&line, Change::Updated), &line);
        assess(tx, line.project_id).await?;
        Ok::<_, Problem>(Changed(line))
    })
    .await
}
