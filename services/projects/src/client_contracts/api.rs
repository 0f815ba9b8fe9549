//! `/v1/contracts`.

use auth::Action;
use axum::Json;
use contracts::Change;
use kernel::ContractId;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{
    App, Changed, Created, Ctx, Found, IfMatch, Listed, MatchHeader, Page, PageParams, PathId,
    Problem, ReadRefused, Reply, Valid, WriteHeaders, WriteRefused,
};

use super::model::{Contract, ContractPatch, NewContract};
use super::{events, store};
use crate::MoneyError;
use crate::projects::{self, OfProject};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_contracts, create_contract))
        .routes(routes!(read_contract, change_contract))
}

/// List the contracts of the projects whose money the caller sees
///
/// Oldest first.
#[utoipa::path(
    get, path = "/v1/contracts", tag = "projects", params(OfProject, PageParams),
    responses((status = 200, description = "A page of contracts", body = Page<Contract>), ReadRefused),
    security(("bearer" = []))
)]
async fn list_contracts(
    cx: Ctx,
    Listed(filter, page): Listed<OfProject>,
) -> Result<Json<Page<Contract>>, Problem> {
    let seen = cx.visible(Action::ReadBudget)?;
    let rows = store::list(&mut *cx.db().await?, &seen, &filter, page.after()?, page.limit).await?;
    Ok(Json(Page::of(rows, page.limit, |c| c.id)))
}

/// Record a contract
///
/// With its schedule of values, in the project's currency. One that names an order is the
/// subcontract over it.
#[utoipa::path(
    post, path = "/v1/contracts", tag = "projects", params(WriteHeaders),
    request_body(content = NewContract, description = "The contract to be recorded"),
    responses((status = 201, description = "The contract as recorded", body = Contract), WriteRefused),
    security(("bearer" = []))
)]
async fn create_contract(
    cx: Ctx,
    Valid(new): Valid<NewContract>,
) -> Result<Reply<Created<Contract>>, Problem> {
    cx.write(async |tx| {
        let project = projects::guard(&cx, tx, Action::ManageBudget, new.project_id).await?;
        let contract = Contract::sign(new, &cx.tenant.country, project.currency)?;
        store::insert(tx, &contract).await?;
        tx.emit_about(&events::changed(&contract, Change::Created), &contract);
        Ok::<_, Problem>(Created(format!("/v1/contracts/{}", contract.id), contract))
    })
    .await
}

/// Read a contract
#[utoipa::path(
    get, path = "/v1/contracts/{id}", tag = "projects",
    params(("id" = ContractId, Path, description = "The contract")),
    responses((status = 200, description = "The contract", body = Contract), ReadRefused),
    security(("bearer" = []))
)]
async fn read_contract(
    cx: Ctx,
    PathId(id): PathId<ContractId>,
) -> Result<Found<Contract>, Problem> {
    let mut db = cx.db().await?;
    let contract = store::find(&mut db, id).await?;
    projects::guard(&cx, &mut db, Action::ReadBudget, contract.project_id).await?;
    Ok(Found(contract))
}

/// Change a contract's terms
///
/// As a whole, and only while nothing was claimed. What comes later is a contract of its own.
#[utoipa::path(
    patch, path = "/v1/contracts/{id}", tag = "projects",
    params(("id" = ContractId, Path, description = "The contract"), MatchHeader, WriteHeaders),
    request_body(content = ContractPatch, description = "All of its terms"),
    responses((status = 200, description = "The contract as it is now", body = Contract), WriteRefused),
    security(("bearer" = []))
)]
async fn change_contract(
    cx: Ctx,
    PathId(id): PathId<ContractId>,
    expected: IfMatch,
    Valid(patch): Valid<ContractPatch>,
) -> Result<Reply<Changed<Contract>>, Problem> {
    cx.write(async |tx| {
        let contract = store::lock(tx, id).await?;
        projects::guard(&cx, tx, Action::ManageBudget, contract.project_id).await?;
        expected.check(&contract)?;
        if store::is_claimed(tx, id).await? {
            return Err(MoneyError::Claimed.into());
        }
        let contract = contract.agree(patch.terms)?;
        store::update(tx, &contract).await?;
        tx.emit_about(&events::changed(&contract, Change::Updated), &contract);
        Ok::<_, Problem>(Changed(contract))
    })
    .await
}
