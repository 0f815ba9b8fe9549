//! A site and its rules.

use kernel::{Fence, Position, ProjectId, SiteId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;
use web::{Opening, Versioned, check, openings};

use super::place::{self, Contact};

/// The geofence of a site that says nothing of its own: wide enough for a phone's error between
/// buildings, narrow enough to tell two sites of one town apart.
const USUAL_RADIUS_M: f64 = 200.0;

/// A site.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Site {
    /// Its id.
    pub id: SiteId,
    /// Its project.
    pub project_id: ProjectId,
    /// Its name.
    pub name: String,
    /// Where it is, in words.
    pub address: Option<String>,
    /// Whom the work is done for, as signatures and reports name them.
    pub client_name: Option<String>,
    /// The trade or branch it belongs to, in the firm's own words.
    pub sector: Option<String>,
    /// Where it is; the centre of its geofence where that is a circle.
    pub position: Position,
    /// The circle's radius in metres; it counts where there is no polygon.
    pub radius_m: f64,
    /// The geofence as a polygon, in place of the circle.
    pub polygon: Option<Fence>,
    /// IANA time zone: the site's days are read in it.
    pub zone: String,
    /// Whom to call.
    pub contacts: Vec<Contact>,
    /// When it is open; empty where nobody said.
    pub opening_hours: Vec<Opening>,
    /// How to get in: gate, guard, keys, rules.
    pub access_notes: Option<String>,
    /// Counts its changes.
    pub version: i64,
}

impl Versioned for Site {
    fn version(&self) -> i64 {
        self.version
    }
}

/// A site to be made.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSite {
    /// Its id, where the caller chooses it.
    pub id: Option<SiteId>,
    /// Its project.
    pub project_id: ProjectId,
    /// Its name.
    #[validate(length(min = 1, max = 200), custom(function = check::text))]
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    /// Where it is, in words.
    #[validate(length(min = 1, max = 500), custom(function = check::text))]
    #[schema(min_length = 1, max_length = 500)]
    pub address: Option<String>,
    /// Whom the work is done for.
    #[validate(length(min = 1, max = 200), custom(function = check::text))]
    #[schema(min_length = 1, max_length = 200)]
    pub client_name: Option<String>,
    /// The trade or branch it belongs to.
    #[validate(length(min = 1, max = 100), custom(function = check::text))]
    #[schema(min_length = 1, max_length = 100)]
    pub sector: Option<String>,
    /// Where it is; the centre of its geofence where that is a circle.
    #[validate(custom(function = check::position))]
    pub position: Position,
    /// The circle's radius in metres; 200 unless said.
    #[validate(range(min = 10.0, max = 50_000.0))]
    #[schema(minimum = 10, maximum = 50_000)]
    pub radius_m: Option<f64>,
    /// The geofence as a polygon, in place of the circle.
    #[validate(custom(function = place::fence))]
    pub polygon: Option<Fence>,
    /// IANA time zone; the firm's unless said.
    #[validate(length(max = 64), custom(function = check::zone))]
    #[schema(max_length = 64, example = "Africa/Dakar")]
    pub zone: Option<String>,
    /// Whom to call.
    #[serde(default)]
    #[validate(length(max = 50), nested)]
    #[schema(max_items = 50)]
    pub contacts: Vec<Contact>,
    /// When it is open.
    #[serde(default)]
    #[validate(length(max = 21), nested, custom(function = openings))]
    #[schema(max_items = 21)]
    pub opening_hours: Vec<Opening>,
    /// How to get in.
    #[validate(length(min = 1, max = 2000), custom(function = check::text))]
    #[schema(min_length = 1, max_length = 2000)]
    pub access_notes: Option<String>,
}

/// Changes to a site; what is absent stays, `null` clears.
#[derive(Debug, Clone, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SitePatch {
    /// Its name.
    #[validate(length(min = 1, max = 200), custom(function = check::text))]
    #[schema(min_length = 1, max_length = 200)]
    pub name: Option<String>,
    /// Where it is, in words.
    #[serde(default, deserialize_with = "web::nullable")]
    #[validate(length(min = 1, max = 500), custom(function = check::text))]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 500)]
    pub address: Option<Option<String>>,
    /// Whom the work is done for.
    #[serde(default, deserialize_with = "web::nullable")]
    #[validate(length(min = 1, max = 200), custom(function = check::text))]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 200)]
    pub client_name: Option<Option<String>>,
    /// The trade or branch it belongs to.
    #[serde(default, deserialize_with = "web::nullable")]
    #[validate(length(min = 1, max = 100), custom(function = check::text))]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 100)]
    pub sector: Option<Option<String>>,
    /// Where it is.
    #[validate(custom(function = check::position))]
    pub position: Option<Position>,
    /// The circle's radius in metres.
    #[validate(range(min = 10.0, max = 50_000.0))]
    #[schema(minimum = 10, maximum = 50_000)]
    pub radius_m: Option<f64>,
    /// The geofence as a polygon; `null` for the circle.
    #[serde(default, deserialize_with = "web::nullable")]
    #[validate(custom(function = place::fence))]
    #[schema(value_type = Option<Fence>)]
    pub polygon: Option<Option<Fence>>,
    /// IANA time zone.
    #[validate(length(max = 64), custom(function = check::zone))]
    #[schema(max_length = 64, example = "Africa/Dakar")]
    pub zone: Option<String>,
    /// All whom to call.
    #[validate(length(max = 50), nested)]
    #[schema(max_items = 50)]
    pub contacts: Option<Vec<Contact>>,
    /// All of when it is open.
    #[validate(length(max = 21), nested, custom(function = openings))]
    #[schema(max_items = 21)]
    pub opening_hours: Option<Vec<Opening>>,
    /// How to get in.
    #[serde(default, deserialize_with = "web::nullable")]
    #[validate(length(min = 1, max = 2000), custom(function = check::text))]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 2000)]
    pub access_notes: Option<Option<String>>,
}

/// The centre of a fence has no accuracy of its own.
fn centre(position: Position) -> Position {
    Position { accuracy_m: None, ..position }
}

impl Site {
    /// A new site; `zone` is the firm's.
    pub fn open(new: NewSite, zone: chrono_tz::Tz) -> Self {
        Self {
            id: new.id.unwrap_or_else(SiteId::new),
            project_id: new.project_id,
            name: new.name,
            address: new.address,
            client_name: new.client_name,
            sector: new.sector,
            position: centre(new.position),
            radius_m: new.radius_m.unwrap_or(USUAL_RADIUS_M),
            polygon: new.polygon,
            zone: new.zone.unwrap_or_else(|| zone.name().to_owned()),
            contacts: new.contacts,
            opening_hours: new.opening_hours,
            access_notes: new.access_notes,
            version: 1,
        }
    }

    /// The same site, changed.
    #[must_use]
    pub fn change(self, patch: SitePatch) -> Self {
        Self {
            id: self.id,
            project_id: self.project_id,
            name: patch.name.unwrap_or(self.name),
            address: patch.address.unwrap_or(self.address),
            client_name: patch.client_name.unwrap_or(self.client_name),
            sector: patch.sector.unwrap_or(self.sector),
            position: patch.position.map_or(self.position, centre),
            radius_m: patch.radius_m.unwrap_or(self.radius_m),
            polygon: patch.polygon.unwrap_or(self.polygon),
            zone: patch.zone.unwrap_or(self.zone),
            contacts: patch.contacts.unwrap_or(self.contacts),
            opening_hours: patch.opening_hours.unwrap_or(self.opening_hours),
            access_notes: patch.access_notes.unwrap_or(self.access_notes),
            version: self.version + 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_site_has_the_firms_zone_and_the_usual_fence() {
        let new: NewSite = serde_json::from_value(serde_json::json!({
            "project_id": ProjectId::new(),
            "name": "Poste Almadies",
            "position": { "lat": 14.74, "lon": -17.52, "accuracy_m": 12.0 },
        }))
        .unwrap();
        assert!(new.validate().is_ok());
        let site = Site::open(new, chrono_tz::Africa::Dakar);
        assert_eq!((site.zone.as_str(), site.radius_m), ("Africa/Dakar", USUAL_RADIUS_M));
        assert_eq!(site.position.accuracy_m, None);
    }
}
