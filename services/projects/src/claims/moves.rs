//! The moves of a claim: submitted, accepted or refused, paid.

use auth::Action;
use chrono::NaiveDate;
use contracts::ClaimChange;
use kernel::ClaimId;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use validator::Validate;
use web::{
    App, Changed, Ctx, PathId, Problem, Reply, Valid, Write, WriteHeaders, WriteRefused, check,
};

use super::model::Claim;
use super::{events, store};
use crate::costs::{self, Cost};
use crate::decision::{Agreement, Decision, Objection};
use crate::{MoneyError, budget, commitments, projects};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(submit_claim))
        .routes(routes!(accept_claim))
        .routes(routes!(refuse_claim))
        .routes(routes!(pay_claim))
}

/// A payment.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ClaimPayment)]
struct Payment {
    /// The day it was paid.
    #[validate(custom(function = check::day))]
    paid_on: NaiveDate,
}

/// Submit a claim
///
/// From then on it is decided on as it stands. A subcontractor's is received so.
#[utoipa::path(
    post, path = "/v1/claims/{id}/submit", tag = "projects",
    params(("id" = ClaimId, Path, description = "The claim"), WriteHeaders),
    responses((status = 200, description = "The claim, submitted", body = Claim), WriteRefused),
    security(("bearer" = []))
)]
async fn submit_claim(
    cx: Ctx,
    PathId(id): PathId<ClaimId>,
) -> Result<Reply<Changed<Claim>>, Problem> {
    step(&cx, id, Action::ManageBudget, ClaimChange::Submitted, Claim::submit).await
}

/// Accept a claim
///
/// Final: what is accepted is what the next claim builds on. A subcontractor's becomes a cost under
/// its order.
#[utoipa::path(
    post, path = "/v1/claims/{id}/accept", tag = "projects",
    params(("id" = ClaimId, Path, description = "The claim"), WriteHeaders),
    request_body(content = Agreement, description = "What is said with it"),
    responses((status = 200, description = "The claim, accepted", body = Claim), WriteRefused),
    security(("bearer" = []))
)]
async fn accept_claim(
    cx: Ctx,
    PathId(id): PathId<ClaimId>,
    Valid(said): Valid<Agreement>,
) -> Result<Reply<Changed<Claim>>, Problem> {
    let accept = |claim: Claim| claim.accept(said.note, Decision::of(&cx));
    step(&cx, id, Action::AcceptClaim, ClaimChange::Accepted, accept).await
}

/// Refuse a claim
///
/// It may be written anew and submitted again under its number.
#[utoipa::path(
    post, path = "/v1/claims/{id}/refuse", tag = "projects",
    params(("id" = ClaimId, Path, description = "The claim"), WriteHeaders),
    request_body(content = Objection, description = "What is wrong"),
    responses((status = 200, description = "The claim, refused", body = Claim), WriteRefused),
    security(("bearer" = []))
)]
async fn refuse_claim(
    cx: Ctx,
    PathId(id): PathId<ClaimId>,
    Valid(said): Valid<Objection>,
) -> Result<Reply<Changed<Claim>>, Problem> {
    let refuse = |claim: Claim| claim.refuse(said.note, Decision::of(&cx));
    step(&cx, id, Action::AcceptClaim, ClaimChange::Refused, refuse).await
}

/// Note that a claim was paid
#[utoipa::path(
    post, path = "/v1/claims/{id}/pay", tag = "projects",
    params(("id" = ClaimId, Path, description = "The claim"), WriteHeaders),
    request_body(content = Payment, description = "When"),
    responses((status = 200, description = "The claim, paid", body = Claim), WriteRefused),
    security(("bearer" = []))
)]
async fn pay_claim(
    cx: Ctx,
    PathId(id): PathId<ClaimId>,
    Valid(payment): Valid<Payment>,
) -> Result<Reply<Changed<Claim>>, Problem> {
    let pay = |claim: Claim| claim.pay(payment.paid_on);
    step(&cx, id, Action::ManageBudget, ClaimChange::Paid, pay).await
}

async fn step(
    cx: &Ctx,
    id: ClaimId,
    action: Action,
    change: ClaimChange,
    make: impl FnOnce(Claim) -> Result<Claim, MoneyError>,
) -> Result<Reply<Changed<Claim>>, Problem> {
    cx.write(async |tx| {
        let claim = store::lock(tx, id).await?;
        projects::guard(cx, tx, action, claim.project_id).await?;
        let claim = make(claim)?;
        store::update(tx, &claim).await?;
        tx.emit_about(&events::changed(&claim, change), &claim);
        if matches!(change, ClaimChange::Accepted) {
            book(tx, &claim).await?;
        }
        Ok::<_, Problem>(Changed(claim))
    })
    .await
}

/// What is accepted of a subcontractor's work is spent. A release pays what was spent before.
async fn book(tx: &mut Write<'_>, claim: &Claim) -> Result<(), sqlx::Error> {
    if let Some(order) = claim.commitment_id
        && claim.period.work_minor != 0
    {
        let order = commitments::find(tx, order).await?;
        costs::record(tx, &Cost::of_claim(claim, &order)).await?;
        budget::assess(tx, claim.project_id).await?;
    }
    Ok(())
}
