//! Checks that several services' requests share, for `#[validate(custom(function = …))]`.

use chrono::{Datelike, NaiveDate, NaiveTime, Timelike};
use kernel::{Position, Timestamp};
use validator::ValidationError;

fn error(code: &'static str, both: &'static str) -> ValidationError {
    ValidationError::new(code).with_message(both.into())
}

/// A year a project can be planned in: 2000 to 2100.
fn sane_year(year: i32) -> Result<(), ValidationError> {
    if (2000..=2100).contains(&year) {
        Ok(())
    } else {
        Err(error("range", "année de 2000 à 2100 | year from 2000 to 2100"))
    }
}

/// An instant within the years that can be planned.
pub fn instant(at: &Timestamp) -> Result<(), ValidationError> {
    sane_year(at.year())
}

/// A day within the years that can be planned.
pub fn day(day: &NaiveDate) -> Result<(), ValidationError> {
    sane_year(day.year())
}

/// A position on Earth.
pub fn position(at: &Position) -> Result<(), ValidationError> {
    at.check().map_err(|_| {
        error("range", "position hors de la Terre ou imprécise | not a position on Earth")
    })
}

/// An IANA time zone.
pub fn zone(name: &str) -> Result<(), ValidationError> {
    name.parse::<chrono_tz::Tz>()
        .map(|_| ())
        .map_err(|_| error("zone", "fuseau horaire IANA inconnu | unknown IANA time zone"))
}

/// Text that says something: not blank, and without control characters other than line breaks.
pub fn text(text: &str) -> Result<(), ValidationError> {
    if text.trim().is_empty() {
        return Err(error("blank", "ne doit pas être vide | must not be blank"));
    }
    if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
        return Err(error("characters", "caractères de contrôle | control characters"));
    }
    Ok(())
}

/// A short name that can be read aloud and typed: letters and digits of ASCII, `.`, `_`, `/`, `-`.
pub fn code(code: &str) -> Result<(), ValidationError> {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '/' | '-');
    if code.chars().all(fits) {
        Ok(())
    } else {
        Err(error("characters", "lettres, chiffres, . _ / - | letters, digits, . _ / -"))
    }
}

/// A time of the day to the minute.
#[allow(clippy::trivially_copy_pass_by_ref)] // the validator hands references
pub fn minute(at: &NaiveTime) -> Result<(), ValidationError> {
    if at.second() == 0 && at.nanosecond() == 0 {
        Ok(())
    } else {
        Err(error("minute", "à la minute près | to the minute"))
    }
}

/// Spans of week days (day, from, to) that end after they begin, and those of a day do not overlap.
pub fn week(
    spans: impl IntoIterator<Item = (i16, NaiveTime, NaiveTime)>,
) -> Result<(), ValidationError> {
    let mut sorted: Vec<_> = spans.into_iter().collect();
    sorted.sort_unstable();
    let overlap = sorted.windows(2).any(|w| w[0].0 == w[1].0 && w[1].1 < w[0].2);
    if overlap || sorted.iter().any(|(_, from, to)| to <= from) {
        return Err(error(
            "order",
            "chaque plage finit après son début, sans chevauchement \
             | each span ends after it begins, and none overlap",
        ));
    }
    Ok(())
}

/// How many days before a last day reminders come.
pub fn reminders(days: &[i32]) -> Result<(), ValidationError> {
    if days.iter().all(|d| (0..=365).contains(d)) {
        Ok(())
    } else {
        Err(error("range", "de 0 à 365 jours | 0 to 365 days"))
    }
}
