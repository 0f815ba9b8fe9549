//! A commitment and its rules.

use chrono::NaiveDate;
use contracts::CostCategory;
use kernel::{BudgetLineId, CommitmentId, Currency, Money, ProjectId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;
use web::{Versioned, check};

/// Where an order stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CommitmentStatus {
    /// It binds.
    Open,
    /// It no longer does, and counts no more.
    Cancelled,
}

impl CommitmentStatus {
    /// The word in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Cancelled => "cancelled",
        }
    }
}

impl TryFrom<String> for CommitmentStatus {
    type Error = String;
    fn try_from(word: String) -> Result<Self, String> {
        match word.as_str() {
            "open" => Ok(Self::Open),
            "cancelled" => Ok(Self::Cancelled),
            _ => Err(format!("unknown commitment status: {word}")),
        }
    }
}

/// An order or a subcontract.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Commitment {
    /// Its id.
    pub id: CommitmentId,
    /// Its project.
    pub project_id: ProjectId,
    /// The budget line it is against, if one.
    pub budget_line_id: Option<BudgetLineId>,
    /// What it is for.
    pub category: CostCategory,
    /// Who delivers.
    pub supplier: String,
    /// The order's number.
    pub reference: Option<String>,
    /// The day it was ordered, whose rate converts it.
    pub ordered_on: NaiveDate,
    /// Its amount without VAT, in minor units of `currency`.
    pub amount_minor: i64,
    /// The currency of the order.
    pub currency: Currency,
    /// The amount in the project's currency, by the rate of that day.
    pub booked_minor: i64,
    /// Whether it still binds.
    pub status: CommitmentStatus,
    /// Counts its changes.
    pub version: i64,
}

impl Versioned for Commitment {
    fn version(&self) -> i64 {
        self.version
    }
}

/// A commitment to be recorded.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCommitment {
    /// Its id, where the caller chooses it.
    pub id: Option<CommitmentId>,
    /// Its project.
    pub project_id: ProjectId,
    /// The budget line it is against, one of the project.
    pub budget_line_id: Option<BudgetLineId>,
    /// What it is for.
    pub category: CostCategory,
    /// Who delivers.
    #[validate(length(min = 1, max = 200), custom(function = check::text))]
    #[schema(min_length = 1, max_length = 200)]
    pub supplier: String,
    /// The order's number.
    #[validate(length(min = 1, max = 100), custom(function = check::text))]
    #[schema(min_length = 1, max_length = 100)]
    pub reference: Option<String>,
    /// The day it was ordered.
    #[validate(custom(function = check::day))]
    pub ordered_on: NaiveDate,
    /// Its amount without VAT, in minor units of `currency`.
    #[validate(range(min = 1, max = 10_000_000_000_000_i64))]
    #[schema(minimum = 1, maximum = 10_000_000_000_000_i64)]
    pub amount_minor: i64,
    /// The currency; the project's unless said.
    pub currency: Option<Currency>,
}

/// Changes to a commitment; what is absent stays, `null` clears.
#[derive(Debug, Clone, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CommitmentPatch {
    /// The budget line it is against, one of the project.
    #[serde(default, deserialize_with = "web::nullable")]
    #[schema(value_type = Option<BudgetLineId>)]
    pub budget_line_id: Option<Option<BudgetLineId>>,
    /// What it is for.
    pub category: Option<CostCategory>,
    /// Who delivers.
    #[validate(length(min = 1, max = 200), custom(function = check::text))]
    #[schema(min_length = 1, max_length = 200)]
    pub supplier: Option<String>,
    /// The order's number.
    #[serde(default, deserialize_with = "web::nullable")]
    #[validate(length(min = 1, max = 100), custom(function = check::text))]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 100)]
    pub reference: Option<Option<String>>,
    /// The day it was ordered.
    #[validate(custom(function = check::day))]
    pub ordered_on: Option<NaiveDate>,
    /// Its amount without VAT, in minor units of its currency.
    #[validate(range(min = 1, max = 10_000_000_000_000_i64))]
    #[schema(minimum = 1, maximum = 10_000_000_000_000_i64)]
    pub amount_minor: Option<i64>,
    /// Whether it still binds.
    pub status: Option<CommitmentStatus>,
}

impl CommitmentPatch {
    /// Whether the amount must be booked anew.
    pub fn moves_money(&self) -> bool {
        self.amount_minor.is_some() || self.ordered_on.is_some()
    }
}

impl Commitment {
    /// A new commitment, not booked yet; `currency` is the project's.
    pub fn order(new: NewCommitment, currency: Currency) -> Self {
        Self {
            id: new.id.unwrap_or_else(CommitmentId::new),
            project_id: new.project_id,
            budget_line_id: new.budget_line_id,
            category: new.category,
            supplier: new.supplier,
            reference: new.reference,
            ordered_on: new.ordered_on,
            amount_minor: new.amount_minor,
            currency: new.currency.unwrap_or(currency),
            booked_minor: 0,
            status: CommitmentStatus::Open,
            version: 1,
        }
    }

    /// The same commitment, changed.
    #[must_use]
    pub fn change(self, patch: CommitmentPatch) -> Self {
        Self {
            budget_line_id: patch.budget_line_id.unwrap_or(self.budget_line_id),
            category: patch.category.unwrap_or(self.category),
            supplier: patch.supplier.unwrap_or(self.supplier),
            reference: patch.reference.unwrap_or(self.reference),
            ordered_on: patch.ordered_on.unwrap_or(self.ordered_on),
            amount_minor: patch.amount_minor.unwrap_or(self.amount_minor),
            status: patch.status.unwrap_or(self.status),
            version: self.version + 1,
            ..self
        }
    }

    /// Its amount in its own currency.
    pub fn amount(&self) -> Money {
        Money { minor: self.amount_minor, currency: self.currency }
    }
}
