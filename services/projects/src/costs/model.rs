//! A cost and its rules.

use chrono::NaiveDate;
use contracts::CostCategory;
use kernel::{BudgetLineId, ClaimId, CommitmentId, CostId, Currency, Money, ProjectId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;
use web::{Versioned, check};

use crate::MoneyError;
use crate::claims::Claim;
use crate::commitments::Commitment;

/// How a cost came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CostKind {
    /// Bought.
    Purchase,
    /// Used up from what the firm has.
    Consumption,
}

impl CostKind {
    /// The word in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Purchase => "purchase",
            Self::Consumption => "consumption",
        }
    }
}

impl TryFrom<String> for CostKind {
    type Error = String;
    fn try_from(word: String) -> Result<Self, String> {
        match word.as_str() {
            "purchase" => Ok(Self::Purchase),
            "consumption" => Ok(Self::Consumption),
            _ => Err(format!("unknown kind of cost: {word}")),
        }
    }
}

/// A cost that was incurred.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Cost {
    /// Its id.
    pub id: CostId,
    /// Its project.
    pub project_id: ProjectId,
    /// The budget line it is against, if one.
    pub budget_line_id: Option<BudgetLineId>,
    /// The order it fulfils, if one.
    pub commitment_id: Option<CommitmentId>,
    /// The subcontractor's claim it is the cost of, if one; its amounts are then the claim's, and
    /// negative for a credit note.
    pub claim_id: Option<ClaimId>,
    /// How it came about.
    pub kind: CostKind,
    /// What it is for.
    pub category: CostCategory,
    /// The day it was incurred, whose rate converts it.
    pub spent_on: NaiveDate,
    /// Its amount without VAT, in minor units of `currency`.
    pub amount_minor: i64,
    /// The VAT, which is not part of the project's cost.
    pub vat_minor: i64,
    /// The currency it was incurred in.
    pub currency: Currency,
    /// The amount without VAT in the project's currency, by the rate of that day.
    pub booked_minor: i64,
    /// Who delivered.
    pub supplier: Option<String>,
    /// What else there is to say.
    pub note: Option<String>,
    /// Counts its changes.
    pub version: i64,
}

impl Versioned for Cost {
    fn version(&self) -> i64 {
        self.version
    }
}

/// A cost to be recorded.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCost {
    /// Its id, where the caller chooses it.
    pub id: Option<CostId>,
    /// Its project.
    pub project_id: ProjectId,
    /// The budget line it is against, one of the project.
    pub budget_line_id: Option<BudgetLineId>,
    /// The order it fulfils, one of the project.
    pub commitment_id: Option<CommitmentId>,
    /// How it came about; bought unless said.
    pub kind: Option<CostKind>,
    /// What it is for.
    pub category: CostCategory,
    /// The day it was incurred.
    #[validate(custom(function = check::day))]
    pub spent_on: NaiveDate,
    /// Its amount without VAT, in minor units of `currency`.
    #[validate(range(min = 1, max = 10_000_000_000_000_i64))]
    #[schema(minimum = 1, maximum = 10_000_000_000_000_i64)]
    pub amount_minor: i64,
    /// The VAT; none unless said.
    #[serde(default)]
    #[validate(range(min = 0, max = 10_000_000_000_000_i64))]
    #[schema(minimum = 0, maximum = 10_000_000_000_000_i64)]
    pub vat_minor: i64,
    /// The currency; the project's unless said.
    pub currency: Option<Currency>,
    /// Who delivered.
    #[validate(length(min = 1, max = 200), custom(function = check::text))]
    #[schema(min_length = 1, max_length = 200)]
    pub supplier: Option<String>,
    /// What else there is to say.
    #[validate(length(min = 1, max = 2000), custom(function = check::text))]
    #[schema(min_length = 1, max_length = 2000)]
    pub note: Option<String>,
}

/// Changes to a cost; what is absent stays, `null` clears.
#[derive(Debug, Clone, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CostPatch {
    /// The budget line it is against, one of the project.
    #[serde(default, deserialize_with = "web::nullable")]
    #[schema(value_type = Option<BudgetLineId>)]
    pub budget_line_id: Option<Option<BudgetLineId>>,
    /// The order it fulfils, one of the project.
    #[serde(default, deserialize_with = "web::nullable")]
    #[schema(value_type = Option<CommitmentId>)]
    pub commitment_id: Option<Option<CommitmentId>>,
    /// How it came about.
    pub kind: Option<CostKind>,
    /// What it is for.
    pub category: Option<CostCategory>,
    /// The day it was incurred.
    #[validate(custom(function = check::day))]
    pub spent_on: Option<NaiveDate>,
    /// Its amount without VAT, in minor units of its currency.
    #[validate(range(min = 1, max = 10_000_000_000_000_i64))]
    #[schema(minimum = 1, maximum = 10_000_000_000_000_i64)]
    pub amount_minor: Option<i64>,
    /// The VAT.
    #[validate(range(min = 0, max = 10_000_000_000_000_i64))]
    #[schema(minimum = 0, maximum = 10_000_000_000_000_i64)]
    pub vat_minor: Option<i64>,
    /// The currency; with the amount only.
    pub currency: Option<Currency>,
    /// Who delivered.
    #[serde(default, deserialize_with = "web::nullable")]
    #[validate(length(min = 1, max = 200), custom(function = check::text))]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 200)]
    pub supplier: Option<Option<String>>,
    /// What else there is to say.
    #[serde(default, deserialize_with = "web::nullable")]
    #[validate(length(min = 1, max = 2000), custom(function = check::text))]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 2000)]
    pub note: Option<Option<String>>,
}

impl CostPatch {
    /// Whether the amount must be booked anew.
    pub fn moves_money(&self) -> bool {
        self.amount_minor.is_some() || self.currency.is_some() || self.spent_on.is_some()
    }

    /// Whether it changes what a claim says.
    fn is_of_amounts(&self) -> bool {
        self.moves_money()
            || self.vat_minor.is_some()
            || self.commitment_id.is_some()
            || self.kind.is_some()
    }
}

impl Cost {
    /// A new cost, not booked yet; `currency` is the project's.
    pub fn incur(new: NewCost, currency: Currency) -> Self {
        Self {
            id: new.id.unwrap_or_else(CostId::new),
            project_id: new.project_id,
            budget_line_id: new.budget_line_id,
            commitment_id: new.commitment_id,
            claim_id: None,
            kind: new.kind.unwrap_or(CostKind::Purchase),
            category: new.category,
            spent_on: new.spent_on,
            amount_minor: new.amount_minor,
            vat_minor: new.vat_minor,
            currency: new.currency.unwrap_or(currency),
            booked_minor: 0,
            supplier: new.supplier,
            note: new.note,
            version: 1,
        }
    }

    /// What an accepted claim of a subcontractor costs; a credit note gives back.
    pub fn of_claim(claim: &Claim, order: &Commitment) -> Self {
        Self {
            id: CostId::new(),
            project_id: claim.project_id,
            budget_line_id: order.budget_line_id,
            commitment_id: Some(order.id),
            claim_id: Some(claim.id),
            kind: CostKind::Purchase,
            category: order.category,
            spent_on: claim.claimed_on,
            amount_minor: claim.period.work_minor,
            vat_minor: claim.period.vat_minor,
            currency: claim.currency,
            booked_minor: claim.period.work_minor, // a contract is in its project's currency
            supplier: Some(order.supplier.clone()),
            note: None,
            version: 1,
        }
    }

    /// The same cost, changed. Cents are not francs: a new currency comes with its amount.
    pub fn change(self, patch: CostPatch) -> Result<Self, MoneyError> {
        if self.claim_id.is_some() && patch.is_of_amounts() {
            return Err(MoneyError::OfClaim);
        }
        let other = patch.currency.is_some_and(|currency| currency != self.currency);
        if other && patch.amount_minor.is_none() {
            return Err(MoneyError::CurrencyAlone);
        }
        Ok(Self {
            budget_line_id: patch.budget_line_id.unwrap_or(self.budget_line_id),
            commitment_id: patch.commitment_id.unwrap_or(self.commitment_id),
            kind: patch.kind.unwrap_or(self.kind),
            category: patch.category.unwrap_or(self.category),
            spent_on: patch.spent_on.unwrap_or(self.spent_on),
            amount_minor: patch.amount_minor.unwrap_or(self.amount_minor),
            vat_minor: patch.vat_minor.unwrap_or(self.vat_minor),
            currency: patch.currency.unwrap_or(self.currency),
            supplier: patch.supplier.unwrap_or(self.supplier),
            note: patch.note.unwrap_or(self.note),
            version: self.version + 1,
            ..self
        })
    }

    /// Its amount in its own currency.
    pub fn amount(&self) -> Money {
        Money { minor: self.amount_minor, currency: self.currency }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_currency_comes_with_its_amount() {
        let new: NewCost = serde_json::from_value(serde_json::json!({
            "project_id": ProjectId::new(), "category": "materials", "spent_on": "2026-03-02",
            "amount_minor": 655_957,
        }))
        .unwrap();
        let cost = Cost::incur(new, Currency::Xof);
        let euro = CostPatch { currency: Some(Currency::Eur), ..CostPatch::default() };
        let refused = cost.clone().change(euro.clone());
        assert!(matches!(refused, Err(MoneyError::CurrencyAlone)));
        let both = CostPatch { amount_minor: Some(100_000), ..euro };
        assert_eq!(cost.change(both).unwrap().currency, Currency::Eur);
    }
}
