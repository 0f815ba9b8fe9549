//! What resources says.

use kernel::{CrewId, SkillId, UserId, WorkerId};
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
