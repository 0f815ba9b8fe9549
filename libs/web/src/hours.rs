//! When a place is open.

use chrono::NaiveTime;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::{Validate, ValidationError};

use crate::check;

/// A span of a week day in which a place is open, in the place's zone.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Validate, ToSchema,
)]
#[serde(deny_unknown_fields)]
pub struct Opening {
    /// The week day: 1 is Monday, 7 Sunday (ISO 8601).
    #[validate(range(min = 1, max = 7))]
    #[schema(minimum = 1, maximum = 7)]
    pub day: i16,
    /// From when, to the minute.
    #[validate(custom(function = check::minute))]
    #[schema(value_type = String, pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]:00$", example = "07:30:00")]
    pub opens: NaiveTime,
    /// Until when, on the same day.
    #[validate(custom(function = check::minute))]
    #[schema(value_type = String, pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]:00$", example = "18:00:00")]
    pub closes: NaiveTime,
}

/// Opening hours end after they begin, and those of a day do not overlap.
pub fn openings(hours: &[Opening]) -> Result<(), ValidationError> {
    check::week(hours.iter().map(|h| (h.day, h.opens, h.closes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(day: i16, opens: &str, closes: &str) -> Opening {
        Opening { day, opens: opens.parse().unwrap(), closes: closes.parse().unwrap() }
    }

    #[test]
    fn hours_of_a_day_do_not_overlap_and_end_after_they_begin() {
        let (morning, evening) = (open(1, "07:00:00", "12:00:00"), open(1, "12:00:00", "18:00:00"));
        assert!(openings(&[evening.clone(), morning.clone()]).is_ok());
        assert!(openings(&[morning.clone(), open(1, "11:59:00", "13:00:00")]).is_err());
        assert!(openings(&[morning, open(2, "11:59:00", "13:00:00")]).is_ok());
        assert!(openings(&[open(3, "12:00:00", "12:00:00")]).is_err());
        assert!(open(1, "07:00:30", "12:00:00").validate().is_err());
    }
}
