//! What is told when a milestone changed.

use contracts::{Change, MilestoneChanged};

use super::model::Milestone;

/// The news of a milestone.
pub(crate) fn changed(milestone: &Milestone, change: Change) -> MilestoneChanged {
    MilestoneChanged {
        milestone: milestone.id,
        version: milestone.version,
        change,
        project: milestone.project_id,
        due_on: milestone.due_on,
        status: milestone.status,
    }
}
