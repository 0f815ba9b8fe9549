//! How much of a part is where, and how that changes: by movements alone.

use contracts::{StockChange, StockMoved};
use kernel::{DepotId, PartId, StockMovementId, TaskId, Timestamp, UserId, VehicleId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;
use web::{Versioned, check};

use crate::error::Fleet;

/// More than this is in no place: sums of it cannot overflow.
pub(super) const MOST: i64 = 1_000_000_000;

/// Where parts are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", tag = "kind", content = "id", deny_unknown_fields)]
#[schema(as = StockPlace)]
pub enum Place {
    /// In a depot.
    Depot(DepotId),
    /// On a vehicle.
    Vehicle(VehicleId),
}

impl Place {
    /// The depot, where it is one.
    pub fn depot(self) -> Option<DepotId> {
        match self {
            Self::Depot(id) => Some(id),
            Self::Vehicle(_) => None,
        }
    }

    /// The vehicle, where it is one.
    pub fn vehicle(self) -> Option<VehicleId> {
        match self {
            Self::Depot(_) => None,
            Self::Vehicle(id) => Some(id),
        }
    }

    /// The one that is there.
    pub fn join(depot: Option<DepotId>, vehicle: Option<VehicleId>) -> Option<Self> {
        depot.map(Self::Depot).or_else(|| vehicle.map(Self::Vehicle))
    }

    /// By this two places are taken in the same order by everybody.
    pub fn key(self) -> Uuid {
        match self {
            Self::Depot(id) => id.uuid(),
            Self::Vehicle(id) => id.uuid(),
        }
    }
}

/// How much of a part is in a place.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Stock {
    /// The part.
    pub part_id: PartId,
    /// Where.
    pub place: Place,
    /// How much, in the part's unit.
    pub quantity: i64,
}

/// Why a quantity moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[schema(as = StockReason)]
pub enum Reason {
    /// It was delivered to a place.
    Received,
    /// It went from one place to another.
    Moved,
    /// It was built in or used up.
    Used,
    /// Counting found less than was noted.
    Lost,
    /// Counting found more than was noted.
    Found,
}

/// A quantity of a part that came, went or moved. It never changes: a mistake is moved back.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct StockMovement {
    /// Its id.
    pub id: StockMovementId,
    /// The part.
    pub part_id: PartId,
    /// Where it was taken; none where it came from outside.
    pub from: Option<Place>,
    /// Where it was put; none where it is no more.
    pub to: Option<Place>,
    /// How much, in the part's unit.
    pub quantity: i64,
    /// Why.
    pub reason: Reason,
    /// The task it was used for.
    pub task_id: Option<TaskId>,
    /// What was said with it.
    pub note: Option<String>,
    /// Who moved it.
    pub by_user: UserId,
    /// When, by the device that was used.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub at: Timestamp,
}

impl Versioned for StockMovement {
    fn version(&self) -> i64 {
        1
    }
}

/// A movement to be noted.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewStockMovement {
    /// Its id, where the caller chooses it.
    pub id: Option<StockMovementId>,
    /// The part.
    pub part_id: PartId,
    /// Where it is taken.
    pub from: Option<Place>,
    /// Where it is put.
    pub to: Option<Place>,
    /// How much, in the part's unit.
    #[validate(range(min = 1, max = 1_000_000))]
    #[schema(minimum = 1, maximum = 1_000_000)]
    pub quantity: i64,
    /// Why.
    pub reason: Reason,
    /// The task it is used for.
    pub task_id: Option<TaskId>,
    /// What is said with it.
    #[validate(length(min = 1, max = 1000), custom(function = check::text))]
    #[schema(min_length = 1, max_length = 1000)]
    pub note: Option<String>,
}

impl StockMovement {
    /// A new movement: what is received or found goes to a place, what is used or lost leaves one,
    /// what is moved does both.
    pub fn note(new: NewStockMovement, by: UserId, at: Timestamp) -> Result<Self, Fleet> {
        let fits = match (new.reason, new.from, new.to) {
            (Reason::Received | Reason::Found, None, Some(_))
            | (Reason::Used | Reason::Lost, Some(_), None) => true,
            (Reason::Moved, Some(from), Some(to)) => from != to,
            _ => false,
        };
        if !fits {
            return Err(Fleet::MovementEnds);
        }
        if new.task_id.is_some() && new.reason != Reason::Used {
            return Err(Fleet::TaskOfUse);
        }
        Ok(Self {
            id: new.id.unwrap_or_else(StockMovementId::new),
            part_id: new.part_id,
            from: new.from,
            to: new.to,
            quantity: new.quantity,
            reason: new.reason,
            task_id: new.task_id,
            note: new.note,
            by_user: by,
            at,
        })
    }

    /// What changes where, in the order in which everybody takes the places.
    pub fn steps(&self) -> Vec<(Place, i64)> {
        let taken = self.from.map(|place| (place, -self.quantity));
        let put = self.to.map(|place| (place, self.quantity));
        let mut steps: Vec<_> = taken.into_iter().chain(put).collect();
        steps.sort_by_key(|(place, _)| place.key());
        steps
    }

    /// The news of it.
    pub fn moved(&self) -> StockMoved {
        StockMoved {
            movement: self.id,
            version: 1,
            change: StockChange::Moved,
            part: self.part_id,
            from_depot: self.from.and_then(Place::depot),
            from_vehicle: self.from.and_then(Place::vehicle),
            to_depot: self.to.and_then(Place::depot),
            to_vehicle: self.to.and_then(Place::vehicle),
            quantity: self.quantity,
        }
    }
}

#[cfg(test)]
mod tests {
    use kernel::{Clock, SystemClock};
    use serde_json::{Value, json};

    use super::*;

    fn note(more: Value) -> Result<StockMovement, Fleet> {
        let mut body = json!({ "part_id": PartId::new(), "quantity": 3 });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let new = serde_json::from_value(body).unwrap();
        StockMovement::note(new, UserId::new(), SystemClock.now())
    }

    #[test]
    fn the_reason_goes_with_where_it_comes_from_and_goes_to() {
        let (depot, van) = (Place::Depot(DepotId::new()), Place::Vehicle(VehicleId::new()));
        let ends = |reason: &str, from: Option<Place>, to: Option<Place>| {
            note(json!({ "reason": reason, "from": from, "to": to })).is_ok()
        };
        for reason in ["received", "found"] {
            assert!(ends(reason, None, Some(depot)));
            assert!(!ends(reason, Some(depot), None));
            assert!(!ends(reason, Some(depot), Some(van)));
        }
        for reason in ["used", "lost"] {
            assert!(ends(reason, Some(van), None));
            assert!(!ends(reason, None, Some(van)));
            assert!(!ends(reason, None, None));
        }
        assert!(ends("moved", Some(depot), Some(van)));
        assert!(!ends("moved", Some(depot), Some(depot)));
        assert!(!ends("moved", Some(depot), None));
    }

    #[test]
    fn only_what_is_used_is_used_for_a_task() {
        let depot = Place::Depot(DepotId::new());
        let used = json!({ "reason": "used", "from": depot, "task_id": TaskId::new() });
        assert!(note(used).is_ok());
        let lost = json!({ "reason": "lost", "from": depot, "task_id": TaskId::new() });
        assert!(matches!(note(lost), Err(Fleet::TaskOfUse)));
    }

    #[test]
    fn two_that_move_between_the_same_places_take_them_in_the_same_order() {
        let (depot, van) = (Place::Depot(DepotId::new()), Place::Vehicle(VehicleId::new()));
        let steps = |from: Place, to: Place| {
            note(json!({ "reason": "moved", "from": from, "to": to })).unwrap().steps()
        };
        let places = |steps: Vec<(Place, i64)>| steps.into_iter().map(|s| s.0).collect::<Vec<_>>();
        assert_eq!(places(steps(depot, van)), places(steps(van, depot)));
        assert_eq!(steps(depot, van).iter().map(|s| s.1).sum::<i64>(), 0);
    }
}
