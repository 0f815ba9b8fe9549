//! What is told when a project's limits changed.

use contracts::{RiskThresholdsChange, RiskThresholdsChanged};

use super::model::RiskThresholds;

/// The news of a project's limits.
pub(crate) fn set(thresholds: &RiskThresholds) -> RiskThresholdsChanged {
    RiskThresholdsChanged {
        project: thresholds.project_id,
        version: thresholds.version,
        change: RiskThresholdsChange::Set,
    }
}
