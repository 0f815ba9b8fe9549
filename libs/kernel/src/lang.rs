//! The two languages people read, French first.

use serde::{Deserialize, Serialize};

/// A language of the interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Lang {
    /// French.
    #[default]
    Fr,
    /// English.
    En,
}

impl Lang {
    /// The preferred language of an `Accept-Language` header (RFC 9110, 12.5.4): the supported
    /// one with the highest weight, French where none is named.
    pub fn negotiate(accept_language: &str) -> Self {
        let mut best = (Self::Fr, 0.0_f32);
        for part in accept_language.split(',').take(16) {
            let mut pieces = part.trim().split(';');
            let tag = pieces.next().unwrap_or_default().trim().to_ascii_lowercase();
            let weight = pieces
                .find_map(|p| p.trim().strip_prefix("q=").map(str::trim).map(str::parse::<f32>))
                .map_or(1.0, |q| q.unwrap_or(0.0));
            let lang = match tag.split('-').next() {
                Some("fr") => Self::Fr,
                Some("en") => Self::En,
                _ => continue,
            };
            if weight > best.1 {
                best = (lang, weight);
            }
        }
        best.0
    }
}

/// A sentence in both languages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// French.
    pub fr: String,
    /// English.
    pub en: String,
}

impl Text {
    /// A sentence in French and in English.
    pub fn new(fr: impl Into<String>, en: impl Into<String>) -> Self {
        Self { fr: fr.into(), en: en.into() }
    }

    /// The sentence in `lang`.
    pub fn get(&self, lang: Lang) -> &str {
        match lang {
            Lang::Fr => &self.fr,
            Lang::En => &self.en,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_weight_wins_and_french_is_the_default() {
        assert_eq!(Lang::negotiate(""), Lang::Fr);
        assert_eq!(Lang::negotiate("de, it;q=0.8"), Lang::Fr);
        assert_eq!(Lang::negotiate("fr;q=0.4, en-GB;q=0.9"), Lang::En);
        assert_eq!(Lang::negotiate("en;q=0, fr"), Lang::Fr);
        assert_eq!(Lang::negotiate("en;q=abc"), Lang::Fr);
    }
}
