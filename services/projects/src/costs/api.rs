//! `/v1/costs`.

use auth::Action;
use axum::Json;
use contracts::Change;
use kernel::{CommitmentId, CostId, ProjectId};
use sqlx::PgConnection;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{
    App, Changed, Created, Ctx, Found, IfMatch, Listed, MatchHeader, Page, PageParams, PathId,
    Problem, ReadRefused, Reply, Valid, Write, WriteHeaders, WriteRefused,
};

use super::model::{Cost, CostPatch, NewCost};
use super::{events, store};
use crate::projects::{self, OfProject};
use crate::{Error, MoneyError, budget, commitments, rates};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_costs, create_cost))
        .routes(routes!(read_cost, change_cost))
}

/// List the costs of the projects whose money the caller sees
///
/// Purchases and consumption, in the order they were recorded. Hours are costed apart.
#[utoipa::path(
    get, path = "/v1/costs", tag = "projects", params(OfProject, PageParams),
    responses((status = 200, description = "A page of costs", body = Page<Cost>), ReadRefused),
    security(("bearer" = []))
)]
async fn list_costs(
    cx: Ctx,
    Listed(filter, page): Listed<OfProject>,
) -> Result<Json<Page<Cost>>, Problem> {
    let seen = cx.visible(Action::ReadBudget)?;
    let rows = store::list(&mut *cx.db().await?, &seen, &filter, page.after()?, page.limit).await?;
    Ok(Json(Page::of(rows, page.limit, |c| c.id)))
}

/// Record a cost
///
/// One in another currency than the project's is converted by the rate of its day, and refused
/// where there is none.
#[utoipa::path(
    post, path = "/v1/costs", tag = "projects", params(WriteHeaders),
    request_body(content = NewCost, description = "The cost to be recorded"),
    responses((status = 201, description = "The cost as recorded", body = Cost), WriteRefused),
    security(("bearer" = []))
)]
async fn create_cost(cx: Ctx, Valid(new): Valid<NewCost>) -> Result<Reply<Created<Cost>>, Problem> {
    cx.write(async |tx| {
        let project = projects::guard(&cx, tx, Action::ManageBudget, new.project_id).await?;
        let mut cost = Cost::incur(new, project.currency);
        budget::check_line(tx, project.id, cost.budget_line_id).await?;
        check_order(tx, project.id, cost.commitment_id).await?;
        cost.booked_minor = rates::book(tx, cost.amount(), project.currency, cost.spent_on).await?;
        record(tx, &cost).await?;
        budget::assess(tx, project.id).await?;
        Ok::<_, Problem>(Created(format!("/v1/costs/{}", cost.id), cost))
    })
    .await
}

/// Read a cost
#[utoipa::path(
    get, path = "/v1/costs/{id}", tag = "projects",
    params(("id" = CostId, Path, description = "The cost")),
    responses((status = 200, description = "The cost", body = Cost), ReadRefused),
    security(("bearer" = []))
)]
async fn read_cost(cx: Ctx, PathId(id): PathId<CostId>) -> Result<Found<Cost>, Problem> {
    let mut db = cx.db().await?;
    let cost = store::find(&mut db, id).await?;
    projects::guard(&cx, &mut db, Action::ReadBudget, cost.project_id).await?;
    Ok(Found(cost))
}

/// Change a cost
///
/// What is absent stays, `null` clears.
#[utoipa::path(
    patch, path = "/v1/costs/{id}", tag = "projects",
    params(("id" = CostId, Path, description = "The cost"), MatchHeader, WriteHeaders),
    request_body(content = CostPatch, description = "What changes"),
    responses((status = 200, description = "The cost as it is now", body = Cost), WriteRefused),
    security(("bearer" = []))
)]
async fn change_cost(
    cx: Ctx,
    PathId(id): PathId<CostId>,
    expected: IfMatch,
    Valid(patch): Valid<CostPatch>,
) -> Result<Reply<Changed<Cost>>, Problem> {
    cx.write(async |tx| {
        let cost = store::lock(tx, id).await?;
        let project = projects::guard(&cx, tx, Action::ManageBudget, cost.project_id).await?;
        expected.check(&cost)?;
        let rebook = patch.moves_money();
        let mut cost = cost.change(patch)?;
        budget::check_line(tx, project.id, cost.budget_line_id).await?;
        check_order(tx, project.id, cost.commitment_id).await?;
        if rebook {
            cost.booked_minor =
                rates::book(tx, cost.amount(), project.currency, cost.spent_on).await?;
        }
        store::update(tx, &cost).await?;
        tx.emit_about(&events::changed(&cost, Change::Updated), &cost);
        budget::assess(tx, project.id).await?;
        Ok::<_, Problem>(Changed(cost))
    })
    .await
}

/// Stores a new cost and tells of it. The budget is to be assessed after it.
pub(crate) async fn record(tx: &mut Write<'_>, cost: &Cost) -> Result<(), sqlx::Error> {
    store::insert(tx, cost).await?;
    tx.emit_about(&events::changed(cost, Change::Created), cost);
    Ok(())
}

/// The order is one of the project, where one is named.
async fn check_order(
    db: &mut PgConnection,
    project: ProjectId,
    order: Option<CommitmentId>,
) -> Result<(), Error> {
    match order {
        Some(order) if !commitments::is_of(db, project, order).await? => {
            Err(MoneyError::Elsewhere("commitment_id").into())
        }
        _ => Ok(()),
    }
}
