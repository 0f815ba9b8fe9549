//! The words of a report, French and English, from `templates/fr.json` and `templates/en.json`.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate, NaiveDateTime, TimeDelta};
use kernel::Lang;
use serde::Serialize;

/// The words of one language.
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
pub struct Words(BTreeMap<String, String>);

impl Words {
    /// Reads the words of `lang`.
    pub fn of(lang: Lang) -> Result<Self, serde_json::Error> {
        serde_json::from_str(match lang {
            Lang::Fr => include_str!("../../templates/fr.json"),
            Lang::En => include_str!("../../templates/en.json"),
        })
        .map(Self)
    }

    /// The word for `key`; the key itself where there is none.
    pub fn say<'a>(&'a self, key: &'a str) -> &'a str {
        self.0.get(key).map_or(key, String::as_str)
    }

    /// The word for one value of a kind: `status`, `done`.
    pub fn say_of(&self, kind: &str, value: &str) -> String {
        self.0.get(&format!("{kind}_{value}")).map_or(value, String::as_str).to_owned()
    }

    /// A day in full: `samedi 21 novembre 2026`.
    pub fn day(&self, day: NaiveDate) -> String {
        let nth = |key, n: u32| self.say(key).split_whitespace().nth(n as usize).unwrap_or("");
        let weekday = nth("weekdays", day.weekday().num_days_from_monday());
        let month = nth("months", day.month0());
        format!("{weekday} {}{} {month} {}", day.day(), first(day, self.say("first")), day.year())
    }
}

/// What follows the number of a month's first day: `1er` in French.
fn first(day: NaiveDate, ordinal: &str) -> &str {
    if day.day() == 1 { ordinal } else { "" }
}

/// A time of the day: `08:05`.
pub fn clock(at: NaiveDateTime) -> String {
    at.format("%H:%M").to_string()
}

/// A date and time: `21/11/2026 08:05`.
pub fn moment(at: NaiveDateTime) -> String {
    at.format("%d/%m/%Y %H:%M").to_string()
}

/// Hours and minutes: `7 h 05`.
pub fn span(worked: TimeDelta) -> String {
    format!("{} h {:02}", worked.num_hours(), worked.num_minutes() % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_languages_have_the_same_words() {
        let (fr, en) = (Words::of(Lang::Fr).unwrap(), Words::of(Lang::En).unwrap());
        assert_eq!(fr.0.keys().collect::<Vec<_>>(), en.0.keys().collect::<Vec<_>>());
        let day = NaiveDate::from_ymd_opt(2026, 11, 21).unwrap();
        assert_eq!(fr.day(day), "samedi 21 novembre 2026");
        let first = NaiveDate::from_ymd_opt(2026, 12, 1).unwrap();
        assert_eq!(fr.day(first), "mardi 1er décembre 2026");
        assert_eq!(en.day(day), "Saturday 21 November 2026");
        assert_eq!(fr.say_of("status", "in_progress"), "en cours");
        assert_eq!(span(TimeDelta::minutes(425)), "7 h 05");
    }
}
