//! What is told when a claim changed.

use contracts::{ClaimChange, ClaimChanged};

use super::model::Claim;

/// The news of a claim.
pub(crate) fn changed(claim: &Claim, change: ClaimChange) -> ClaimChanged {
    ClaimChanged {
        claim: claim.id,
        version: claim.version,
        change,
        project: claim.project_id,
        contract: claim.contract_id,
        number: claim.number,
        status: claim.status,
    }
}
