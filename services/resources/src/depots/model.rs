//! A depot and its rules.

use contracts::{Change, DepotChanged};
use kernel::{DepotId, Position};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;
use web::{Opening, Versioned, check, openings};

/// A place of the firm where things are kept and days begin.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Depot {
    /// Its id.
    pub id: DepotId,
    /// Its name, unique.
    pub name: String,
    /// Its postal address.
    pub address: Option<String>,
    /// Where it is.
    pub position: Position,
    /// Its IANA time zone.
    pub zone: String,
    /// When it is open, in its zone; always where it says nothing.
    pub opening_hours: Vec<Opening>,
    /// Whether it is still used.
    pub active: bool,
    /// Counts its changes.
    pub version: i64,
}

impl Versioned for Depot {
    fn version(&self) -> i64 {
        self.version
    }
}

/// A depot to be made.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDepot {
    /// Its id, where the caller chooses it.
    pub id: Option<DepotId>,
    /// Its name, unique.
    #[validate(length(min = 1, max = 100), custom(function = check::text))]
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
    /// Its postal address.
    #[validate(length(min = 1, max = 300), custom(function = check::text))]
    #[schema(min_length = 1, max_length = 300)]
    pub address: Option<String>,
    /// Where it is.
    #[validate(custom(function = check::position))]
    pub position: Position,
    /// Its IANA time zone; the firm's unless said.
    #[validate(custom(function = check::zone))]
    #[schema(example = "Africa/Dakar")]
    pub zone: Option<String>,
    /// When it is open.
    #[serde(default)]
    #[validate(length(max = 21), nested, custom(function = openings))]
    #[schema(max_items = 21)]
    pub opening_hours: Vec<Opening>,
}

/// Changes to a depot; what is absent stays, `null` clears.
#[derive(Debug, Clone, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DepotPatch {
    /// Its name, unique.
    #[validate(length(min = 1, max = 100), custom(function = check::text))]
    #[schema(min_length = 1, max_length = 100)]
    pub name: Option<String>,
    /// Its postal address.
    #[serde(default, deserialize_with = "web::nullable")]
    #[validate(length(min = 1, max = 300), custom(function = check::text))]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 300)]
    pub address: Option<Option<String>>,
    /// Where it is.
    #[validate(custom(function = check::position))]
    pub position: Option<Position>,
    /// Its IANA time zone.
    #[validate(custom(function = check::zone))]
    pub zone: Option<String>,
    /// All the hours it is open.
    #[validate(length(max = 21), nested, custom(function = openings))]
    #[schema(max_items = 21)]
    pub opening_hours: Option<Vec<Opening>>,
    /// Whether it is still used.
    pub active: Option<bool>,
}

/// A depot is a point.
fn spot(position: Position) -> Position {
    Position { accuracy_m: None, ..position }
}

impl Depot {
    /// A new depot of a firm in this zone.
    pub fn open(new: NewDepot, zone: &str) -> Self {
        Self {
            id: new.id.unwrap_or_else(DepotId::new),
            name: new.name,
            address: new.address,
            position: spot(new.position),
            zone: new.zone.unwrap_or_else(|| zone.to_owned()),
            opening_hours: new.opening_hours,
            active: true,
            version: 1,
        }
    }

    /// The same depot, changed.
    #[must_use]
    pub fn change(self, patch: DepotPatch) -> Self {
        Self {
            id: self.id,
            name: patch.name.unwrap_or(self.name),
            address: patch.address.unwrap_or(self.address),
            position: patch.position.map_or(self.position, spot),
            zone: patch.zone.unwrap_or(self.zone),
            opening_hours: patch.opening_hours.unwrap_or(self.opening_hours),
            active: patch.active.unwrap_or(self.active),
            version: self.version + 1,
        }
    }

    /// The news of it.
    pub fn changed(&self, change: Change) -> DepotChanged {
        DepotChanged { depot: self.id, version: self.version, change, active: self.active }
    }
}
