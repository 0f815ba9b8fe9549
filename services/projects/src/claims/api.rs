//! `/v1/claims`.

use auth::Action;
use axum::Json;
use contracts::{ClaimChange, ClaimStatus};
use kernel::{ClaimId, ContractId, ProjectId};
use serde::Deserialize;
use sqlx::PgConnection;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use validator::Validate;
use web::{
    App, Changed, Created, Ctx, Found, IfMatch, Listed, MatchHeader, Page, PageParams, PathId,
    Problem, ReadRefused, Reply, Valid, WriteHeaders, WriteRefused,
};

use super::model::{Claim, ClaimPatch, Corrected, NewClaim};
use super::{events, moves, store};
use crate::client_contracts::model::Contract;
use crate::{Error, MoneyError, client_contracts, projects};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_claims, create_claim))
        .routes(routes!(read_claim, change_claim))
        .merge(moves::routes())
}

/// Which claims to list.
#[derive(Debug, Clone, Deserialize, Validate, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ClaimFilter {
    /// Only those of this project.
    pub project_id: Option<ProjectId>,
    /// Only those of this contract.
    pub contract_id: Option<ContractId>,
    /// Only those that stand so.
    pub status: Option<ClaimStatus>,
    /// Only those of subcontractors, or only the firm's own.
    pub received: Option<bool>,
}

/// List the claims of the projects whose money the caller sees
///
/// Oldest first.
#[utoipa::path(
    get, path = "/v1/claims", tag = "projects", params(ClaimFilter, PageParams),
    responses((status = 200, description = "A page of claims", body = Page<Claim>), ReadRefused),
    security(("bearer" = []))
)]
async fn list_claims(
    cx: Ctx,
    Listed(filter, page): Listed<ClaimFilter>,
) -> Result<Json<Page<Claim>>, Problem> {
    let seen = cx.visible(Action::ReadBudget)?;
    let rows = store::list(&mut *cx.db().await?, &seen, &filter, page.after()?, page.limit).await?;
    Ok(Json(Page::of(rows, page.limit, |c| c.id)))
}

/// Begin a claim
///
/// The next of its contract: it says how far lines are in all, and what was accepted before is
/// deducted. One claim of a contract is open at a time. A `release` claims the retention once all
/// was accepted at 100 %. One that `corrects` an accepted claim is a credit note: it takes back a
/// part of what that one claimed, which itself stays. The claims of a subcontract are the
/// subcontractor's.
#[utoipa::path(
    post, path = "/v1/claims", tag = "projects", params(WriteHeaders),
    request_body(content = NewClaim, description = "The claim to be begun"),
    responses((status = 201, description = "The claim as a draft", body = Claim), WriteRefused),
    security(("bearer" = []))
)]
async fn create_claim(
    cx: Ctx,
    Valid(new): Valid<NewClaim>,
) -> Result<Reply<Created<Claim>>, Problem> {
    cx.write(async |tx| {
        let contract = client_contracts::lock(tx, new.contract_id).await?;
        projects::guard(&cx, tx, Action::ManageBudget, contract.project_id).await?;
        let last = store::last(tx, contract.id, None).await?;
        let corrected = corrected(tx, &contract, new.corrects).await?;
        let claim = Claim::draft(&contract, last.as_ref(), corrected.as_ref(), new)?;
        store::insert(tx, &claim).await?;
        tx.emit_about(&events::changed(&claim, ClaimChange::Drafted), &claim);
        Ok::<_, Problem>(Created(format!("/v1/claims/{}", claim.id), claim))
    })
    .await
}

/// Read a claim
#[utoipa::path(
    get, path = "/v1/claims/{id}", tag = "projects",
    params(("id" = ClaimId, Path, description = "The claim")),
    responses((status = 200, description = "The claim", body = Claim), ReadRefused),
    security(("bearer" = []))
)]
async fn read_claim(cx: Ctx, PathId(id): PathId<ClaimId>) -> Result<Found<Claim>, Problem> {
    let mut db = cx.db().await?;
    let claim = store::find(&mut db, id).await?;
    projects::guard(&cx, &mut db, Action::ReadBudget, claim.project_id).await?;
    Ok(Found(claim))
}

/// Write a claim anew
///
/// A draft, or a refused one, which becomes a draft again under its number.
#[utoipa::path(
    patch, path = "/v1/claims/{id}", tag = "projects",
    params(("id" = ClaimId, Path, description = "The claim"), MatchHeader, WriteHeaders),
    request_body(content = ClaimPatch, description = "What changes"),
    responses((status = 200, description = "The claim as it is now", body = Claim), WriteRefused),
    security(("bearer" = []))
)]
async fn change_claim(
    cx: Ctx,
    PathId(id): PathId<ClaimId>,
    expected: IfMatch,
    Valid(patch): Valid<ClaimPatch>,
) -> Result<Reply<Changed<Claim>>, Problem> {
    cx.write(async |tx| {
        let claim = store::lock(tx, id).await?;
        projects::guard(&cx, tx, Action::ManageBudget, claim.project_id).await?;
        expected.check(&claim)?;
        let contract = client_contracts::find(tx, claim.contract_id).await?;
        let before = store::last(tx, claim.contract_id, Some(claim.number)).await?;
        let corrected = corrected(tx, &contract, claim.corrects).await?;
        let claim = claim.rewrite(&contract, before.as_ref(), corrected.as_ref(), patch)?;
        store::update(tx, &claim).await?;
        tx.emit_about(&events::changed(&claim, ClaimChange::Updated), &claim);
        Ok::<_, Problem>(Changed(claim))
    })
    .await
}

/// What a credit note corrects, where a claim is named.
async fn corrected(
    db: &mut PgConnection,
    contract: &Contract,
    claim: Option<ClaimId>,
) -> Result<Option<Corrected>, Error> {
    let Some(id) = claim else { return Ok(None) };
    let claim = match store::find(db, id).await {
        Err(sqlx::Error::RowNotFound) => return Err(MoneyError::Corrects.into()),
        found => found?,
    };
    let credits = store::credits(db, id).await?;
    Ok(Some(Corrected::of(&claim, contract, &credits)?))
}
