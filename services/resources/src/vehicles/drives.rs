//! Who drives a vehicle when.

use chrono::Duration;
use kernel::{DriveId, Timestamp, VehicleId, WorkerId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;
use web::{Versioned, check};

use crate::error::Fleet;

/// The longest drive: who has a vehicle for longer is its usual driver.
const LONGEST: Duration = Duration::days(366);

/// A worker at the wheel of a vehicle for a span of time. It does not change: it is removed and
/// another is made.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Drive {
    /// Its id.
    pub id: DriveId,
    /// The vehicle.
    pub vehicle_id: VehicleId,
    /// Who drives it.
    pub worker_id: WorkerId,
    /// From when.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub from: Timestamp,
    /// Until when.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub to: Timestamp,
}

impl Versioned for Drive {
    fn version(&self) -> i64 {
        1
    }
}

/// A drive to be noted.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDrive {
    /// Its id, where the caller chooses it.
    pub id: Option<DriveId>,
    /// The vehicle.
    pub vehicle_id: VehicleId,
    /// Who drives it.
    pub worker_id: WorkerId,
    /// From when.
    #[validate(custom(function = check::instant))]
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub from: Timestamp,
    /// Until when.
    #[validate(custom(function = check::instant))]
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub to: Timestamp,
}

impl Drive {
    /// A new drive.
    pub fn plan(new: NewDrive) -> Result<Self, Fleet> {
        if new.to <= new.from || new.to > new.from + LONGEST {
            return Err(Fleet::DriveSpan);
        }
        Ok(Self {
            id: new.id.unwrap_or_else(DriveId::new),
            vehicle_id: new.vehicle_id,
            worker_id: new.worker_id,
            from: new.from,
            to: new.to,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_drive_ends_after_it_starts_and_within_a_year() {
        let plan = |to: &str| {
            let new = json!({
                "vehicle_id": VehicleId::new(), "worker_id": WorkerId::new(),
                "from": "2026-03-02T08:00:00Z", "to": to,
            });
            Drive::plan(serde_json::from_value(new).unwrap())
        };
        assert!(plan("2026-03-02T17:00:00Z").is_ok());
        assert!(matches!(plan("2026-03-02T08:00:00Z"), Err(Fleet::DriveSpan)));
        assert!(matches!(plan("2027-03-04T08:00:00Z"), Err(Fleet::DriveSpan)));
    }
}
