//! What is told when a contract changed.

use contracts::{Change, ContractChanged};

use super::model::Contract;

/// The news of a contract.
pub(crate) fn changed(contract: &Contract, change: Change) -> ContractChanged {
    ContractChanged {
        contract: contract.id,
        version: contract.version,
        change,
        project: contract.project_id,
    }
}
