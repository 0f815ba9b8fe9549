//! The usual hours of a week.

use std::collections::HashSet;

use chrono::NaiveTime;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::{Validate, ValidationError};
use web::check;

use crate::Error;

/// The usual hours of a week, in the zone of the site worked on. Without any day the worker has no
/// working time and is never free.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Hours {
    /// The days worked: 1 is Monday, 7 Sunday (ISO 8601).
    #[validate(length(max = 7), custom(function = week_days))]
    #[schema(max_items = 7, example = json!([1, 2, 3, 4, 5]))]
    pub days: Vec<i16>,
    /// When the work day starts, to the minute.
    #[validate(custom(function = check::minute))]
    #[schema(value_type = String, pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]:00$", example = "08:00:00")]
    pub starts: NaiveTime,
    /// When it ends.
    #[validate(custom(function = check::minute))]
    #[schema(value_type = String, pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]:00$", example = "17:00:00")]
    pub ends: NaiveTime,
    /// Hours of those days that differ, in place of `starts` and `ends`; several spans a day where
    /// there is a pause.
    #[serde(default)]
    #[validate(length(max = 28), nested, custom(function = spans))]
    #[schema(max_items = 28)]
    pub other_days: Vec<DayHours>,
}

/// Hours of one week day.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Validate, ToSchema,
)]
#[serde(deny_unknown_fields)]
pub struct DayHours {
    /// The week day, one of those worked: 1 is Monday, 7 Sunday (ISO 8601).
    #[validate(range(min = 1, max = 7))]
    #[schema(minimum = 1, maximum = 7)]
    pub day: i16,
    /// From when, to the minute.
    #[validate(custom(function = check::minute))]
    #[schema(value_type = String, pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]:00$", example = "08:00:00")]
    pub starts: NaiveTime,
    /// Until when, on the same day.
    #[validate(custom(function = check::minute))]
    #[schema(value_type = String, pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]:00$", example = "12:00:00")]
    pub ends: NaiveTime,
}

impl Default for Hours {
    /// Monday to Friday, 8 to 17.
    fn default() -> Self {
        let at = |hour| NaiveTime::from_hms_opt(hour, 0, 0).unwrap_or_default();
        Self { days: (1..=5).collect(), starts: at(8), ends: at(17), other_days: Vec::new() }
    }
}

impl Hours {
    /// The days in order, the day not reversed, and no other hours for a day that is not worked.
    pub fn settle(mut self) -> Result<Self, Error> {
        self.days.sort_unstable();
        if let Some(place) = self.other_days.iter().position(|o| !self.days.contains(&o.day)) {
            return Err(Error::DayNotWorked(place));
        }
        self.other_days.sort_unstable();
        if self.ends > self.starts { Ok(self) } else { Err(Error::DayReversed) }
    }
}

fn week_days(days: &[i16]) -> Result<(), ValidationError> {
    let distinct: HashSet<_> = days.iter().filter(|d| (1..=7).contains(*d)).collect();
    if distinct.len() == days.len() {
        Ok(())
    } else {
        Err(ValidationError::new("days").with_message(
            "jours de 1 (lundi) à 7, chacun une fois | days from 1 (Monday) to 7, each once".into(),
        ))
    }
}

fn spans(hours: &[DayHours]) -> Result<(), ValidationError> {
    check::week(hours.iter().map(|h| (h.day, h.starts, h.ends)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn hours(days: &[i16], starts: &str, ends: &str, other: serde_json::Value) -> Hours {
        let body = json!({ "days": days, "starts": starts, "ends": ends, "other_days": other });
        serde_json::from_value(body).unwrap()
    }

    #[test]
    fn hours_are_a_week_of_days_that_end_after_they_start() {
        let of = |days: &[i16], starts| hours(days, starts, "16:00:00", json!([]));
        assert!(of(&[6, 7], "07:30:00").validate().is_ok());
        assert!(of(&[], "07:30:00").validate().is_ok(), "no working time is legal");
        assert!(of(&[0], "07:30:00").validate().is_err());
        assert!(of(&[1, 1], "07:30:00").validate().is_err());
        assert!(of(&[1], "07:30:15").validate().is_err());
        assert!(of(&[1], "23:59:60").validate().is_err());
        assert!(matches!(of(&[1], "16:30:00").settle(), Err(Error::DayReversed)));
        assert!(Hours::default().validate().is_ok());
    }

    #[test]
    fn a_day_may_differ_and_have_a_pause_where_it_is_worked() {
        let span = |day: i16, starts: &str, ends: &str| json!({ "day": day, "starts": starts, "ends": ends });
        let of = |other| hours(&[1, 5], "08:00:00", "17:00:00", other);
        let friday = of(json!([span(5, "13:00:00", "16:00:00"), span(5, "07:00:00", "12:00:00"),]));
        assert!(friday.validate().is_ok());
        assert_eq!(friday.settle().unwrap().other_days[0].starts.to_string(), "07:00:00");
        let sunday = of(json!([span(7, "07:00:00", "12:00:00")])).settle();
        assert!(matches!(sunday, Err(Error::DayNotWorked(0))));
        for wrong in [
            json!([span(5, "12:00:00", "12:00:00")]),
            json!([span(5, "07:00:00", "12:00:00"), span(5, "11:00:00", "13:00:00")]),
            json!([span(8, "07:00:00", "12:00:00")]),
        ] {
            assert!(of(wrong.clone()).validate().is_err(), "{wrong}");
        }
    }
}
