//! `/v1/change-orders`.

use auth::Action;
use axum::Json;
use contracts::{ChangeOrderChange, ChangeOrderStatus};
use kernel::{ChangeOrderId, ProjectId};
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use validator::Validate;
use web::{
    App, Changed, Created, Ctx, Found, IfMatch, Listed, MatchHeader, Page, PageParams, PathId,
    Problem, ReadRefused, Reply, Valid, WriteHeaders, WriteRefused,
};

use super::model::{ChangeOrder, ChangeOrderPatch, NewChangeOrder};
use super::store;
use crate::decision::{Agreement, Decision, Objection};
use crate::projects;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_change_orders, create_change_order))
        .routes(routes!(read_change_order, change_change_order))
        .routes(routes!(submit_change_order))
        .routes(routes!(approve_change_order))
        .routes(routes!(reject_change_order))
}

/// Which change orders to list.
#[derive(Debug, Clone, Deserialize, Validate, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ChangeOrderFilter {
    /// Only those of this project.
    pub project_id: Option<ProjectId>,
    /// Only those that stand so.
    pub status: Option<ChangeOrderStatus>,
}

/// List the change orders of the projects the caller sees
///
/// Oldest first.
#[utoipa::path(
    get, path = "/v1/change-orders", tag = "projects", params(ChangeOrderFilter, PageParams),
    responses((status = 200, description = "A page of change orders", body = Page<ChangeOrder>), ReadRefused),
    security(("bearer" = []))
)]
async fn list_change_orders(
    cx: Ctx,
    Listed(filter, page): Listed<ChangeOrderFilter>,
) -> Result<Json<Page<ChangeOrder>>, Problem> {
    cx.visible(Action::ReadProject)?;
    let mut db = cx.db().await?;
    let seen = projects::visible(&cx, &mut db).await?;
    let rows = store::list(&mut db, &seen, &filter, page.after()?, page.limit).await?;
    Ok(Json(Page::of(rows, page.limit, |c| c.id)))
}

/// Draft a change order
///
/// For who manages its project. It gets the project's next number; numbers have no gaps, so none
/// is ever removed.
#[utoipa::path(
    post, path = "/v1/change-orders", tag = "projects", params(WriteHeaders),
    request_body(content = NewChangeOrder, description = "The change order to be drafted"),
    responses((status = 201, description = "The change order as it was drafted", body = ChangeOrder), WriteRefused),
    security(("bearer" = []))
)]
async fn create_change_order(
    cx: Ctx,
    Valid(new): Valid<NewChangeOrder>,
) -> Result<Reply<Created<ChangeOrder>>, Problem> {
    cx.write(async |tx| {
        let project = projects::guard(&cx, tx, Action::ManageProject, new.project_id).await?;
        projects::lock(tx, project.id).await?;
        let number = store::next_number(tx, project.id).await?;
        let order = ChangeOrder::draft(new, number, project.currency)?;
        store::insert(tx, &order).await?;
        tx.emit_about(&order.changed(ChangeOrderChange::Created), &order);
        Ok::<_, Problem>(Created(format!("/v1/change-orders/{}", order.id), order))
    })
    .await
}

/// Read a change order
#[utoipa::path(
    get, path = "/v1/change-orders/{id}", tag = "projects",
    params(("id" = ChangeOrderId, Path, description = "The change order")),
    responses((status = 200, description = "The change order", body = ChangeOrder), ReadRefused),
    security(("bearer" = []))
)]
async fn read_change_order(
    cx: Ctx,
    PathId(id): PathId<ChangeOrderId>,
) -> Result<Found<ChangeOrder>, Problem> {
    let mut db = cx.db().await?;
    let order = store::find(&mut db, id).await?;
    projects::sees(&cx, &mut db, order.project_id).await?;
    Ok(Found(order))
}

/// Change a change order
///
/// What is absent stays, `null` clears. One that waits for a decision or was approved does not
/// change; a rejected one becomes a draft again.
#[utoipa::path(
    patch, path = "/v1/change-orders/{id}", tag = "projects",
    params(("id" = ChangeOrderId, Path, description = "The change order"), MatchHeader, WriteHeaders),
    request_body(content = ChangeOrderPatch, description = "What changes"),
    responses((status = 200, description = "The change order as it is now", body = ChangeOrder), WriteRefused),
    security(("bearer" = []))
)]
async fn change_change_order(
    cx: Ctx,
    PathId(id): PathId<ChangeOrderId>,
    expected: IfMatch,
    Valid(patch): Valid<ChangeOrderPatch>,
) -> Result<Reply<Changed<ChangeOrder>>, Problem> {
    cx.write(async |tx| {
        let order = store::lock(tx, id).await?;
        let project = projects::guard(&cx, tx, Action::ManageProject, order.project_id).await?;
        expected.check(&order)?;
        let order = order.change(patch, project.currency)?;
        store::update(tx, &order).await?;
        tx.emit_about(&order.changed(ChangeOrderChange::Updated), &order);
        Ok::<_, Problem>(Changed(order))
    })
    .await
}

/// Submit a change order
///
/// From then on it waits for a decision. For who manages its project.
#[utoipa::path(
    post, path = "/v1/change-orders/{id}/submit", tag = "projects",
    params(("id" = ChangeOrderId, Path, description = "The change order"), WriteHeaders),
    request_body(content = Agreement, description = "What is said with it"),
    responses((status = 200, description = "The change order, submitted", body = ChangeOrder), WriteRefused),
    security(("bearer" = []))
)]
async fn submit_change_order(
    cx: Ctx,
    PathId(id): PathId<ChangeOrderId>,
    Valid(said): Valid<Agreement>,
) -> Result<Reply<Changed<ChangeOrder>>, Problem> {
    cx.write(async |tx| {
        let order = store::lock(tx, id).await?;
        projects::guard(&cx, tx, Action::ManageProject, order.project_id).await?;
        let order = order.submit(said.note)?;
        store::update(tx, &order).await?;
        tx.emit_about(&order.changed(ChangeOrderChange::Submitted), &order);
        Ok::<_, Problem>(Changed(order))
    })
    .await
}

/// Approve a change order
///
/// For managers. Final: an approved change order no longer changes.
#[utoipa::path(
    post, path = "/v1/change-orders/{id}/approve", tag = "projects",
    params(("id" = ChangeOrderId, Path, description = "The change order"), WriteHeaders),
    request_body(content = Agreement, description = "What is said with it"),
    responses((status = 200, description = "The change order, approved", body = ChangeOrder), WriteRefused),
    security(("bearer" = []))
)]
async fn approve_change_order(
    cx: Ctx,
    PathId(id): PathId<ChangeOrderId>,
    Valid(said): Valid<Agreement>,
) -> Result<Reply<Changed<ChangeOrder>>, Problem> {
    decide(&cx, id, ChangeOrderStatus::Approved, said.note, ChangeOrderChange::Approved).await
}

/// Reject a change order
///
/// For managers. It may be written anew and submitted again under its number.
#[utoipa::path(
    post, path = "/v1/change-orders/{id}/reject", tag = "projects",
    params(("id" = ChangeOrderId, Path, description = "The change order"), WriteHeaders),
    request_body(content = Objection, description = "Why not"),
    responses((status = 200, description = "The change order, rejected", body = ChangeOrder), WriteRefused),
    security(("bearer" = []))
)]
async fn reject_change_order(
    cx: Ctx,
    PathId(id): PathId<ChangeOrderId>,
    Valid(said): Valid<Objection>,
) -> Result<Reply<Changed<ChangeOrder>>, Problem> {
    decide(&cx, id, ChangeOrderStatus::Rejected, Some(said.note), ChangeOrderChange::Rejected).await
}

async fn decide(
    cx: &Ctx,
    id: ChangeOrderId,
    status: ChangeOrderStatus,
    note: Option<String>,
    change: ChangeOrderChange,
) -> Result<Reply<Changed<ChangeOrder>>, Problem> {
    cx.write(async |tx| {
        let order = store::lock(tx, id).await?;
        projects::guard(cx, tx, Action::SponsorProject, order.project_id).await?;
        let order = order.decide(status, note, Decision::of(cx))?;
        store::update(tx, &order).await?;
        tx.emit_about(&order.changed(change), &order);
        Ok::<_, Problem>(Changed(order))
    })
    .await
}
