//! What is told when a decision or an action changed.

use contracts::{SteeringItemChange, SteeringItemChanged};

use super::model::SteeringItem;

/// The news of an item.
pub(crate) fn changed(item: &SteeringItem, change: SteeringItemChange) -> SteeringItemChanged {
    SteeringItemChanged {
        item: item.id,
        version: item.version,
        change,
        project: item.project_id,
        kind: item.kind,
        status: item.status,
    }
}
