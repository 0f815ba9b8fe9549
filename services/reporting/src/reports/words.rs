//! The words of a report, French and English, from `templates/fr.json` and `templates/en.json`.

use kernel::Lang;
use typeset::Words;

/// The words of `lang`.
pub fn of(lang: Lang) -> Result<Words, serde_json::Error> {
    let json = match lang {
        Lang::Fr => include_str!("../../templates/fr.json"),
        Lang::En => include_str!("../../templates/en.json"),
    };
    Words::read(lang, json)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_languages_have_the_same_words() {
        let (fr, en) = (of(Lang::Fr).unwrap(), of(Lang::En).unwrap());
        assert_eq!(fr.keys().collect::<Vec<_>>(), en.keys().collect::<Vec<_>>());
        assert_eq!(fr.say_of("status", "in_progress"), "en cours");
    }
}
