//! `/v1/commitments`.

use auth::Action;
use axum::Json;
use contracts::Change;
use kernel::CommitmentId;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{
    App, Changed, Created, Ctx, Found, IfMatch, Listed, MatchHeader, Page, PageParams, PathId,
    Problem, ReadRefused, Reply, Valid, WriteHeaders, WriteRefused,
};

use super::model::{Commitment, CommitmentPatch, NewCommitment};
use super::{events, store};
use crate::projects::{self, OfProject};
use crate::{budget, rates};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_commitments, create_commitment))
        .routes(routes!(read_commitment, change_commitment))
}

/// List the commitments of the projects whose money the caller sees
///
/// Oldest first.
#[utoipa::path(
    get, path = "/v1/commitments", tag = "projects", params(OfProject, PageParams),
    responses((status = 200, description = "A page of commitments", body = Page<Commitment>), ReadRefused),
    security(("bearer" = []))
)]
async fn list_commitments(
    cx: Ctx,
    Listed(filter, page): Listed<OfProject>,
) -> Result<Json<Page<Commitment>>, Problem> {
    let seen = cx.visible(Action::ReadBudget)?;
    let rows = store::list(&mut *cx.db().await?, &seen, &filter, page.after()?, page.limit).await?;
    Ok(Json(Page::of(rows, page.limit, |c| c.id)))
}

/// Record a commitment
///
/// An order or a subcontract. One in another currency than the project's needs the rate of its day.
#[utoipa::path(
    post, path = "/v1/commitments", tag = "projects", params(WriteHeaders),
    request_body(content = NewCommitment, description = "The commitment to be recorded"),
    responses((status = 201, description = "The commitment as recorded", body = Commitment), WriteRefused),
    security(("bearer" = []))
)]
async fn create_commitment(
    cx: Ctx,
    Valid(new): Valid<NewCommitment>,
) -> Result<Reply<Created<Commitment>>, Problem> {
    cx.write(async |tx| {
        let project = projects::guard(&cx, tx, Action::ManageBudget, new.project_id).await?;
        let mut order = Commitment::order(new, project.currency);
        budget::check_line(tx, project.id, order.budget_line_id).await?;
        order.booked_minor =
            rates::book(tx, order.amount(), project.currency, order.ordered_on).await?;
        store::insert(tx, &order).await?;
        tx.emit_about(&events::changed(&order, Change::Created), &order);
        budget::assess(tx, project.id).await?;
        Ok::<_, Problem>(Created(format!("/v1/commitments/{}", order.id), order))
    })
    .await
}

/// Read a commitment
#[utoipa::path(
    get, path = "/v1/commitments/{id}", tag = "projects",
    params(("id" = CommitmentId, Path, description = "The commitment")),
    responses((status = 200, description = "The commitment", body = Commitment), ReadRefused),
    security(("bearer" = []))
)]
async fn read_commitment(
    cx: Ctx,
    PathId(id): PathId<CommitmentId>,
) -> Result<Found<Commitment>, Problem> {
    let mut db = cx.db().await?;
    let commitment = store::find(&mut db, id).await?;
    projects::guard(&cx, &mut db, Action::ReadBudget, commitment.project_id).await?;
    Ok(Found(commitment))
}

/// Change a commitment
///
/// What is absent stays, `null` clears. A cancelled one no longer counts.
#[utoipa::path(
    patch, path = "/v1/commitments/{id}", tag = "projects",
    params(("id" = CommitmentId, Path, description = "The commitment"), MatchHeader, WriteHeaders),
    request_body(content = CommitmentPatch, description = "What changes"),
    responses((status = 200, description = "The commitment as it is now", body = Commitment), WriteRefused),
    security(("bearer" = []))
)]
async fn change_commitment(
    cx: Ctx,
    PathId(id): PathId<CommitmentId>,
    expected: IfMatch,
    Valid(patch): Valid<CommitmentPatch>,
) -> Result<Reply<Changed<Commitment>>, Problem> {
    cx.write(async |tx| {
        let order = store::lock(tx, id).await?;
        let project = projects::guard(&cx, tx, Action::ManageBudget, order.project_id).await?;
        expected.check(&order)?;
        let rebook = patch.moves_money();
        let mut order = order.change(patch);
        budget::check_line(tx, project.id, order.budget_line_id).await?;
        if rebook {
            order.booked_minor =
                rates::book(tx, order.amount(), project.currency, order.ordered_on).await?;
        }
        store::update(tx, &order).await?;
        tx.emit_about(&events::changed(&order, Change::Updated), &order);
        budget::assess(tx, project.id).await?;
        Ok::<_, Problem>(Changed(order))
    })
    .await
}
