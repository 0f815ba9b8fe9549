//! Money in integer minor units of its currency (ISO 4217).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A currency by its ISO 4217 code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Currency {
    /// Euro.
    Eur,
    /// West African CFA franc, without decimals.
    Xof,
    /// Central African CFA franc, without decimals.
    Xaf,
    /// Moroccan dirham.
    Mad,
    /// US dollar.
    Usd,
}

/// A currency code that the platform does not know.
#[derive(Debug, thiserror::Error)]
#[error("unknown currency code")]
pub struct CurrencyError;

impl Currency {
    /// The ISO 4217 code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Eur => "EUR",
            Self::Xof => "XOF",
            Self::Xaf => "XAF",
            Self::Mad => "MAD",
            Self::Usd => "USD",
        }
    }

    /// How many decimals the minor unit stands for (ISO 4217; 0 for both CFA francs).
    pub fn decimals(self) -> u32 {
        match self {
            Self::Xof | Self::Xaf => 0,
            Self::Eur | Self::Mad | Self::Usd => 2,
        }
    }
}

impl FromStr for Currency {
    type Err = CurrencyError;
    fn from_str(code: &str) -> Result<Self, CurrencyError> {
        [Self::Eur, Self::Xof, Self::Xaf, Self::Mad, Self::Usd]
            .into_iter()
            .find(|c| c.code() == code)
            .ok_or(CurrencyError)
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// An amount: `minor` counts the smallest unit of `currency`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Money {
    /// Minor units: cents for EUR, francs for XOF.
    pub minor: i64,
    /// The currency of the amount.
    pub currency: Currency,
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let decimals = self.currency.decimals();
        let scale = 10_u64.pow(decimals);
        let sign = if self.minor < 0 { "-" } else { "" };
        let abs = self.minor.unsigned_abs();
        if decimals == 0 {
            write!(f, "{sign}{abs} {}", self.currency)
        } else {
            let width = decimals as usize;
            write!(f, "{sign}{}.{:0width$} {}", abs / scale, abs % scale, self.currency)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cfa_francs_have_no_decimals_and_euros_two() {
        let show = |minor, currency| Money { minor, currency }.to_string();
        assert_eq!(show(1500, Currency::Xof), "1500 XOF");
        assert_eq!(show(-1205, Currency::Eur), "-12.05 EUR");
        assert_eq!("XAF".parse::<Currency>().unwrap(), Currency::Xaf);
        assert!("xaf".parse::<Currency>().is_err());
    }
}
