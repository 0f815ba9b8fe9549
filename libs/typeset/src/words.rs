//! The words of a document in its reader's language, and dates and spans as they are written.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate, NaiveDateTime, TimeDelta};
use kernel::Lang;
use serde::Serialize;

/// From Monday to Sunday.
const WEEKDAYS: [[&str; 7]; 2] = [
    ["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"],
    ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
];
/// From January to December.
const MONTHS: [[&str; 12]; 2] = [
    [
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ],
    [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
];

/// The words of a document in one language.
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
pub struct Words {
    words: BTreeMap<String, String>,
    #[serde(skip)]
    lang: Lang,
}

impl Words {
    /// Reads the words of `lang`: a JSON object of strings.
    pub fn read(lang: Lang, json: &str) -> Result<Self, serde_json::Error> {
        Ok(Self { words: serde_json::from_str(json)?, lang })
    }

    /// The language.
    pub fn lang(&self) -> Lang {
        self.lang
    }

    /// The keys, in order.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.words.keys().map(String::as_str)
    }

    /// The word for `key`; the key itself where there is none.
    pub fn say<'a>(&'a self, key: &'a str) -> &'a str {
        self.words.get(key).map_or(key, String::as_str)
    }

    /// The word for one value of a kind: `status`, `done`.
    pub fn say_of(&self, kind: &str, value: &str) -> String {
        self.words.get(&format!("{kind}_{value}")).map_or(value, String::as_str).to_owned()
    }

    /// A day in full: `samedi 21 novembre 2026`, `dimanche 1er novembre 2026`.
    pub fn day(&self, day: NaiveDate) -> String {
        let lang = usize::from(self.lang == Lang::En);
        let weekday = WEEKDAYS[lang][day.weekday().num_days_from_monday() as usize];
        let month = MONTHS[lang][day.month0() as usize];
        let first = if self.lang == Lang::Fr && day.day() == 1 { "er" } else { "" };
        format!("{weekday} {}{first} {month} {}", day.day(), day.year())
    }
}

/// A day in figures: `21/11/2026`.
pub fn short_day(day: NaiveDate) -> String {
    day.format("%d/%m/%Y").to_string()
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
    fn a_word_is_found_by_its_key_and_the_key_stands_for_what_is_not() {
        let words = Words::read(Lang::Fr, r#"{"status_done": "terminée"}"#).unwrap();
        assert_eq!(words.say_of("status", "done"), "terminée");
        assert_eq!(words.say_of("status", "lost"), "lost");
        assert_eq!(words.say("status_done"), "terminée");
        assert_eq!(serde_json::to_value(&words).unwrap()["status_done"], "terminée");
    }

    #[test]
    fn days_and_spans_are_written_as_people_write_them() {
        let words = |lang| Words::read(lang, "{}").unwrap();
        let day = |month, day| NaiveDate::from_ymd_opt(2026, month, day).unwrap();
        assert_eq!(words(Lang::Fr).day(day(11, 21)), "samedi 21 novembre 2026");
        assert_eq!(words(Lang::Fr).day(day(12, 1)), "mardi 1er décembre 2026");
        assert_eq!(words(Lang::En).day(day(11, 1)), "Sunday 1 November 2026");
        assert_eq!(short_day(day(3, 2)), "02/03/2026");
        assert_eq!(span(TimeDelta::minutes(425)), "7 h 05");
    }
}
