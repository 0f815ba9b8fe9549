//! A budget line and its rules.

use contracts::{CostCategory, CostNature};
use kernel::{BudgetLineId, PhaseId, ProjectId, SiteId, TaskId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;
use web::{Versioned, check};

/// A line of a project's budget. Amounts are minor units of the project's currency, without VAT.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct BudgetLine {
    /// Its id.
    pub id: BudgetLineId,
    /// Its project.
    pub project_id: ProjectId,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub category: CostCategory,
    /// How the books treat it.
    pub nature: CostNature,
    /// The phase it is for, if one.
    pub phase_id: Option<PhaseId>,
    /// The site it is for, if one.
    pub site_id: Option<SiteId>,
    /// The task it is for, if one.
    pub task_id: Option<TaskId>,
    /// What is planned.
    pub planned_minor: i64,
    /// What is still to be spent by the project lead's own estimate, if there is one.
    pub remaining_minor: Option<i64>,
    /// Counts its changes.
    pub version: i64,
}

impl Versioned for BudgetLine {
    fn version(&self) -> i64 {
        self.version
    }
}

/// A budget line to be made.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewBudgetLine {
    /// Its id, where the caller chooses it.
    pub id: Option<BudgetLineId>,
    /// Its project.
    pub project_id: ProjectId,
    /// Its name.
    #[validate(length(min = 1, max = 200), custom(function = check::text))]
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    /// What it is for.
    pub category: CostCategory,
    /// How the books treat it; `opex` unless said.
    pub nature: Option<CostNature>,
    /// The phase it is for, one of the project.
    pub phase_id: Option<PhaseId>,
    /// The site it is for, one of the project.
    pub site_id: Option<SiteId>,
    /// The task it is for, one of the project.
    pub task_id: Option<TaskId>,
    /// What is planned, in minor units of the project's currency.
    #[validate(range(min = 0, max = 10_000_000_000_000_i64))]
    #[schema(minimum = 0, maximum = 10_000_000_000_000_i64)]
    pub planned_minor: i64,
    /// What is still to be spent, where the project lead estimates it.
    #[validate(range(min = 0, max = 10_000_000_000_000_i64))]
    #[schema(minimum = 0, maximum = 10_000_000_000_000_i64)]
    pub remaining_minor: Option<i64>,
}

/// Changes to a budget line; what is absent stays, `null` clears.
#[derive(Debug, Clone, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BudgetLinePatch {
    /// Its name.
    #[validate(length(min = 1, max = 200), custom(function = check::text))]
    #[schema(min_length = 1, max_length = 200)]
    pub name: Option<String>,
    /// What it is for.
    pub category: Option<CostCategory>,
    /// How the books treat it.
    pub nature: Option<CostNature>,
    /// The phase it is for, one of the project.
    #[serde(default, deserialize_with = "web::nullable")]
    #[schema(value_type = Option<PhaseId>)]
    pub phase_id: Option<Option<PhaseId>>,
    /// The site it is for, one of the project.
    #[serde(default, deserialize_with = "web::nullable")]
    #[schema(value_type = Option<SiteId>)]
    pub site_id: Option<Option<SiteId>>,
    /// The task it is for, one of the project.
    #[serde(default, deserialize_with = "web::nullable")]
    #[schema(value_type = Option<TaskId>)]
    pub task_id: Option<Option<TaskId>>,
    /// What is planned.
    #[validate(range(min = 0, max = 10_000_000_000_000_i64))]
    #[schema(minimum = 0, maximum = 10_000_000_000_000_i64)]
    pub planned_minor: Option<i64>,
    /// What is still to be spent, where the project lead estimates it.
    #[serde(default, deserialize_with = "web::nullable")]
    #[validate(range(min = 0, max = 10_000_000_000_000_i64))]
    #[schema(value_type = Option<i64>, minimum = 0, maximum = 10_000_000_000_000_i64)]
    pub remaining_minor: Option<Option<i64>>,
}

impl BudgetLine {
    /// A new line.
    pub fn plan(new: NewBudgetLine) -> Self {
        Self {
            id: new.id.unwrap_or_else(BudgetLineId::new),
            project_id: new.project_id,
            name: new.name,
            category: new.category,
            nature: new.nature.unwrap_or(CostNature::Opex),
            phase_id: new.phase_id,
            site_id: new.site_id,
            task_id: new.task_id,
            planned_minor: new.planned_minor,
            remaining_minor: new.remaining_minor,
            version: 1,
        }
    }

    /// The same line, changed.
    #[must_use]
    pub fn change(self, patch: BudgetLinePatch) -> Self {
        Self {
            id: self.id,
            project_id: self.project_id,
            name: patch.name.unwrap_or(self.name),
            category: patch.category.unwrap_or(self.category),
            nature: patch.nature.unwrap_or(self.nature),
            phase_id: patch.phase_id.unwrap_or(self.phase_id),
            site_id: patch.site_id.unwrap_or(self.site_id),
            task_id: patch.task_id.unwrap_or(self.task_id),
            planned_minor: patch.planned_minor.unwrap_or(self.planned_minor),
            remaining_minor: patch.remaining_minor.unwrap_or(self.remaining_minor),
            version: self.version + 1,
        }
    }
}
