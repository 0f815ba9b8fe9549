//! The exchange rates' rows.

use chrono::NaiveDate;
use kernel::{Currency, RateId};
use sqlx::PgConnection;

use super::api::RateFilter;
use super::model::{Conversion, ExchangeRate};
use crate::error::broke;
use crate::exact::Decimal;
use crate::{Error, MoneyError};

struct Row {
    id: RateId,
    from_currency: String,
    to_currency: String,
    day: NaiveDate,
    rate_nano: i64,
    version: i64,
}

impl TryFrom<Row> for ExchangeRate {
    type Error = sqlx::Error;
    fn try_from(row: Row) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.id,
            from: row.from_currency.parse().map_err(|e| sqlx::Error::Decode(Box::new(e)))?,
            to: row.to_currency.parse().map_err(|e| sqlx::Error::Decode(Box::new(e)))?,
            day: row.day,
            rate: Decimal { nano: row.rate_nano },
            version: row.version,
        })
    }
}

/// The columns, said once.
macro_rules! select {
    ($rest:tt $(, $arg:expr)*) => {
        sqlx::query_as!(
            Row,
            r#"select id as "id: RateId", from_currency, to_currency, day, rate_nano, version
               from projects.exchange_rate "#
                + $rest
            $(, $arg)*
        )
    };
}

/// The rate.
pub(crate) async fn find(db: &mut PgConnection, id: RateId) -> Result<ExchangeRate, sqlx::Error> {
    select!("where id = $1", id as RateId).fetch_one(db).await?.try_into()
}

/// The rate, held until the end of the transaction.
pub(crate) async fn lock(tx: &mut PgConnection, id: RateId) -> Result<ExchangeRate, sqlx::Error> {
    select!("where id = $1 for update", id as RateId).fetch_one(tx).await?.try_into()
}

/// How `from` is converted into `to` on this day: by the pair's own rate, else by that of the
/// other direction.
pub(crate) async fn of_day(
    db: &mut PgConnection,
    from: Currency,
    to: Currency,
    day: NaiveDate,
) -> Result<Option<Conversion>, sqlx::Error> {
    let row = sqlx::query!(
        r#"select from_currency = $1 as "direct!", rate_nano from projects.exchange_rate
           where day = $3 and ((from_currency = $1 and to_currency = $2)
                               or (from_currency = $2 and to_currency = $1))
           order by 1 desc limit 1"#,
        from.code(),
        to.code(),
        day
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| {
        let rate = Decimal { nano: row.rate_nano };
        if row.direct { Conversion::Times(rate) } else { Conversion::By(rate) }
    }))
}

/// A page of the rates, and one more.
pub(crate) async fn list(
    db: &mut PgConnection,
    filter: &RateFilter,
    after: Option<RateId>,
    limit: i64,
) -> Result<Vec<ExchangeRate>, sqlx::Error> {
    select!(
        "where ($1::text is null or from_currency = $1) and ($2::text is null or to_currency = $2)
           and ($3::date is null or day = $3) and ($4::uuid is null or id > $4)
         order by id limit $5",
        filter.from.map(Currency::code),
        filter.to.map(Currency::code),
        filter.day,
        after as Option<RateId>,
        limit + 1
    )
    .fetch_all(db)
    .await?
    .into_iter()
    .map(ExchangeRate::try_from)
    .collect()
}

/// Stores a new rate.
pub(crate) async fn insert(tx: &mut PgConnection, rate: &ExchangeRate) -> Result<(), Error> {
    let done = sqlx::query!(
        "insert into projects.exchange_rate
             (id, from_currency, to_currency, day, rate_nano, version)
         values ($1, $2, $3, $4, $5, $6)",
        rate.id as RateId,
        rate.from.code(),
        rate.to.code(),
        rate.day,
        rate.rate.nano,
        rate.version
    )
    .execute(tx)
    .await;
    done.map(|_| ()).map_err(|error| {
        if broke(&error, "exchange_rate_once") {
            MoneyError::RateKnown.into()
        } else {
            error.into()
        }
    })
}

/// Stores a corrected rate.
pub(crate) async fn update(tx: &mut PgConnection, rate: &ExchangeRate) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update projects.exchange_rate set rate_nano = $2, version = $3 where id = $1",
        rate.id as RateId,
        rate.rate.nano,
        rate.version
    )
    .execute(tx)
    .await
    .map(|_| ())
}
