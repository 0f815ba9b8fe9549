//! What projects (and resources, for a worker's cost) says about money.

use chrono::NaiveDate;
use kernel::{
    BudgetLineId, ClaimId, CommitmentId, ContractId, CostId, Currency, ProjectId, RateId, WorkerId,
};
use serde::{Deserialize, Serialize};

use crate::Change;

/// The entities of the audit trail and of the feed that only who sees budgets may read.
pub const MONEY_ENTITIES: [&str; 8] =
    ["budget", "budget_line", "commitment", "cost", "rate", "contract", "claim", "worker_cost"];

crate::words! {
    /// What a cost is for.
    CostCategory {
        /// The firm's own people.
        Labour = "labour",
        /// Machines, vehicles and tools.
        Equipment = "equipment",
        /// What is built in or used up.
        Materials = "materials",
        /// Work that others do for the firm.
        Subcontracting = "subcontracting",
    }
}

crate::words! {
    /// How the books treat a cost.
    CostNature {
        /// Capital expenditure: makes or improves an asset.
        Capex = "capex",
        /// Operating expenditure: used up in running the work.
        Opex = "opex",
    }
}

crate::words! {
    /// Where a progress claim stands.
    ClaimStatus {
        /// Being written.
        Draft = "draft",
        /// Handed to the client.
        Submitted = "submitted",
        /// Accepted, which is final.
        Accepted = "accepted",
        /// Refused; may be changed and submitted again under its number.
        Refused = "refused",
        /// Accepted and paid.
        Paid = "paid",
    }
}

crate::changes! {
    /// What happened to a project's budget as a whole.
    BudgetChange {
        /// The threshold of its alert was set.
        Set => "budget.threshold_set",
        /// The forecast passed the plan by more than the threshold.
        ForecastOver => "budget.forecast_over",
        /// The forecast came back under it.
        ForecastBack => "budget.forecast_back",
    }
}

/// A project's budget as a whole changed. Minor units of `currency`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BudgetChanged {
    /// The project, which is also the budget's id.
    pub project: ProjectId,
    /// The version reached.
    pub version: i64,
    /// What happened.
    pub change: BudgetChange,
    /// Whether the forecast stands above the plan by more than the threshold.
    pub over: bool,
    /// The project's currency.
    pub currency: Currency,
    /// The plan.
    pub planned_minor: i64,
    /// The forecast at completion.
    pub forecast_minor: i64,
}
crate::event!(BudgetChanged, "projects.budget.v1", "budget", project);

/// A budget line changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BudgetLineChanged {
    /// The line.
    pub line: BudgetLineId,
    /// The version reached.
    pub version: i64,
    /// What happened.
    pub change: Change,
    /// Its project.
    pub project: ProjectId,
}
crate::event!(BudgetLineChanged, "projects.budget_line.v1", "budget_line", line);

/// A commitment changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CommitmentChanged {
    /// The commitment.
    pub commitment: CommitmentId,
    /// The version reached.
    pub version: i64,
    /// What happened.
    pub change: Change,
    /// Its project.
    pub project: ProjectId,
}
crate::event!(CommitmentChanged, "projects.commitment.v1", "commitment", commitment);

/// A cost changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CostChanged {
    /// The cost.
    pub cost: CostId,
    /// The version reached.
    pub version: i64,
    /// What happened.
    pub change: Change,
    /// Its project.
    pub project: ProjectId,
}
crate::event!(CostChanged, "projects.cost.v1", "cost", cost);

/// An exchange rate changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RateChanged {
    /// The rate.
    pub rate: RateId,
    /// The version reached.
    pub version: i64,
    /// What happened.
    pub change: Change,
    /// From this currency,
    pub from: Currency,
    /// into this one,
    pub to: Currency,
    /// on this day.
    pub day: NaiveDate,
}
crate::event!(RateChanged, "projects.rate.v1", "rate", rate);

/// A contract changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ContractChanged {
    /// The contract.
    pub contract: ContractId,
    /// The version reached.
    pub version: i64,
    /// What happened.
    pub change: Change,
    /// Its project.
    pub project: ProjectId,
}
crate::event!(ContractChanged, "projects.contract.v1", "contract", contract);

crate::changes! {
    /// What happened to a progress claim.
    ClaimChange {
        /// Was begun.
        Drafted => "claim.drafted",
        /// Was written anew.
        Updated => "claim.updated",
        /// Was handed to the client.
        Submitted => "claim.submitted",
        /// Was accepted.
        Accepted => "claim.accepted",
        /// Was refused.
        Refused => "claim.refused",
        /// Was paid.
        Paid => "claim.paid",
    }
}

/// A progress claim changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClaimChanged {
    /// The claim.
    pub claim: ClaimId,
    /// The version reached.
    pub version: i64,
    /// What happened.
    pub change: ClaimChange,
    /// Its project.
    pub project: ProjectId,
    /// Its contract.
    pub contract: ContractId,
    /// Its number within the contract.
    pub number: i32,
    /// Where it stands.
    pub status: ClaimStatus,
}
crate::event!(ClaimChanged, "projects.claim.v1", "claim", claim);

/// A worker's hourly cost was set. The amount stays in its service, read from `resources_pub`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WorkerCostChanged {
    /// The worker.
    pub worker: WorkerId,
    /// The version the worker reached.
    pub version: i64,
    /// What happened.
    pub change: Change,
}
crate::event!(WorkerCostChanged, "resources.worker_cost.v1", "worker_cost", worker);
