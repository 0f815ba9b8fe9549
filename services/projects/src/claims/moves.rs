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
use web::{App, Changed, Ctx, PathId, Problem, Reply, Valid, WriteHeaders, WriteRefused, check};

use super::model::{Claim, Verdict};
use super::{events, store};
use crate::{MoneyError, projects};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(submit_claim))
        .routes(routes!(accept_claim))
        .routes(routes!(refuse_claim))
        .routes(routes!(pay_claim))
}

/// An acceptance.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ClaimAcceptance)]
struct Acceptance {
    /// What is said with it.
    #[validate(length(min = 1, max = 2000), custom(function = check::text))]
    #[schema(min_length = 1, max_length = 2000)]
    note: Option<String>,
}

/// A refusal.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ClaimRefusal)]
struct Refusal {
    /// What is wrong: nobody can mend what was refused without a word.
    #[validate(length(min = 1, max = 2000), custom(function = check::text))]
    #[schema(min_length = 1, max_length = 2000)]
    note: String,
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
/// From then on it is decided on as it stands.
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
/// Final: what is accepted is what the next claim builds on.
#[utoipa::path(
    post, path = "/v1/claims/{id}/accept", tag = "projects",
    params(("id" = ClaimId, Path, description = "The claim"), WriteHeaders),
    request_body(content = Acceptance, description = "What is said with it"),
    responses((status = 200, description = "The claim, accepted", body = Claim), WriteRefused),
    security(("bearer" = []))
)]
async fn accept_claim(
    cx: Ctx,
    PathId(id): PathId<ClaimId>,
    Valid(said): Valid<Acceptance>,
) -> Result<Reply<Changed<Claim>>, Problem> {
    let verdict = verdict(&cx, said.note);
    step(&cx, id, Action::AcceptClaim, ClaimChange::Accepted, |claim| claim.accept(verdict)).await
}

/// Refuse a claim
///
/// It may be written anew and submitted again under its number.
#[utoipa::path(
    post, path = "/v1/claims/{id}/refuse", tag = "projects",
    params(("id" = ClaimId, Path, description = "The claim"), WriteHeaders),
    request_body(content = Refusal, description = "What is wrong"),
    responses((status = 200, description = "The claim, refused", body = Claim), WriteRefused),
    security(("bearer" = []))
)]
async fn refuse_claim(
    cx: Ctx,
    PathId(id): PathId<ClaimId>,
    Valid(said): Valid<Refusal>,
) -> Result<Reply<Changed<Claim>>, Problem> {
    let verdict = verdict(&cx, Some(said.note));
    step(&cx, id, Action::AcceptClaim, ClaimChange::Refused, |claim| claim.refuse(verdict)).await
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

fn verdict(cx: &Ctx, note: Option<String>) -> Verdict {
    Verdict { by: cx.caller.user, at: cx.acted_at(), note }
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
        Ok::<_, Problem>(Changed(claim))
    })
    .await
}
