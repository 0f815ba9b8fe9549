//! What projects says.

use chrono::NaiveDate;
use kernel::{Currency, MilestoneId, PhaseId, Position, ProjectId, SiteId};
use serde::{Deserialize, Serialize};

/// The plain changes of an entity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// Came to be.
    Created,
    /// Became another.
    Updated,
    /// Is no more.
    Removed,
    /// Was accepted by whom it was made for.
    Accepted,
    /// Was refused by whom it was made for.
    Refused,
}

impl Change {
    pub(crate) fn action(self, entity: &'static str) -> &'static str {
        match (entity, self) {
            ("project", Self::Created) => "project.created",
            ("project", _) => "project.updated",
            ("site", Self::Created) => "site.created",
            ("site", _) => "site.updated",
            ("phase", Self::Created) => "phase.created",
            ("phase", _) => "phase.updated",
            ("milestone", Self::Created) => "milestone.created",
            ("milestone", Self::Accepted) => "milestone.accepted",
            ("milestone", Self::Refused) => "milestone.refused",
            ("milestone", _) => "milestone.updated",
            ("worker", Self::Created) => "worker.created",
            ("worker", _) => "worker.updated",
            ("skill", Self::Created) => "skill.created",
            ("skill", _) => "skill.updated",
            ("crew", Self::Created) => "crew.created",
            ("crew", _) => "crew.updated",
            ("budget_line", Self::Created) => "budget_line.created",
            ("budget_line", _) => "budget_line.updated",
            ("commitment", Self::Created) => "commitment.created",
            ("commitment", _) => "commitment.updated",
            ("cost", Self::Created) => "cost.created",
            ("cost", _) => "cost.updated",
            ("rate", Self::Created) => "rate.created",
            ("rate", _) => "rate.updated",
            ("contract", Self::Created) => "contract.created",
            ("contract", _) => "contract.updated",
            ("worker_cost", _) => "worker_cost.set",
            (_, Self::Created) => "created",
            (_, Self::Updated) => "updated",
            (_, Self::Removed) => "removed",
            (_, Self::Accepted) => "accepted",
            (_, Self::Refused) => "refused",
        }
    }
}

crate::words! {
    /// Where a project stands.
    ProjectStatus {
        /// Being prepared.
        Draft = "draft",
        /// Work goes on.
        Active = "active",
        /// All done.
        Closed = "closed",
    }
}

crate::words! {
    /// Where a milestone stands.
    MilestoneStatus {
        /// Not reached yet.
        Pending = "pending",
        /// Reached and accepted.
        Accepted = "accepted",
        /// Refused at acceptance, with reservations.
        Refused = "refused",
    }
}

/// A project changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProjectChanged {
    /// The project.
    pub project: ProjectId,
    /// The version reached.
    pub version: i64,
    /// What happened.
    pub change: Change,
    /// Where it stands.
    pub status: ProjectStatus,
    /// The currency of its budget.
    pub currency: Currency,
}
crate::event!(ProjectChanged, "projects.project.v1", "project", project);

/// A site changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SiteChanged {
    /// The site.
    pub site: SiteId,
    /// The version reached.
    pub version: i64,
    /// What happened.
    pub change: Change,
    /// Its project.
    pub project: ProjectId,
    /// The centre of its geofence.
    pub position: Position,
    /// The geofence's radius in metres.
    pub radius_m: f64,
    /// IANA time zone.
    pub zone: String,
}
crate::event!(SiteChanged, "projects.site.v1", "site", site);

/// A phase changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PhaseChanged {
    /// The phase.
    pub phase: PhaseId,
    /// The version reached.
    pub version: i64,
    /// What happened.
    pub change: Change,
    /// Its project.
    pub project: ProjectId,
}
crate::event!(PhaseChanged, "projects.phase.v1", "phase", phase);

/// A milestone changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MilestoneChanged {
    /// The milestone.
    pub milestone: MilestoneId,
    /// The version reached.
    pub version: i64,
    /// What happened.
    pub change: Change,
    /// Its project.
    pub project: ProjectId,
    /// The day it is due.
    pub due_on: NaiveDate,
    /// Where it stands.
    pub status: MilestoneStatus,
}
crate::event!(MilestoneChanged, "projects.milestone.v1", "milestone", milestone);
