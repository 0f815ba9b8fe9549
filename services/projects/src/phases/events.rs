//! What is told when a phase changed.

use contracts::{Change, PhaseChanged};

use super::model::Phase;

/// The news of a phase.
pub(crate) fn changed(phase: &Phase, change: Change) -> PhaseChanged {
    PhaseChanged { phase: phase.id, version: phase.version, change, project: phase.project_id }
}
