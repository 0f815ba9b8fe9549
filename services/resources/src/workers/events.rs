//! What is told when a worker changed.

use contracts::{Change, WorkerChanged, WorkerCostChanged};

use super::model::Worker;

/// The news of a worker.
pub(crate) fn changed(worker: &Worker, change: Change) -> WorkerChanged {
    WorkerChanged {
        worker: worker.id,
        version: worker.version,
        change,
        user: worker.user_id,
        active: worker.active,
        skills: worker.skills.iter().map(|s| s.skill_id).collect(),
    }
}

/// The news of a worker's hourly cost; its amount goes to the audit trail of money only.
pub(crate) fn cost_set(worker: &Worker) -> WorkerCostChanged {
    WorkerCostChanged { worker: worker.id, version: worker.version, change: Change::Updated }
}
