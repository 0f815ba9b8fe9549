//! What is told when a rate changed.

use contracts::{Change, RateChanged};

use super::model::ExchangeRate;

/// The news of a rate.
pub(crate) fn changed(rate: &ExchangeRate, change: Change) -> RateChanged {
    RateChanged {
        rate: rate.id,
        version: rate.version,
        change,
        from: rate.from,
        to: rate.to,
        day: rate.day,
    }
}
