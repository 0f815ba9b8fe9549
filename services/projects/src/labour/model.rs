//! The price of hours.

use chrono::NaiveDate;
use kernel::{Currency, Money, ProjectId, TimeEntryId};

use crate::exact::scale;

/// A stay whose hours can be priced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stay {
    /// The stay.
    pub entry: TimeEntryId,
    /// Its project.
    pub project: ProjectId,
    /// The project's currency.
    pub currency: Currency,
    /// The day it began, in the site's zone.
    pub day: NaiveDate,
    /// How long it was.
    pub minutes: i32,
    /// What an hour costs.
    pub hourly: Money,
}

impl Stay {
    /// What the stay costs in the worker's own currency; none where that does not fit.
    pub fn cost(&self) -> Option<Money> {
        let minor = scale(self.hourly.minor, i128::from(self.minutes), 60)?;
        Some(Money { minor, currency: self.hourly.currency })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minutes_are_paid_to_the_minor_unit() {
        let stay = |minutes| Stay {
            entry: TimeEntryId::new(),
            project: ProjectId::new(),
            currency: Currency::Xof,
            day: NaiveDate::from_ymd_opt(2026, 3, 2).unwrap(),
            minutes,
            hourly: Money { minor: 1_250, currency: Currency::Xof },
        };
        assert_eq!(stay(480).cost().unwrap().minor, 10_000);
        assert_eq!(stay(25).cost().unwrap().minor, 521); // 520.83
        assert_eq!(stay(0).cost().unwrap().minor, 0);
    }
}
