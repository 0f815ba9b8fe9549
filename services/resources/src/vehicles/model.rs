//! A vehicle and its rules.

use contracts::{Change, VehicleChanged};
use kernel::{DepotId, VehicleId, WorkerId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;
use web::{Versioned, check};

/// What a vehicle is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum VehicleKind {
    /// For people.
    Car,
    /// For people and what they need.
    Van,
    /// For heavy loads.
    Truck,
    /// Is drawn by another.
    Trailer,
    /// Does work itself: an excavator, a platform.
    Machine,
    /// Anything else.
    Other,
}

/// What a vehicle carries; nothing said is nothing known.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema,
)]
#[serde(deny_unknown_fields)]
pub struct Capacity {
    /// Kilograms.
    #[validate(range(min = 0, max = 100_000))]
    #[schema(minimum = 0, maximum = 100_000)]
    pub kg: Option<i32>,
    /// Litres: 1000 are a cubic metre.
    #[validate(range(min = 0, max = 1_000_000))]
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub litres: Option<i32>,
    /// Pieces of whatever the firm counts: pallets, crates, drums.
    #[validate(range(min = 0, max = 10_000))]
    #[schema(minimum = 0, maximum = 10_000)]
    pub units: Option<i32>,
}

/// A vehicle.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Vehicle {
    /// Its id.
    pub id: VehicleId,
    /// Its number plate, unique.
    pub plate: String,
    /// What people call it.
    pub name: Option<String>,
    /// What it is.
    pub kind: VehicleKind,
    /// What it carries.
    pub capacity: Capacity,
    /// For how many people it has seats, the driver among them.
    pub seats: i16,
    /// The depot where it stands overnight.
    pub depot_id: Option<DepotId>,
    /// Who usually drives it.
    pub driver_id: Option<WorkerId>,
    /// Whether it is still used.
    pub active: bool,
    /// Counts its changes.
    pub version: i64,
}

impl Versioned for Vehicle {
    fn version(&self) -> i64 {
        self.version
    }
}

/// A vehicle to be taken in.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewVehicle {
    /// Its id, where the caller chooses it.
    pub id: Option<VehicleId>,
    /// Its number plate, unique; written in capitals, with single spaces.
    #[validate(length(min = 1, max = 20), custom(function = check::text))]
    #[schema(min_length = 1, max_length = 20)]
    pub plate: String,
    /// What people call it.
    #[validate(length(min = 1, max = 100), custom(function = check::text))]
    #[schema(min_length = 1, max_length = 100)]
    pub name: Option<String>,
    /// What it is.
    pub kind: VehicleKind,
    /// What it carries.
    #[serde(default)]
    #[validate(nested)]
    pub capacity: Capacity,
    /// For how many people it has seats, the driver among them.
    #[validate(range(min = 0, max = 100))]
    #[schema(minimum = 0, maximum = 100)]
    pub seats: i16,
    /// The depot where it stands overnight.
    pub depot_id: Option<DepotId>,
    /// Who usually drives it.
    pub driver_id: Option<WorkerId>,
}

/// Changes to a vehicle; what is absent stays, `null` clears.
#[derive(Debug, Clone, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VehiclePatch {
    /// Its number plate, unique.
    #[validate(length(min = 1, max = 20), custom(function = check::text))]
    #[schema(min_length = 1, max_length = 20)]
    pub plate: Option<String>,
    /// What people call it.
    #[serde(default, deserialize_with = "web::nullable")]
    #[validate(length(min = 1, max = 100), custom(function = check::text))]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 100)]
    pub name: Option<Option<String>>,
    /// What it is.
    pub kind: Option<VehicleKind>,
    /// All that it carries.
    #[validate(nested)]
    pub capacity: Option<Capacity>,
    /// For how many people it has seats, the driver among them.
    #[validate(range(min = 0, max = 100))]
    #[schema(minimum = 0, maximum = 100)]
    pub seats: Option<i16>,
    /// The depot where it stands overnight.
    #[serde(default, deserialize_with = "web::nullable")]
    #[schema(value_type = Option<DepotId>)]
    pub depot_id: Option<Option<DepotId>>,
    /// Who usually drives it.
    #[serde(default, deserialize_with = "web::nullable")]
    #[schema(value_type = Option<WorkerId>)]
    pub driver_id: Option<Option<WorkerId>>,
    /// Whether it is still used.
    pub active: Option<bool>,
}

/// A plate as it is compared: one space at most between its parts, capitals.
fn plate(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").to_uppercase()
}

impl Vehicle {
    /// A new vehicle.
    pub fn take_in(new: NewVehicle) -> Self {
        Self {
            id: new.id.unwrap_or_else(VehicleId::new),
            plate: plate(&new.plate),
            name: new.name,
            kind: new.kind,
            capacity: new.capacity,
            seats: new.seats,
            depot_id: new.depot_id,
            driver_id: new.driver_id,
            active: true,
            version: 1,
        }
    }

    /// The same vehicle, changed.
    #[must_use]
    pub fn change(self, patch: VehiclePatch) -> Self {
        Self {
            id: self.id,
            plate: patch.plate.map_or(self.plate, |text| plate(&text)),
            name: patch.name.unwrap_or(self.name),
            kind: patch.kind.unwrap_or(self.kind),
            capacity: patch.capacity.unwrap_or(self.capacity),
            seats: patch.seats.unwrap_or(self.seats),
            depot_id: patch.depot_id.unwrap_or(self.depot_id),
            driver_id: patch.driver_id.unwrap_or(self.driver_id),
            active: patch.active.unwrap_or(self.active),
            version: self.version + 1,
        }
    }

    /// The same vehicle at the next version.
    #[must_use]
    pub fn touched(self) -> Self {
        Self { version: self.version + 1, ..self }
    }

    /// The news of it.
    pub fn changed(&self, change: Change) -> VehicleChanged {
        VehicleChanged {
            vehicle: self.id,
            version: self.version,
            change,
            depot: self.depot_id,
            driver: self.driver_id,
            active: self.active,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plate_is_the_same_however_it_is_typed() {
        assert_eq!(plate(" dk  1234\taa "), "DK 1234 AA");
        assert_eq!(plate("AB-123-CD"), "AB-123-CD");
    }
}
