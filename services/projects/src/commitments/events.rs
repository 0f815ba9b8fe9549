//! What is told when a commitment changed.

use contracts::{Change, CommitmentChanged};

use super::model::Commitment;

/// The news of a commitment.
pub(crate) fn changed(commitment: &Commitment, change: Change) -> CommitmentChanged {
    CommitmentChanged {
        commitment: commitment.id,
        version: commitment.version,
        change,
        project: commitment.project_id,
    }
}
