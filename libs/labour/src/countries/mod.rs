//! The law of each country that is known, a file each.

mod cote_divoire;
mod france;
mod senegal;

use crate::law::{Ages, Bound, Kind, Law, Proof, Rule};

/// The countries whose law is known, ISO 3166-1 alpha-2.
pub fn countries() -> impl Iterator<Item = &'static str> {
    ["CI", "FR", "SN"].into_iter()
}

/// The law of a country (ISO 3166-1 alpha-2, capitals). None where it is not known: then nothing
/// was judged, not nothing broken.
pub fn law(country: &str) -> Option<Law> {
    match country {
        "CI" => Some(cote_divoire::law()),
        "FR" => Some(france::law()),
        "SN" => Some(senegal::law()),
        _ => None,
    }
}

const HOUR: u32 = 60;

const fn rule(code: &'static str, kind: Kind, limit: u32, article: &'static str) -> Rule {
    Rule { code, kind, ages: Ages::ALL, limit, article, bound: None, proof: Proof::Text }
}

impl Rule {
    const fn of(self, ages: Ages) -> Self {
        Self { ages, ..self }
    }

    const fn at_the_utmost(self, limit: u32, article: &'static str) -> Self {
        Self { bound: Some(Bound { limit, article }), ..self }
    }

    const fn proof(self, proof: Proof) -> Self {
        Self { proof, ..self }
    }
}
