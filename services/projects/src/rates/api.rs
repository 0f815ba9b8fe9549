//! `/v1/exchange-rates`.

use auth::{Action, Target};
use axum::Json;
use chrono::NaiveDate;
use contracts::Change;
use kernel::{Currency, RateId};
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use validator::Validate;
use web::{
    App, Changed, Created, Ctx, Found, IfMatch, Listed, MatchHeader, Page, PageParams, PathId,
    Problem, ReadRefused, Reply, Valid, WriteHeaders, WriteRefused, check,
};

use super::model::{ExchangeRate, ExchangeRatePatch, NewExchangeRate};
use super::{events, store};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_exchange_rates, create_exchange_rate))
        .routes(routes!(read_exchange_rate, change_exchange_rate))
}

/// Which rates to list.
#[derive(Debug, Clone, Deserialize, Validate, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct RateFilter {
    /// Only those from this currency.
    pub from: Option<Currency>,
    /// Only those into this currency.
    pub to: Option<Currency>,
    /// Only those of this day.
    #[validate(custom(function = check::day))]
    pub day: Option<NaiveDate>,
}

/// List the exchange rates
///
/// For who sees budgets. The fixed parity of the CFA francs with the euro (655.957) is not among
/// them.
#[utoipa::path(
    get, path = "/v1/exchange-rates", tag = "projects", params(RateFilter, PageParams),
    responses((status = 200, description = "A page of rates", body = Page<ExchangeRate>), ReadRefused),
    security(("bearer" = []))
)]
async fn list_exchange_rates(
    cx: Ctx,
    Listed(filter, page): Listed<RateFilter>,
) -> Result<Json<Page<ExchangeRate>>, Problem> {
    cx.visible(Action::ReadBudget)?;
    let rows = store::list(&mut *cx.db().await?, &filter, page.after()?, page.limit).await?;
    Ok(Json(Page::of(rows, page.limit, |r| r.id)))
}

/// Record an exchange rate
///
/// One per pair and day; a pair is converted by its own rate, else by that of the other direction.
#[utoipa::path(
    post, path = "/v1/exchange-rates", tag = "projects", params(WriteHeaders),
    request_body(content = NewExchangeRate, description = "The rate to be recorded"),
    responses((status = 201, description = "The rate as recorded", body = ExchangeRate), WriteRefused),
    security(("bearer" = []))
)]
async fn create_exchange_rate(
    cx: Ctx,
    Valid(new): Valid<NewExchangeRate>,
) -> Result<Reply<Created<ExchangeRate>>, Problem> {
    cx.may(Action::ManageRates, &Target::tenant())?;
    cx.write(async |tx| {
        let rate = ExchangeRate::record(new)?;
        store::insert(tx, &rate).await?;
        tx.emit_about(&events::changed(&rate, Change::Created), &rate);
        Ok::<_, Problem>(Created(format!("/v1/exchange-rates/{}", rate.id), rate))
    })
    .await
}

/// Read an exchange rate
#[utoipa::path(
    get, path = "/v1/exchange-rates/{id}", tag = "projects",
    params(("id" = RateId, Path, description = "The rate")),
    responses((status = 200, description = "The rate", body = ExchangeRate), ReadRefused),
    security(("bearer" = []))
)]
async fn read_exchange_rate(
    cx: Ctx,
    PathId(id): PathId<RateId>,
) -> Result<Found<ExchangeRate>, Problem> {
    cx.visible(Action::ReadBudget)?;
    Ok(Found(store::find(&mut *cx.db().await?, id).await?))
}

/// Correct an exchange rate
///
/// What was booked by it stays as it was booked.
#[utoipa::path(
    patch, path = "/v1/exchange-rates/{id}", tag = "projects",
    params(("id" = RateId, Path, description = "The rate"), MatchHeader, WriteHeaders),
    request_body(content = ExchangeRatePatch, description = "What changes"),
    responses((status = 200, description = "The rate as it is now", body = ExchangeRate), WriteRefused),
    security(("bearer" = []))
)]
async fn change_exchange_rate(
    cx: Ctx,
    PathId(id): PathId<RateId>,
    expected: IfMatch,
    Valid(patch): Valid<ExchangeRatePatch>,
) -> Result<Reply<Changed<ExchangeRate>>, Problem> {
    cx.may(Action::ManageRates, &Target::tenant())?;
    cx.write(async |tx| {
        let rate = store::lock(tx, id).await?;
        expected.check(&rate)?;
        let rate = rate.change(patch);
        store::update(tx, &rate).await?;
        tx.emit_about(&events::changed(&rate, Change::Updated), &rate);
        Ok::<_, Problem>(Changed(rate))
    })
    .await
}
