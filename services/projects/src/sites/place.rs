//! What is known of a site as a place: its fence, whom to call.

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
