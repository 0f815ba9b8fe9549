//! The usual hours of a week.

use std::collections::HashSet;

use chrono::{NaiveTime, Timelike};
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
    /// When it ends; at or before its start, on the next day.
    #[validate(custom(function = check::minute))]
    #[schema(value_type = String, pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]:00$", example = "17:00:00")]
    pub ends: NaiveTime,
    /// Hours of those days that differ, in place of `starts` and `ends`; several spans a day where
    /// there is a pause.
    #[serde(default)]
    #[validate(length(max = 28), nested)]
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
    /// Until when; at or before `starts`, on the next day.
    #[validate(custom(function = check::minute))]
    #[schema(value_type = String, pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]:00$", example = "12:00:00")]
    pub ends: NaiveTime,
    /// Whether it begins after midnight, in the night after the day: what follows the pause of a
    /// night's work.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub next_day: bool,
}

/// Minutes of a day, and of a week.
const DAY: u32 = 24 * 60;
const WEEK: u32 = 7 * DAY;
/// The longest span over midnight: from 8 to 5 is a slip, from 17 to 5 is none.
const NIGHT: u32 = 16 * 60;

/// Whether hours end before they start, and not on the next day either.
fn reversed(starts: NaiveTime, ends: NaiveTime) -> bool {
    let (from, to) = minutes(starts, ends);
    to > DAY && to - from > NIGHT
}

/// From which minute to which, counted from the start of the day they begin on.
fn minutes(starts: NaiveTime, ends: NaiveTime) -> (u32, u32) {
    let of = |at: NaiveTime| at.num_seconds_from_midnight() / 60;
    (of(starts), of(ends) + if ends <= starts { DAY } else { 0 })
}

impl Default for Hours {
    /// Monday to Friday, 8 to 17.
    fn default() -> Self {
        let at = |hour| NaiveTime::from_hms_opt(hour, 0, 0).unwrap_or_default();
        Self { days: (1..=5).collect(), starts: at(8), ends: at(17), other_days: Vec::new() }
    }
}

impl Hours {
    /// The days in order; no span is reversed, none overlaps another, and no hours are for a day that
    /// is not worked.
    pub fn settle(mut self) -> Result<Self, Error> {
        self.days.sort_unstable();
        if let Some(place) = self.other_days.iter().position(|o| !self.days.contains(&o.day)) {
            return Err(Error::DayNotWorked(place));
        }
        if reversed(self.starts, self.ends) {
            return Err(Error::DayReversed);
        }
        let wrong = |hours: &DayHours| hours.is_wrong() || self.is_adrift(hours);
        if let Some(place) = self.other_days.iter().position(wrong) {
            return Err(Error::SpanReversed(place));
        }
        if self.overlap() {
            return Err(Error::HoursOverlap);
        }
        self.other_days.sort_unstable_by_key(|o| (o.day, o.next_day, o.starts));
        Ok(self)
    }

    /// Whether a span after midnight is no part of a night's work: nothing of its day is before it, or
    /// all of them together are longer than a night.
    fn is_adrift(&self, hours: &DayHours) -> bool {
        let before = self.other_days.iter().filter(|o| o.day == hours.day && !o.next_day);
        let begins = before.map(|o| o.minutes().0).min();
        hours.next_day && begins.is_none_or(|begins| hours.minutes().1 > begins + NIGHT)
    }

    /// Whether two spans of the week share some time; the night after Sunday is Monday's.
    fn overlap(&self) -> bool {
        let differs = |day: &i16| self.other_days.iter().any(|o| o.day == *day);
        let usual = self.days.iter().filter(|day| !differs(day));
        let usual = usual.map(|day| (*day, minutes(self.starts, self.ends)));
        let all = usual.chain(self.other_days.iter().map(|o| (o.day, o.minutes())));
        let mut spans: Vec<(u32, u32)> = all
            .map(|(day, (from, to))| {
                let begins = u32::from(day.unsigned_abs().saturating_sub(1)) * DAY;
                (begins + from, begins + to)
            })
            .collect();
        spans.sort_unstable();
        let Some((first, last)) = spans.first().zip(spans.iter().map(|span| span.1).max()) else {
            return false;
        };
        spans.windows(2).any(|pair| pair[1].0 < pair[0].1) || first.0 + WEEK < last
    }
}

impl DayHours {
    fn minutes(&self) -> (u32, u32) {
        let (from, to) = minutes(self.starts, self.ends);
        let late = if self.next_day { DAY } else { 0 };
        (from + late, to + late)
    }

    /// Whether it is none, or runs into a third day.
    fn is_wrong(&self) -> bool {
        reversed(self.starts, self.ends) || self.minutes().1 > 2 * DAY
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn hours(days: &[i16], starts: &str, ends: &str, other: serde_json::Value) -> Hours {
        let body = json!({ "days": days, "starts": starts, "ends": ends, "other_days": other });
        serde_json::from_value(body).unwrap()
    }

    #[test]
    fn hours_are_a_week_of_days() {
        let of = |days: &[i16], starts| hours(days, starts, "16:00:00", json!([]));
        assert!(of(&[6, 7], "07:30:00").validate().is_ok());
        assert!(of(&[], "07:30:00").validate().is_ok(), "no working time is legal");
        assert!(of(&[0], "07:30:00").validate().is_err());
        assert!(of(&[1, 1], "07:30:00").validate().is_err());
        assert!(of(&[1], "07:30:15").validate().is_err());
        assert!(of(&[1], "23:59:60").validate().is_err());
        assert!(matches!(of(&[1], "16:30:00").settle(), Err(Error::DayReversed)));
        assert!(matches!(of(&[1], "16:00:00").settle(), Err(Error::DayReversed)));
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
        let empty = of(json!([span(5, "12:00:00", "12:00:00")])).settle();
        assert!(matches!(empty, Err(Error::SpanReversed(0))));
        let both = [span(5, "07:00:00", "12:00:00"), span(5, "11:00:00", "13:00:00")];
        assert!(matches!(of(json!(both)).settle(), Err(Error::HoursOverlap)));
        assert!(of(json!([span(8, "07:00:00", "12:00:00")])).validate().is_err());
    }

    #[test]
    fn a_night_ends_the_next_day_and_may_have_a_pause_after_midnight() {
        let span = |day: i16, starts: &str, ends: &str, next_day: bool| json!({ "day": day, "starts": starts, "ends": ends, "next_day": next_day });
        let nights = |other| hours(&[1, 2, 7], "22:00:00", "06:00:00", other).settle();
        assert!(nights(json!([])).is_ok());
        let pause =
            json!([span(1, "02:30:00", "06:00:00", true), span(1, "21:00:00", "02:00:00", false)]);
        assert_eq!(nights(pause).unwrap().other_days[0].starts.to_string(), "21:00:00");
        let overlaps = |other| matches!(nights(other), Err(Error::HoursOverlap));
        assert!(overlaps(json!([span(2, "05:00:00", "09:00:00", false)])), "Monday's night");
        assert!(overlaps(json!([span(1, "05:59:00", "09:00:00", false)])), "Sunday's night");
        assert!(!overlaps(json!([span(1, "06:00:00", "09:00:00", false)])));
        let morning =
            json!([span(1, "08:00:00", "12:00:00", false), span(1, "02:00:00", "06:00:00", true)]);
        assert!(matches!(nights(morning), Err(Error::SpanReversed(1))), "a day and a night");
        let alone = nights(json!([span(1, "02:00:00", "06:00:00", true)]));
        assert!(matches!(alone, Err(Error::SpanReversed(0))));
        // Into a third day.
        let long = nights(json!([span(1, "22:00:00", "06:00:00", true)]));
        assert!(matches!(long, Err(Error::SpanReversed(0))));
    }
}
