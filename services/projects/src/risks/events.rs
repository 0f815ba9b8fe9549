//! What is told when a risk changed.

use contracts::{RiskChange, RiskChanged};

use super::model::Risk;

/// The news of a risk.
pub(crate) fn changed(risk: &Risk, change: RiskChange) -> RiskChanged {
    RiskChanged {
        risk: risk.id,
        version: risk.version,
        change,
        project: risk.project_id,
        status: risk.status,
        probability: risk.probability,
        impact: risk.impact,
    }
}
