//! Exchange rates: by pair and day, exact; the CFA francs' parity with the euro is fixed.

mod api;
mod events;
mod model;
mod store;

use chrono::NaiveDate;
use kernel::{Currency, Money};
use sqlx::PgConnection;

use crate::Error;

pub(crate) use api::routes;

/// The amount in `to`, by the rate of `day`. Without one: [`crate::MoneyError::NoRate`].
pub(crate) async fn book(
    db: &mut PgConnection,
    amount: Money,
    to: Currency,
    day: NaiveDate,
) -> Result<i64, Error> {
    let rate = match model::fixed(amount.currency, to) {
        Some(rate) => Some(rate),
        None => store::of_day(db, amount.currency, to, day).await?,
    };
    Ok(model::book(amount, to, day, rate)?)
}
