//! What services say to each other: events and their envelope. Serde only.
//!
//! An event carries the state of what changed (ids and figures, no names: personal data stays in
//! its service) and the version it reached, so a reader keeps the newest and needs no order.
//! Readers ignore fields they do not know; a field is never removed within a version.

mod delivery;
mod dispatch;
mod documents;
mod hours;
mod identity;
mod imports;
mod money;
mod planning;
mod projects;
mod proofs;
mod reporting;
mod resources;
mod service_levels;
mod steering;

pub use delivery::{
    ChangeOrderChange, ChangeOrderChanged, ChangeOrderStatus, DeliverableChange,
    DeliverableChanged, DeliverableStatus, IssueChange, IssueChanged, IssueSeverity, IssueStatus,
    SitePartChange, SitePartChanged, SitePartKind,
};
pub use dispatch::{
    DispatchChange, DispatchChanged, DispatchState, TravelMatrixChange, TravelMatrixChanged,
};
pub use documents::{
    DocumentChange, DocumentChanged, DocumentKind, DocumentVersionChange, DocumentVersionChanged,
    ScanState, TextState,
};
pub use hours::{
    AgreementChange, AgreementChanged, RetentionApplied, RetentionChange, SiteCodeChange,
    SiteCodeChanged, TimeEntryChange, TimeEntryChanged, TimesheetChange, TimesheetChanged,
};
pub use identity::{UserChange, UserChanged};
pub use imports::{
    ImportChange, ImportChanged, ImportPart, ImportPartChange, ImportedLink, ImportedSkill,
    ImportedTask, ImportedWorker, TasksImported, WorkersImported,
};
pub use money::{
    BudgetChange, BudgetChanged, BudgetLineChanged, ClaimChange, ClaimChanged, ClaimStatus,
    CommitmentChanged, ContractChanged, CostCategory, CostChanged, CostNature, MONEY_ENTITIES,
    RateChanged, WorkerCostChanged,
};
pub use planning::{
    ChecklistChange, ChecklistChanged, ChecklistRunChange, ChecklistRunChanged, EscalationChange,
    EscalationChanged, IncidentChange, IncidentChanged, IncidentSeverity, IncidentStatus,
    PlanChange, PlanChanged, RefusalChange, RefusalNoted, TaskChange, TaskChanged, TaskStatus,
    TaskTemplateChange, TaskTemplateChanged,
};
pub use projects::{
    Change, MilestoneChanged, MilestoneStatus, PhaseChanged, ProjectChanged, ProjectStatus,
    SiteChanged,
};
pub use proofs::{PhotoChange, PhotoChanged, PhotoState, SignatureChange, SignatureTaken};
pub use reporting::{AlertChange, AlertChanged, ReportChange, ReportChanged};
pub use resources::{
    AbsenceChange, AbsenceChanged, CertificateChange, CertificateChanged, CertificateKindChanged,
    CrewChanged, DepotChanged, PartChanged, SkillChanged, StockChange, StockMoved, ToolChanged,
    VehicleChanged, WorkerChanged,
};
pub use service_levels::{
    ServiceLevelChange, ServiceLevelChanged, ServiceTarget, ServiceTimerChange,
    ServiceTimerChanged, ServiceTimerState,
};
pub use steering::{
    Aim, Indicator, RiskCategory, RiskChange, RiskChanged, RiskStatus, RiskThresholdsChange,
    RiskThresholdsChanged, SteeringItemChange, SteeringItemChanged, SteeringItemKind,
    SteeringItemStatus, SteeringKpiChange, SteeringKpiChanged, SteeringMeetingChange,
    SteeringMeetingChanged,
};

use kernel::{EventId, RequestId, TenantId, Timestamp, UserId};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use uuid::Uuid;

/// What an event is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subject {
    /// The kind of entity, singular: `task`.
    pub entity: &'static str,
    /// Its id.
    pub id: Uuid,
    /// The version it reached; higher is newer.
    pub version: i64,
}

/// Something that happened in a service.
pub trait Event: Serialize + DeserializeOwned + Send + Sync {
    /// Service, entity and version of the type: `planning.task.v1`. Also the routing key.
    const TYPE: &'static str;

    /// What was done, for the audit trail: `task.started`.
    fn action(&self) -> &'static str;

    /// The entity and the version it reached.
    fn subject(&self) -> Subject;
}

/// An event on its way: what happened, to whom, when, by whose hand.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Envelope {
    /// The event's id; a consumer remembers it to take each event once.
    pub id: EventId,
    /// The firm it happened at.
    pub tenant: TenantId,
    /// The versioned type, `planning.task.v1`.
    #[serde(rename = "type")]
    pub kind: String,
    /// What was done: `task.started`.
    pub action: String,
    /// The kind of entity.
    pub entity: String,
    /// The entity.
    pub entity_id: Uuid,
    /// The version the entity reached.
    pub entity_version: i64,
    /// The user who did it; none for the platform itself.
    pub actor: Option<UserId>,
    /// When the device says it happened.
    pub device_at: Option<Timestamp>,
    /// When the server recorded it.
    pub at: Timestamp,
    /// The request that caused it.
    pub request_id: RequestId,
    /// W3C trace context (`traceparent`), where there is one.
    pub trace: Option<String>,
    /// The event itself.
    pub payload: serde_json::Value,
}

impl Envelope {
    /// Reads the payload as `E`, or none where the type is another.
    pub fn read<E: Event>(&self) -> Result<Option<E>, serde_json::Error> {
        if self.kind == E::TYPE { E::deserialize(&self.payload).map(Some) } else { Ok(None) }
    }
}

/// Implements [`Event`] for a struct with a `version`, an id field and a `change` that knows its
/// own action.
macro_rules! event {
    ($name:ident, $kind:literal, $entity:literal, $id:ident) => {
        impl crate::Event for $name {
            const TYPE: &'static str = $kind;
            fn action(&self) -> &'static str {
                self.change.action($entity)
            }
            fn subject(&self) -> crate::Subject {
                crate::Subject { entity: $entity, id: self.$id.uuid(), version: self.version }
            }
        }
    };
}
pub(crate) use event;

/// Declares what can happen to an entity, with the audit trail's word for each.
macro_rules! changes {
    ($(#[$meta:meta])* $name:ident { $($(#[$vmeta:meta])* $variant:ident => $action:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$vmeta])* $variant,)+ }
        impl $name {
            pub(crate) fn action(self, _entity: &'static str) -> &'static str {
                match self { $(Self::$variant => $action,)+ }
            }
        }
    };
}
pub(crate) use changes;

/// Declares an enum that is written the same in JSON and in the database.
macro_rules! words {
    // `tt`, not `literal`: utoipa reads `rename` only where the bare token stands.
    ($(#[$meta:meta])* $name:ident { $($(#[$vmeta:meta])* $variant:ident = $word:tt,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize,
                 utoipa::ToSchema)]
        pub enum $name { $($(#[$vmeta])* #[serde(rename = $word)] $variant,)+ }
        impl $name {
            /// The word in JSON and in the database.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }
        }
        impl std::str::FromStr for $name {
            type Err = String;
            fn from_str(word: &str) -> Result<Self, String> {
                match word {
                    $($word => Ok(Self::$variant),)+
                    other => Err(format!("unknown {}: {other}", stringify!($name))),
                }
            }
        }
        /// For `query_as!` rows: `status: String` into the enum.
        impl TryFrom<String> for $name {
            type Error = String;
            fn try_from(word: String) -> Result<Self, String> {
                word.parse()
            }
        }
    };
}
pub(crate) use words;
