//! Arithmetic on money without floating point: every share is computed exactly and rounded once.
//!
//! Rounding is to the nearest minor unit, half away from zero: what Council Regulation (EC) No
//! 1103/97, article 5, asks of amounts converted to and from the euro ("if … exactly half-way, the
//! sum shall be rounded up"), and one rule is enough.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The largest amount that is taken: 10¹³ minor units, a hundred thousand million euros. Sums of
/// hundreds of thousands of them fit 64 bits.
pub(crate) const MAX_MINOR: i64 = 10_000_000_000_000;

/// `amount × by ÷ over`, rounded to the nearest, half away from zero; none where it does not fit
/// or `over` is not positive.
pub(crate) fn scale(amount: i64, by: i128, over: i128) -> Option<i64> {
    let product = i128::from(amount).checked_mul(by)?;
    if over <= 0 {
        return None;
    }
    let (whole, rest) = (product / over, product % over);
    let up = rest.unsigned_abs() >= over.unsigned_abs().div_ceil(2);
    i64::try_from(if up { whole + product.signum() } else { whole }).ok()
}

/// `amount × by ÷ over`, rounded down; for amounts that are not negative.
pub(crate) fn scale_down(amount: i64, by: i128, over: i128) -> Option<i64> {
    if over <= 0 {
        return None;
    }
    i64::try_from(i128::from(amount).checked_mul(by)?.div_euclid(over)).ok()
}

/// Ten to a small power.
pub(crate) fn ten(power: u32) -> i128 {
    10_i128.pow(power)
}

/// A positive decimal with up to nine digits on both sides of the point, kept exactly. Written as
/// a string, since JSON's numbers are binary in most readers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Decimal {
    /// Billionths.
    pub(crate) nano: i64,
}

const NANO: u64 = 1_000_000_000;

impl FromStr for Decimal {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WRONG: &str = "a positive decimal of at most nine digits on both sides of the point";
        let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
        let fits = |t: &str| (1..=9).contains(&t.len()) && t.bytes().all(|b| b.is_ascii_digit());
        if !fits(whole) || !fits(part) {
            return Err(WRONG);
        }
        let digits = format!("{whole}{part:0<9}");
        match digits.parse() {
            Ok(nano) if nano > 0 => Ok(Self { nano }),
            _ => Err(WRONG),
        }
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nano = self.nano.unsigned_abs();
        let part = format!("{:09}", nano % NANO);
        match part.trim_end_matches('0') {
            "" => write!(f, "{}", nano / NANO),
            part => write!(f, "{}.{part}", nano / NANO),
        }
    }
}

impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(from)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// `part ÷ whole` as a decimal with three places, rounded half away from zero; none where there
/// is nothing to divide by.
pub(crate) fn index(part: i64, whole: i64) -> Option<String> {
    let milli = scale(part, 1000, i128::from(whole))?;
    let sign = if milli < 0 { "-" } else { "" };
    let milli = milli.unsigned_abs();
    Some(format!("{sign}{}.{:03}", milli / 1000, milli % 1000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_go_away_from_zero_and_nothing_overflows_unseen() {
        assert_eq!(scale(5, 1, 2), Some(3));
        assert_eq!(scale(-5, 1, 2), Some(-3));
        assert_eq!(scale(7, 1, 3), Some(2));
        assert_eq!(scale(8, 1, 3), Some(3));
        assert_eq!(scale(-8, 1, 3), Some(-3));
        assert_eq!(scale(MAX_MINOR, i128::from(i64::MAX), 1), None);
        assert_eq!(scale(1, 1, 0), None);
        assert_eq!(scale(i64::MAX, i128::MAX, 1), None);
        assert_eq!(scale_down(999, 500, 10_000), Some(49));
    }

    #[test]
    fn decimals_are_read_and_written_exactly() {
        for (text, nano, shown) in [
            ("655.957", 655_957_000_000, "655.957"),
            ("1", 1_000_000_000, "1"),
            ("0.000000001", 1, "0.000000001"),
            ("999999999.999999999", 999_999_999_999_999_999, "999999999.999999999"),
        ] {
            let decimal: Decimal = text.parse().unwrap();
            assert_eq!(decimal.nano, nano);
            assert_eq!(decimal.to_string(), shown);
        }
        for wrong in [
            "",
            ".",
            "0",
            "0.0",
            "-1",
            "+1",
            "1e3",
            "1,5",
            "1.",
            ".5",
            "1234567890",
            "1.1234567891",
            "١",
        ] {
            assert!(wrong.parse::<Decimal>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_index_is_rounded_once_at_the_end() {
        assert_eq!(index(35_000, 63_000).as_deref(), Some("0.556"));
        assert_eq!(index(-1, 2000).as_deref(), Some("-0.001"));
        assert_eq!(index(1, 0), None);
    }
}
