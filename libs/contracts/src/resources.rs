//! What resources says.

use chrono::NaiveDate;
use kernel::{
    AbsenceId, CertificateId, CertificateKindId, CrewId, DepotId, PartId, SkillId, StockMovementId,
    Timestamp, ToolId, UserId, VehicleId, WorkerId,
};
use serde::{Deserialize, Serialize};

use crate::Change;

/// A worker changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WorkerChanged {
    /// The worker.
    pub worker: WorkerId,
    /// The version reached.
    pub version: i64,
    /// What happened.
    pub change: Change,
    /// The account linked to the worker, if any.
    pub user: Option<UserId>,
    /// Whether the worker is still planned.
    pub active: bool,
    /// The skills held.
    pub skills: Vec<SkillId>,
}
crate::event!(WorkerChanged, "resources.worker.v1", "worker", worker);

/// A skill changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SkillChanged {
    /// The skill.
    pub skill: SkillId,
    /// The version reached.
    pub version: i64,
    /// What happened.
    pub change: Change,
}
crate::event!(SkillChanged, "resources.skill.v1", "skill", skill);

/// A crew changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CrewChanged {
    /// The crew.
    pub crew: CrewId,
    /// The version reached.
    pub version: i64,
    /// What happened.
    pub change: Change,
    /// Who belongs to it.
    pub members: Vec<WorkerId>,
}
crate::event!(CrewChanged, "resources.crew.v1", "crew", crew);

crate::changes! {
    /// What happened to an absence.
    AbsenceChange {
        /// The worker asks for leave.
        Asked => "absence.asked",
        /// It was noted as it is, in force at once.
        Noted => "absence.noted",
        /// The leave was granted.
        Approved => "absence.approved",
        /// The leave was refused.
        Refused => "absence.refused",
        /// It is no more: withdrawn, or noted by mistake.
        Removed => "absence.removed",
    }
}

/// An absence changed. Why the worker is away stays in its service.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AbsenceChanged {
    /// The absence.
    pub absence: AbsenceId,
    /// The version reached.
    pub version: i64,
    /// What happened.
    pub change: AbsenceChange,
    /// Who is away.
    pub worker: WorkerId,
    /// From when.
    pub from: Timestamp,
    /// Until when.
    pub to: Timestamp,
}
crate::event!(AbsenceChanged, "resources.absence.v1", "absence", absence);

/// A kind of certificate changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CertificateKindChanged {
    /// The kind.
    pub kind: CertificateKindId,
    /// The version reached.
    pub version: i64,
    /// What happened.
    pub change: Change,
}
crate::event!(CertificateKindChanged, "resources.certificate_kind.v1", "certificate_kind", kind);

crate::changes! {
    /// What happened to a certificate.
    CertificateChange {
        /// Was noted.
        Created => "certificate.created",
        /// Became another.
        Updated => "certificate.updated",
        /// Its last day comes near, or is here.
        Expiring => "certificate.expiring",
        /// Is no more.
        Removed => "certificate.removed",
    }
}

/// A worker's certificate changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CertificateChanged {
    /// The certificate.
    pub certificate: CertificateId,
    /// The version reached.
    pub version: i64,
    /// What happened.
    pub change: CertificateChange,
    /// Who has it.
    pub worker: WorkerId,
    /// What kind it is of.
    pub kind: CertificateKindId,
    /// The last day it holds; none where it does not expire.
    pub expires_on: Option<NaiveDate>,
}
crate::event!(CertificateChanged, "resources.certificate.v1", "certificate", certificate);

/// A depot changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DepotChanged {
    /// The depot.
    pub depot: DepotId,
    /// The version reached.
    pub version: i64,
    /// What happened.
    pub change: Change,
    /// Whether it is still used.
    pub active: bool,
}
crate::event!(DepotChanged, "resources.depot.v1", "depot", depot);

/// A vehicle changed, or who drives it when.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VehicleChanged {
    /// The vehicle.
    pub vehicle: VehicleId,
    /// The version reached.
    pub version: i64,
    /// What happened.
    pub change: Change,
    /// Where it stands overnight.
    pub depot: Option<DepotId>,
    /// Who usually drives it.
    pub driver: Option<WorkerId>,
    /// Whether it is still used.
    pub active: bool,
}
crate::event!(VehicleChanged, "resources.vehicle.v1", "vehicle", vehicle);

/// A tool changed, or who holds it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ToolChanged {
    /// The tool.
    pub tool: ToolId,
    /// The version reached.
    pub version: i64,
    /// What happened.
    pub change: Change,
    /// The depot that holds it.
    pub depot: Option<DepotId>,
    /// The vehicle that carries it.
    pub vehicle: Option<VehicleId>,
    /// The worker who has it.
    pub worker: Option<WorkerId>,
    /// Whether it is still used.
    pub active: bool,
}
crate::event!(ToolChanged, "resources.tool.v1", "tool", tool);

/// A kind of spare part changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PartChanged {
    /// The part.
    pub part: PartId,
    /// The version reached.
    pub version: i64,
    /// What happened.
    pub change: Change,
    /// Whether it is still used.
    pub active: bool,
}
crate::event!(PartChanged, "resources.part.v1", "part", part);

crate::changes! {
    /// What happened to a quantity of a part.
    StockChange {
        /// It came, went or moved.
        Moved => "stock.moved",
    }
}

/// A quantity of a part came, went or moved. A movement does not change: its version is 1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StockMoved {
    /// The movement.
    pub movement: StockMovementId,
    /// Always 1.
    pub version: i64,
    /// What happened.
    pub change: StockChange,
    /// The part.
    pub part: PartId,
    /// Out of this depot,
    pub from_depot: Option<DepotId>,
    /// or this vehicle,
    pub from_vehicle: Option<VehicleId>,
    /// into this depot,
    pub to_depot: Option<DepotId>,
    /// or this vehicle.
    pub to_vehicle: Option<VehicleId>,
    /// How much, in the part's unit; above zero.
    pub quantity: i64,
}
crate::event!(StockMoved, "resources.stock_movement.v1", "stock_movement", movement);
