//! Figures as a language writes them: French groups by a narrow no-break space, sets a comma
//! before the decimals and a no-break space before a unit (Imprimerie nationale, *Lexique des
//! règles typographiques*); English groups by commas. Nothing in them breaks over two lines.

use kernel::{Currency, Lang, Money};

/// Between the groups of three digits in French.
const NARROW: &str = "\u{202f}";
/// Before a unit.
const NO_BREAK: &str = "\u{a0}";
/// The minus sign, as long as the plus.
const MINUS: &str = "\u{2212}";

/// An amount with its currency's decimals: `12 345,67 €`, `−655 957 F CFA`; `€12,345.67`.
pub fn amount(money: Money, lang: Lang) -> String {
    let Money { minor, currency } = money;
    let sign = if minor < 0 { MINUS } else { "" };
    let figures = fixed(minor.unsigned_abs(), currency.decimals(), lang);
    match (lang, currency) {
        (Lang::Fr, _) => format!("{sign}{figures}{NO_BREAK}{}", symbol(currency)),
        (Lang::En, Currency::Eur | Currency::Usd) => {
            format!("{sign}{}{figures}", symbol(currency))
        }
        (Lang::En, _) => format!("{sign}{}{NO_BREAK}{figures}", symbol(currency)),
    }
}

fn symbol(currency: Currency) -> &'static str {
    match currency {
        Currency::Eur => "€",
        Currency::Usd => "$",
        Currency::Xof => "F\u{a0}CFA",
        Currency::Xaf => "FCFA",
        Currency::Mad => "MAD",
    }
}

/// A number to hundredths at most, without zeros at the end: `1 234,5`; `1,234.5`. None of what
/// is no number.
pub fn decimal(value: f64, lang: Lang) -> String {
    let hundredths = (value * 100.0).round();
    if !hundredths.is_finite() || hundredths.abs() > 1e15 {
        return "—".to_owned();
    }
    let sign = if hundredths < 0.0 { MINUS } else { "" };
    let figures = fixed(hundredths.abs() as u64, 2, lang);
    let short = figures.trim_end_matches('0').trim_end_matches([',', '.']);
    format!("{sign}{short}")
}

/// A share in percent: `33,3 %`; `33.3%`.
pub fn percent(value: f64, lang: Lang) -> String {
    let space = if lang == Lang::Fr { NO_BREAK } else { "" };
    format!("{}{space}%", decimal(value, lang))
}

/// Units of `10^-decimals`, grouped by three before the decimal sign.
fn fixed(units: u64, decimals: u32, lang: Lang) -> String {
    let (group, point) = match lang {
        Lang::Fr => (NARROW, ','),
        Lang::En => (",", '.'),
    };
    let scale = 10_u64.pow(decimals);
    let whole = (units / scale).to_string();
    let mut text = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            text.push_str(group);
        }
        text.push(digit);
    }
    if decimals == 0 {
        return text;
    }
    format!("{text}{point}{:0width$}", units % scale, width = decimals as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_have_their_currencys_decimals_and_their_languages_spaces() {
        let show = |minor, currency, lang| amount(Money { minor, currency }, lang);
        let (eur, xof) = (Currency::Eur, Currency::Xof);
        assert_eq!(show(1_234_567, eur, Lang::Fr), "12\u{202f}345,67\u{a0}€");
        assert_eq!(show(1_234_567, eur, Lang::En), "€12,345.67");
        assert_eq!(show(-655_957, xof, Lang::Fr), "\u{2212}655\u{202f}957\u{a0}F\u{a0}CFA");
        assert_eq!(show(1_000, xof, Lang::En), "F\u{a0}CFA\u{a0}1,000");
        assert_eq!(show(-5, eur, Lang::En), "\u{2212}€0.05");
        assert_eq!(show(0, eur, Lang::Fr), "0,00\u{a0}€");
        assert_eq!(show(i64::MIN, xof, Lang::En).matches(',').count(), 6);
    }

    #[test]
    fn numbers_lose_the_zeros_at_their_end_and_nonsense_is_a_dash() {
        assert_eq!(decimal(1234.5, Lang::Fr), "1\u{202f}234,5");
        assert_eq!(decimal(100.0, Lang::Fr), "100");
        assert_eq!(decimal(-0.25, Lang::En), "\u{2212}0.25");
        assert_eq!(decimal(-0.001, Lang::En), "0");
        assert_eq!(percent(33.33, Lang::Fr), "33,33\u{a0}%");
        assert_eq!(percent(33.0, Lang::En), "33%");
        assert_eq!([f64::NAN, f64::INFINITY, 1e300].map(|v| decimal(v, Lang::Fr)), ["—"; 3]);
    }
}
