//! `/v1/budgets` and `/v1/projects/{id}/budget`.

use auth::Action;
use axum::Json;
use contracts::BudgetChange;
use kernel::ProjectId;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{
    App, Changed, Ctx, Found, IfMatch, Listed, MatchHeader, Page, PageParams, PathId, Problem,
    ReadRefused, Reply, Valid, WriteHeaders, WriteRefused,
};

use super::tally::{BudgetPatch, Figures, Settings, Tally};
use super::{assess, events, lines, store};
use crate::projects::{self, OfProject};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_budgets))
        .routes(routes!(read_budget, change_budget))
        .merge(lines::routes())
}

/// List the budgets of the projects whose money the caller sees
///
/// Oldest project first; each in its project's own currency.
#[utoipa::path(
    get, path = "/v1/budgets", tag = "projects", params(OfProject, PageParams),
    responses((status = 200, description = "A page of budgets in figures", body = Page<Figures>), ReadRefused),
    security(("bearer" = []))
)]
async fn list_budgets(
    cx: Ctx,
    Listed(filter, page): Listed<OfProject>,
) -> Result<Json<Page<Figures>>, Problem> {
    let seen = cx.visible(Action::ReadBudget)?;
    let mut db = cx.db().await?;
    let projects = store::page(&mut db, &seen, &filter, page.after()?, page.limit).await?;
    let entries = store::entries(&mut db, &projects, None).await?;
    let rows = entries.into_iter().map(|e| Tally::of(e).figures).collect();
    Ok(Json(Page::of(rows, page.limit, |f: &Figures| f.project_id)))
}

/// Read a project's budget
///
/// Plan, commitments, actual cost and forecast of every line; what names no line; the margin.
#[utoipa::path(
    get, path = "/v1/projects/{id}/budget", tag = "projects",
    params(("id" = ProjectId, Path, description = "The project")),
    responses((status = 200, description = "The budget", body = Tally), ReadRefused),
    security(("bearer" = []))
)]
async fn read_budget(cx: Ctx, PathId(id): PathId<ProjectId>) -> Result<Found<Tally>, Problem> {
    let mut db = cx.db().await?;
    projects::guard(&cx, &mut db, Action::ReadBudget, id).await?;
    Ok(Found(read(&mut db, id).await?))
}

/// Set the threshold of a budget's alert
///
/// The alert is raised once when the forecast passes the plan by more, and cleared when it comes
/// back.
#[utoipa::path(
    patch, path = "/v1/projects/{id}/budget", tag = "projects",
    params(("id" = ProjectId, Path, description = "The project"), MatchHeader, WriteHeaders),
    request_body(content = BudgetPatch, description = "What changes"),
    responses((status = 200, description = "The budget as it is now", body = Tally), WriteRefused),
    security(("bearer" = []))
)]
async fn change_budget(
    cx: Ctx,
    PathId(id): PathId<ProjectId>,
    expected: IfMatch,
    Valid(patch): Valid<BudgetPatch>,
) -> Result<Reply<Changed<Tally>>, Problem> {
    cx.write(async |tx| {
        projects::guard(&cx, tx, Action::ManageBudget, id).await?;
        store::lock(tx, id).await?;
        let budget = read(tx, id).await?;
        expected.check(&budget)?;
        let before = store::settings(tx, id).await?;
        let settings =
            Settings { threshold_bp: patch.threshold_bp, version: before.version + 1, ..before };
        store::set(tx, id, settings).await?;
        let news = events::budget(&budget.figures, settings, BudgetChange::Set);
        tx.emit_about(&news, &serde_json::json!({ "threshold_bp": patch.threshold_bp }));
        assess(tx, id).await?;
        Ok::<_, Problem>(Changed(read(tx, id).await?))
    })
    .await
}

async fn read(db: &mut sqlx::PgConnection, id: ProjectId) -> Result<Tally, sqlx::Error> {
    let entries = store::entries(db, &[id], None).await?;
    entries.into_iter().next().map(Tally::of).ok_or(sqlx::Error::RowNotFound)
}
