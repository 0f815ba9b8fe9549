//! A tool and its rules.

use contracts::{Change, ToolChanged};
use kernel::{DepotId, ToolId, VehicleId, WorkerId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;
use web::{Versioned, check};

/// Who or what holds a tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", tag = "kind", content = "id", deny_unknown_fields)]
#[schema(as = ToolHolder)]
pub enum Holder {
    /// It lies in a depot.
    Depot(DepotId),
    /// It is on a vehicle.
    Vehicle(VehicleId),
    /// A worker has it.
    Worker(WorkerId),
}

impl Holder {
    /// The depot, the vehicle and the worker, of which two are none.
    pub fn split(held_by: Option<Self>) -> (Option<DepotId>, Option<VehicleId>, Option<WorkerId>) {
        match held_by {
            Some(Self::Depot(id)) => (Some(id), None, None),
            Some(Self::Vehicle(id)) => (None, Some(id), None),
            Some(Self::Worker(id)) => (None, None, Some(id)),
            None => (None, None, None),
        }
    }

    /// The one that is there.
    pub fn join(
        depot: Option<DepotId>,
        vehicle: Option<VehicleId>,
        worker: Option<WorkerId>,
    ) -> Option<Self> {
        depot
            .map(Self::Depot)
            .or_else(|| vehicle.map(Self::Vehicle))
            .or_else(|| worker.map(Self::Worker))
    }
}

/// A tool.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Tool {
    /// Its id.
    pub id: ToolId,
    /// What a task asks for: a short name that all tools share that will do.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Its serial number, unique among its kind.
    pub serial: Option<String>,
    /// Who or what holds it; nobody knows where it says none.
    pub holder: Option<Holder>,
    /// Whether it is still used.
    pub active: bool,
    /// Counts its changes.
    pub version: i64,
}

impl Versioned for Tool {
    fn version(&self) -> i64 {
        self.version
    }
}

/// A tool to be taken in.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTool {
    /// Its id, where the caller chooses it.
    pub id: Option<ToolId>,
    /// What a task asks for: letters, digits, `-`, `_`, `.`, `/`.
    #[validate(length(min = 1, max = 32), custom(function = check::code))]
    #[schema(min_length = 1, max_length = 32, pattern = "^[A-Za-z0-9._/-]+$")]
    pub kind: String,
    /// Its name.
    #[validate(length(min = 1, max = 200), custom(function = check::text))]
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    /// Its serial number, unique among its kind.
    #[validate(length(min = 1, max = 100), custom(function = check::text))]
    #[schema(min_length = 1, max_length = 100)]
    pub serial: Option<String>,
    /// Who or what holds it.
    pub holder: Option<Holder>,
}

/// Changes to a tool; what is absent stays, `null` clears.
#[derive(Debug, Clone, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ToolPatch {
    /// What a task asks for.
    #[validate(length(min = 1, max = 32), custom(function = check::code))]
    #[schema(min_length = 1, max_length = 32, pattern = "^[A-Za-z0-9._/-]+$")]
    pub kind: Option<String>,
    /// Its name.
    #[validate(length(min = 1, max = 200), custom(function = check::text))]
    #[schema(min_length = 1, max_length = 200)]
    pub name: Option<String>,
    /// Its serial number.
    #[serde(default, deserialize_with = "web::nullable")]
    #[validate(length(min = 1, max = 100), custom(function = check::text))]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 100)]
    pub serial: Option<Option<String>>,
    /// Who or what holds it from now on.
    #[serde(default, deserialize_with = "web::nullable")]
    #[schema(value_type = Option<Holder>)]
    pub holder: Option<Option<Holder>>,
    /// Whether it is still used.
    pub active: Option<bool>,
}

impl Tool {
    /// A new tool.
    pub fn take_in(new: NewTool) -> Self {
        Self {
            id: new.id.unwrap_or_else(ToolId::new),
            kind: new.kind,
            name: new.name,
            serial: new.serial,
            holder: new.holder,
            active: true,
            version: 1,
        }
    }

    /// The same tool, changed.
    #[must_use]
    pub fn change(self, patch: ToolPatch) -> Self {
        Self {
            id: self.id,
            kind: patch.kind.unwrap_or(self.kind),
            name: patch.name.unwrap_or(self.name),
            serial: patch.serial.unwrap_or(self.serial),
            holder: patch.holder.unwrap_or(self.holder),
            active: patch.active.unwrap_or(self.active),
            version: self.version + 1,
        }
    }

    /// The news of it.
    pub fn changed(&self, change: Change) -> ToolChanged {
        let (depot, vehicle, worker) = Holder::split(self.holder);
        ToolChanged {
            tool: self.id,
            version: self.version,
            change,
            depot,
            vehicle,
            worker,
            active: self.active,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_holds_a_tool_at_most() {
        for holder in [
            None,
            Some(Holder::Depot(DepotId::new())),
            Some(Holder::Vehicle(VehicleId::new())),
            Some(Holder::Worker(WorkerId::new())),
        ] {
            let (depot, vehicle, worker) = Holder::split(holder);
            assert_eq!(Holder::join(depot, vehicle, worker), holder);
        }
    }
}
