//! What is known of a site as a place: its fence, whom to call, when it is open.

use chrono::{NaiveTime, Timelike};
use kernel::{Fence, FenceError};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::{Validate, ValidationError};
use web::check;

/// Somebody to call about a site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SiteContact)]
pub struct Contact {
    /// The name.
    #[validate(length(min = 1, max = 200), custom(function = check::text))]
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    /// What the person is on the site: guard, client's engineer.
    #[validate(length(min = 1, max = 100), custom(function = check::text))]
    #[schema(min_length = 1, max_length = 100)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// The telephone number, as people write it.
    #[validate(length(min = 3, max = 40), custom(function = check::text))]
    #[schema(min_length = 3, max_length = 40)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// The e-mail address.
    #[validate(length(max = 254), email)]
    #[schema(max_length = 254, format = Email)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
}

/// A span of a week day in which a site is open, in the site's zone.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Validate, ToSchema,
)]
#[serde(deny_unknown_fields)]
#[schema(as = SiteOpening)]
pub struct Opening {
    /// The week day: 1 is Monday, 7 Sunday (ISO 8601).
    #[validate(range(min = 1, max = 7))]
    #[schema(minimum = 1, maximum = 7)]
    pub day: i16,
    /// From when, to the minute.
    #[validate(custom(function = minute))]
    #[schema(value_type = String, pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]:00$", example = "07:30:00")]
    pub opens: NaiveTime,
    /// Until when, on the same day.
    #[validate(custom(function = minute))]
    #[schema(value_type = String, pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]:00$", example = "18:00:00")]
    pub closes: NaiveTime,
}

#[allow(clippy::trivially_copy_pass_by_ref)] // the validator hands references
fn minute(at: &NaiveTime) -> Result<(), ValidationError> {
    if at.second() == 0 && at.nanosecond() == 0 {
        Ok(())
    } else {
        Err(ValidationError::new("minute").with_message("à la minute près | to the minute".into()))
    }
}

/// Opening hours end after they begin, and those of a day do not overlap.
pub(super) fn openings(hours: &[Opening]) -> Result<(), ValidationError> {
    let mut sorted: Vec<_> = hours.iter().collect();
    sorted.sort();
    let overlap = sorted.windows(2).any(|w| w[0].day == w[1].day && w[1].opens < w[0].closes);
    if overlap || hours.iter().any(|h| h.closes <= h.opens) {
        return Err(ValidationError::new("order").with_message(
            "chaque plage finit après son début, sans chevauchement \
             | each span ends after it begins, and none overlap"
                .into(),
        ));
    }
    Ok(())
}

/// A polygon that is a fence.
pub(super) fn fence(fence: &Fence) -> Result<(), ValidationError> {
    fence.check().map_err(|error| {
        let both = match error {
            FenceError::Rings => "un seul contour, sans trou | one ring, without holes",
            FenceError::Corners => "de 3 à 200 sommets | 3 to 200 corners",
            FenceError::Range => {
                "chaque sommet est [longitude, latitude] en degrés \
                 | each corner is [longitude, latitude] in degrees"
            }
            FenceError::Open => {
                "contour ouvert : la dernière position doit être la première \
                 | open ring: the last position must be the first"
            }
            FenceError::Antimeridian => {
                "le contour traverse le 180e méridien : tracez-le d'un seul côté \
                 | the ring crosses the 180th meridian: draw it on one side"
            }
            FenceError::Extent => "50 km d'étendue au plus | at most 50 km across",
            FenceError::Crossing => {
                "les côtés se croisent ou se touchent | sides cross or touch each other"
            }
        };
        ValidationError::new("fence").with_message(both.into())
    })
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
