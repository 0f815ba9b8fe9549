//! An exchange rate and the rules of conversion.

use chrono::NaiveDate;
use kernel::{Currency, Money, RateId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;
use web::{Versioned, check};

use crate::MoneyError;
use crate::exact::{Decimal, MAX_MINOR, scale, ten};

/// What one unit of a currency was worth in another on a day.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ExchangeRate {
    /// Its id.
    pub id: RateId,
    /// One unit of this currency
    pub from: Currency,
    /// is worth `rate` of this one
    pub to: Currency,
    /// on this day.
    pub day: NaiveDate,
    /// An exact decimal.
    #[schema(value_type = String, example = "9.8765")]
    pub rate: Decimal,
    /// Counts its changes.
    pub version: i64,
}

impl Versioned for ExchangeRate {
    fn version(&self) -> i64 {
        self.version
    }
}

/// A rate to be recorded.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewExchangeRate {
    /// Its id, where the caller chooses it.
    pub id: Option<RateId>,
    /// One unit of this currency
    pub from: Currency,
    /// is worth `rate` of this one
    pub to: Currency,
    /// on this day.
    #[validate(custom(function = check::day))]
    pub day: NaiveDate,
    /// A positive decimal, at most nine digits on both sides of the point.
    #[schema(value_type = String, pattern = "^[0-9]{1,9}(\\.[0-9]{1,9})?$", example = "9.8765")]
    pub rate: Decimal,
}

/// Changes to a rate.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExchangeRatePatch {
    /// A positive decimal, at most nine digits on both sides of the point.
    #[schema(value_type = String, pattern = "^[0-9]{1,9}(\\.[0-9]{1,9})?$", example = "9.8765")]
    pub rate: Decimal,
}

impl ExchangeRate {
    /// A new rate. A pair whose parity is fixed takes none.
    pub fn record(new: NewExchangeRate) -> Result<Self, MoneyError> {
        if fixed(new.from, new.to).is_some() {
            return Err(MoneyError::FixedParity);
        }
        Ok(Self {
            id: new.id.unwrap_or_else(RateId::new),
            from: new.from,
            to: new.to,
            day: new.day,
            rate: new.rate,
            version: 1,
        })
    }

    /// The same rate, corrected. What was booked by it stays as it was booked.
    #[must_use]
    pub fn change(self, patch: ExchangeRatePatch) -> Self {
        Self { rate: patch.rate, version: self.version + 1, ..self }
    }
}

/// How an amount is converted, exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conversion {
    /// Multiplied by the rate.
    Times(Decimal),
    /// Divided by the rate of the other direction, which is never inverted and rounded first
    /// (Council Regulation (EC) No 1103/97, article 4).
    By(Decimal),
}

/// 1 EUR = 655.957 XOF or XAF. The euro took the French franc's place in the parity of 1994 at
/// 6.55957 francs (Council Regulation (EC) No 2866/98; Council Decisions 98/683/EC on the CFA
/// francs).
const CFA_PER_EURO: Decimal = Decimal { nano: 655_957_000_000 };
const ONE: Decimal = Decimal { nano: 1_000_000_000 };

/// The conversion of a pair whose parity is fixed.
pub fn fixed(from: Currency, to: Currency) -> Option<Conversion> {
    use Currency::{Eur, Xaf, Xof};
    match (from, to) {
        (Eur, Xof | Xaf) => Some(Conversion::Times(CFA_PER_EURO)),
        (Xof | Xaf, Eur) => Some(Conversion::By(CFA_PER_EURO)),
        (Xof, Xaf) | (Xaf, Xof) => Some(Conversion::Times(ONE)), // both through the euro
        _ if from == to => Some(Conversion::Times(ONE)),
        _ => None,
    }
}

/// The amount in minor units of `to`, rounded half away from zero.
pub fn book(
    amount: Money,
    to: Currency,
    day: NaiveDate,
    rate: Option<Conversion>,
) -> Result<i64, MoneyError> {
    let rate = rate.ok_or(MoneyError::NoRate { from: amount.currency, to, day })?;
    let (minor_from, minor_to) = (ten(amount.currency.decimals()), ten(to.decimals()));
    let booked = match rate {
        Conversion::Times(rate) => {
            scale(amount.minor, minor_to * i128::from(rate.nano), minor_from * ten(9))
        }
        Conversion::By(rate) => {
            scale(amount.minor, minor_to * ten(9), minor_from * i128::from(rate.nano))
        }
    };
    booked.filter(|minor| minor.abs() <= MAX_MINOR).ok_or(MoneyError::TooLarge)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day() -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 3, 2).unwrap()
    }

    fn money(minor: i64, currency: Currency) -> Money {
        Money { minor, currency }
    }

    #[test]
    fn euros_become_cfa_francs_by_the_fixed_parity() {
        let to = |amount: Money, to| book(amount, to, day(), fixed(amount.currency, to)).unwrap();
        assert_eq!(to(money(100, Currency::Eur), Currency::Xof), 656); // 655.957
        assert_eq!(to(money(100_000, Currency::Eur), Currency::Xof), 655_957);
        assert_eq!(to(money(655_957, Currency::Xof), Currency::Eur), 100_000);
        assert_eq!(to(money(1_000_000, Currency::Xof), Currency::Eur), 152_449); // 1 524.49 EUR
        assert_eq!(to(money(5_000, Currency::Xaf), Currency::Xof), 5_000);
        assert_eq!(to(money(1, Currency::Eur), Currency::Eur), 1);
    }

    #[test]
    fn other_pairs_need_a_rate_of_the_day() {
        let cost = money(12_345, Currency::Mad);
        let none = book(cost, Currency::Eur, day(), fixed(Currency::Mad, Currency::Eur));
        assert!(matches!(none, Err(MoneyError::NoRate { .. })));
        let rate: Decimal = "0.0925".parse().unwrap();
        // 123.45 × 0.0925 = 11.419125
        assert_eq!(book(cost, Currency::Eur, day(), Some(Conversion::Times(rate))).unwrap(), 1142);
        let rate: Decimal = "10.8".parse().unwrap();
        // 123.45 ÷ 10.8 = 11.430556
        assert_eq!(book(cost, Currency::Eur, day(), Some(Conversion::By(rate))).unwrap(), 1143);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let huge = money(MAX_MINOR, Currency::Eur);
        let rate: Decimal = "999999999.999999999".parse().unwrap();
        let booked = book(huge, Currency::Usd, day(), Some(Conversion::Times(rate)));
        assert!(matches!(booked, Err(MoneyError::TooLarge)));
    }
}
