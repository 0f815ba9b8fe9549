//! What is told when a cost changed.

use contracts::{Change, CostChanged};

use super::model::Cost;

/// The news of a cost.
pub(crate) fn changed(cost: &Cost, change: Change) -> CostChanged {
    CostChanged { cost: cost.id, version: cost.version, change, project: cost.project_id }
}
