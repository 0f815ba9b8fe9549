//! A change order and its rules.

use chrono::{DateTime, Utc};
use contracts::{ChangeOrderChange, ChangeOrderChanged, ChangeOrderStatus};
use kernel::{ChangeOrderId, Currency, Money, ProjectId, UserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::{Validate, ValidationError};
use web::{Versioned, check};

use crate::decision::Decision;
use crate::error::Delivery;

/// The largest amount either way, in minor units: sums of thousands of them stay exact.
const LARGEST: i64 = 1_000_000_000_000_000;

/// A change order of a project.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ChangeOrder {
    /// Its id.
    pub id: ChangeOrderId,
    /// Its project.
    pub project_id: ProjectId,
    /// Its number within the project: 1, 2, 3 without gaps.
    pub number: i32,
    /// What changes, in a few words.
    pub title: String,
    /// Why.
    pub reason: String,
    /// What it adds to the contract, in the project's currency; negative for less.
    pub amount: Option<Money>,
    /// The days it adds to the project; negative for fewer.
    pub delay_days: i32,
    /// Where it stands.
    pub status: ChangeOrderStatus,
    /// Who approved or rejected it.
    pub decided_by: Option<UserId>,
    /// When, by the device that was used.
    pub decided_at: Option<DateTime<Utc>>,
    /// What was said at the last step.
    pub note: Option<String>,
    /// Counts its changes.
    pub version: i64,
}

impl Versioned for ChangeOrder {
    fn version(&self) -> i64 {
        self.version
    }
}

/// A change order to be drafted.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewChangeOrder {
    /// Its id, where the caller chooses it.
    pub id: Option<ChangeOrderId>,
    /// Its project.
    pub project_id: ProjectId,
    /// What changes, in a few words.
    #[validate(length(min = 1, max = 200), custom(function = check::text))]
    #[schema(min_length = 1, max_length = 200)]
    pub title: String,
    /// Why.
    #[validate(length(min = 1, max = 4000), custom(function = check::text))]
    #[schema(min_length = 1, max_length = 4000)]
    pub reason: String,
    /// What it adds to the contract, in the project's currency; negative for less.
    #[validate(custom(function = within))]
    pub amount: Option<Money>,
    /// The days it adds to the project; negative for fewer.
    #[serde(default)]
    #[validate(range(min = -3650, max = 3650))]
    #[schema(minimum = -3650, maximum = 3650, default = 0)]
    pub delay_days: i32,
}

/// Changes to a change order; what is absent stays, `null` clears.
#[derive(Debug, Clone, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeOrderPatch {
    /// What changes, in a few words.
    #[validate(length(min = 1, max = 200), custom(function = check::text))]
    #[schema(min_length = 1, max_length = 200)]
    pub title: Option<String>,
    /// Why.
    #[validate(length(min = 1, max = 4000), custom(function = check::text))]
    #[schema(min_length = 1, max_length = 4000)]
    pub reason: Option<String>,
    /// What it adds to the contract.
    #[serde(default, deserialize_with = "web::nullable")]
    #[validate(custom(function = within))]
    #[schema(value_type = Option<Money>)]
    pub amount: Option<Option<Money>>,
    /// The days it adds to the project.
    #[validate(range(min = -3650, max = 3650))]
    #[schema(minimum = -3650, maximum = 3650)]
    pub delay_days: Option<i32>,
}

#[allow(clippy::trivially_copy_pass_by_ref)] // the validator hands references
fn within(amount: &Money) -> Result<(), ValidationError> {
    if (-LARGEST..=LARGEST).contains(&amount.minor) {
        Ok(())
    } else {
        Err(ValidationError::new("range").with_message("montant trop grand | too large".into()))
    }
}

impl ChangeOrder {
    /// A new draft of a project whose books are in `currency`.
    pub fn draft(new: NewChangeOrder, number: i32, currency: Currency) -> Result<Self, Delivery> {
        in_currency(new.amount, currency)?;
        Ok(Self {
            id: new.id.unwrap_or_else(ChangeOrderId::new),
            project_id: new.project_id,
            number,
            title: new.title,
            reason: new.reason,
            amount: new.amount,
            delay_days: new.delay_days,
            status: ChangeOrderStatus::Draft,
            decided_by: None,
            decided_at: None,
            note: None,
            version: 1,
        })
    }

    /// The same change order, changed. What waits for a decision or was approved stays; a
    /// rejected one becomes a draft again.
    pub fn change(self, patch: ChangeOrderPatch, currency: Currency) -> Result<Self, Delivery> {
        let open = self.workable()?;
        let amount = patch.amount.unwrap_or(open.amount);
        in_currency(amount, currency)?;
        Ok(Self {
            title: patch.title.unwrap_or(open.title),
            reason: patch.reason.unwrap_or(open.reason),
            amount,
            delay_days: patch.delay_days.unwrap_or(open.delay_days),
            status: ChangeOrderStatus::Draft,
            decided_by: None,
            decided_at: None,
            note: None,
            version: open.version + 1,
            ..open
        })
    }

    /// The change order, waiting for a decision.
    pub fn submit(self, note: Option<String>) -> Result<Self, Delivery> {
        let open = self.workable()?;
        Ok(Self {
            status: ChangeOrderStatus::Submitted,
            decided_by: None,
            decided_at: None,
            note,
            version: open.version + 1,
            ..open
        })
    }

    /// The change order, approved (final) or rejected.
    pub fn decide(
        self,
        status: ChangeOrderStatus,
        note: Option<String>,
        decision: Decision,
    ) -> Result<Self, Delivery> {
        match self.status {
            ChangeOrderStatus::Approved => return Err(Delivery::ChangeOrderApproved),
            ChangeOrderStatus::Submitted => {}
            ChangeOrderStatus::Draft | ChangeOrderStatus::Rejected => {
                return Err(Delivery::NotSubmitted);
            }
        }
        Ok(Self {
            status,
            decided_by: Some(decision.by),
            decided_at: Some(decision.at),
            note,
            version: self.version + 1,
            ..self
        })
    }

    fn workable(self) -> Result<Self, Delivery> {
        match self.status {
            ChangeOrderStatus::Draft | ChangeOrderStatus::Rejected => Ok(self),
            ChangeOrderStatus::Submitted => Err(Delivery::AwaitsSponsor),
            ChangeOrderStatus::Approved => Err(Delivery::ChangeOrderApproved),
        }
    }

    /// The news of it.
    pub fn changed(&self, change: ChangeOrderChange) -> ChangeOrderChanged {
        ChangeOrderChanged {
            change_order: self.id,
            version: self.version,
            change,
            project: self.project_id,
            number: self.number,
            amount_minor: self.amount.map(|a| a.minor),
            delay_days: self.delay_days,
            status: self.status,
        }
    }
}

/// A project's books are in one currency.
fn in_currency(amount: Option<Money>, currency: Currency) -> Result<(), Delivery> {
    match amount {
        Some(amount) if amount.currency != currency => Err(Delivery::OtherCurrency(currency)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use kernel::{Clock, SystemClock};

    use super::*;

    fn new(amount: Option<Money>) -> NewChangeOrder {
        NewChangeOrder {
            id: None,
            project_id: ProjectId::new(),
            title: "Tranchée en rocher".to_owned(),
            reason: "Sol non reconnu".to_owned(),
            amount,
            delay_days: 12,
        }
    }

    #[test]
    fn an_approved_change_order_is_final_and_a_rejected_one_a_draft_again() {
        let decision = Decision { by: UserId::new(), at: SystemClock.now() };
        let patch = ChangeOrderPatch::default();
        let draft = ChangeOrder::draft(new(None), 1, Currency::Xof).unwrap();
        let approve =
            |c: &ChangeOrder| c.clone().decide(ChangeOrderStatus::Approved, None, decision);
        assert!(matches!(approve(&draft), Err(Delivery::NotSubmitted)));
        let submitted = draft.submit(None).unwrap();
        let waiting = submitted.clone().change(patch.clone(), Currency::Xof);
        assert!(matches!(waiting, Err(Delivery::AwaitsSponsor)));
        let note = Some("Métré à joindre".to_owned());
        let rejected =
            submitted.clone().decide(ChangeOrderStatus::Rejected, note, decision).unwrap();
        let again = rejected.change(patch.clone(), Currency::Xof).unwrap();
        assert_eq!((again.status, again.decided_by), (ChangeOrderStatus::Draft, None));
        let approved = approve(&submitted).unwrap();
        assert!(matches!(approve(&approved), Err(Delivery::ChangeOrderApproved)));
        assert!(matches!(approved.clone().submit(None), Err(Delivery::ChangeOrderApproved)));
        let changed = approved.change(patch, Currency::Xof);
        assert!(matches!(changed, Err(Delivery::ChangeOrderApproved)));
    }

    #[test]
    fn amounts_are_in_the_projects_currency_and_of_this_world() {
        let euros = Money { minor: 1_250_000, currency: Currency::Eur };
        let draft = ChangeOrder::draft(new(Some(euros)), 1, Currency::Xof);
        assert!(matches!(draft, Err(Delivery::OtherCurrency(Currency::Xof))));
        assert!(new(Some(Money { minor: i64::MIN, ..euros })).validate().is_err());
        assert!(new(Some(euros)).validate().is_ok());
    }
}
