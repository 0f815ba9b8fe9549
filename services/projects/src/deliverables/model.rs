//! A deliverable and its rules.

use chrono::{DateTime, NaiveDate, Utc};
use contracts::{DeliverableChange, DeliverableChanged, DeliverableStatus};
use kernel::{DeliverableId, MilestoneId, ProjectId, UserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;
use web::{Versioned, check};

use crate::decision::Decision;
use crate::error::Delivery;

/// A deliverable of a project.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Deliverable {
    /// Its id.
    pub id: DeliverableId,
    /// Its project.
    pub project_id: ProjectId,
    /// The milestone it belongs to, if any.
    pub milestone_id: Option<MilestoneId>,
    /// Its name.
    pub name: String,
    /// What it is and what it must satisfy.
    pub description: Option<String>,
    /// The day it is due.
    pub due_on: NaiveDate,
    /// The person who validates it beside the managers.
    pub sponsor_id: Option<UserId>,
    /// Where it stands.
    pub status: DeliverableStatus,
    /// Who handed it over last.
    pub submitted_by: Option<UserId>,
    /// When.
    pub submitted_at: Option<DateTime<Utc>>,
    /// Who accepted or refused it.
    pub decided_by: Option<UserId>,
    /// When, by the device that was used.
    pub decided_at: Option<DateTime<Utc>>,
    /// What was said at the last step.
    pub note: Option<String>,
    /// Counts its changes.
    pub version: i64,
}

impl Versioned for Deliverable {
    fn version(&self) -> i64 {
        self.version
    }
}

/// A deliverable to be made.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDeliverable {
    /// Its id, where the caller chooses it.
    pub id: Option<DeliverableId>,
    /// Its project.
    pub project_id: ProjectId,
    /// The milestone it belongs to, one of the same project.
    pub milestone_id: Option<MilestoneId>,
    /// Its name.
    #[validate(length(min = 1, max = 200), custom(function = check::text))]
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    /// What it is and what it must satisfy.
    #[validate(length(min = 1, max = 4000), custom(function = check::text))]
    #[schema(min_length = 1, max_length = 4000)]
    pub description: Option<String>,
    /// The day it is due.
    #[validate(custom(function = check::day))]
    pub due_on: NaiveDate,
    /// The person who validates it beside the managers.
    pub sponsor_id: Option<UserId>,
}

/// Changes to a deliverable; what is absent stays, `null` clears.
#[derive(Debug, Clone, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeliverablePatch {
    /// The milestone it belongs to, one of the same project.
    #[serde(default, deserialize_with = "web::nullable")]
    #[schema(value_type = Option<MilestoneId>)]
    pub milestone_id: Option<Option<MilestoneId>>,
    /// Its name.
    #[validate(length(min = 1, max = 200), custom(function = check::text))]
    #[schema(min_length = 1, max_length = 200)]
    pub name: Option<String>,
    /// What it is and what it must satisfy.
    #[serde(default, deserialize_with = "web::nullable")]
    #[validate(length(min = 1, max = 4000), custom(function = check::text))]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 4000)]
    pub description: Option<Option<String>>,
    /// The day it is due.
    #[validate(custom(function = check::day))]
    pub due_on: Option<NaiveDate>,
    /// The person who validates it beside the managers.
    #[serde(default, deserialize_with = "web::nullable")]
    #[schema(value_type = Option<UserId>)]
    pub sponsor_id: Option<Option<UserId>>,
}

impl Deliverable {
    /// A new deliverable.
    pub fn promise(new: NewDeliverable) -> Self {
        Self {
            id: new.id.unwrap_or_else(DeliverableId::new),
            project_id: new.project_id,
            milestone_id: new.milestone_id,
            name: new.name,
            description: new.description,
            due_on: new.due_on,
            sponsor_id: new.sponsor_id,
            status: DeliverableStatus::Pending,
            submitted_by: None,
            submitted_at: None,
            decided_by: None,
            decided_at: None,
            note: None,
            version: 1,
        }
    }

    /// The same deliverable, changed: while it waits for the sponsor, and once accepted, it stays
    /// as it was handed over.
    pub fn change(self, patch: DeliverablePatch) -> Result<Self, Delivery> {
        let open = self.workable()?;
        Ok(Self {
            milestone_id: patch.milestone_id.unwrap_or(open.milestone_id),
            name: patch.name.unwrap_or(open.name),
            description: patch.description.unwrap_or(open.description),
            due_on: patch.due_on.unwrap_or(open.due_on),
            sponsor_id: patch.sponsor_id.unwrap_or(open.sponsor_id),
            version: open.version + 1,
            ..open
        })
    }

    /// The deliverable, handed over to the sponsor.
    pub fn submit(self, note: Option<String>, by: Decision) -> Result<Self, Delivery> {
        let open = self.workable()?;
        Ok(Self {
            status: DeliverableStatus::Submitted,
            submitted_by: Some(by.by),
            submitted_at: Some(by.at),
            decided_by: None,
            decided_at: None,
            note,
            version: open.version + 1,
            ..open
        })
    }

    /// The deliverable, accepted (final) or refused, by the sponsor.
    pub fn decide(
        self,
        status: DeliverableStatus,
        note: Option<String>,
        decision: Decision,
    ) -> Result<Self, Delivery> {
        match self.status {
            DeliverableStatus::Accepted => return Err(Delivery::DeliverableAccepted),
            DeliverableStatus::Submitted => {}
            DeliverableStatus::Pending | DeliverableStatus::Refused => {
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
            DeliverableStatus::Pending | DeliverableStatus::Refused => Ok(self),
            DeliverableStatus::Submitted => Err(Delivery::AwaitsSponsor),
            DeliverableStatus::Accepted => Err(Delivery::DeliverableAccepted),
        }
    }

    /// The news of it.
    pub fn changed(&self, change: DeliverableChange) -> DeliverableChanged {
        DeliverableChanged {
            deliverable: self.id,
            version: self.version,
            change,
            project: self.project_id,
            due_on: self.due_on,
            status: self.status,
        }
    }
}

#[cfg(test)]
mod tests {
    use kernel::{Clock, SystemClock};

    use super::*;

    #[test]
    fn only_what_was_handed_over_is_decided_and_accepted_is_final() {
        let decision = Decision { by: UserId::new(), at: SystemClock.now() };
        let pending = Deliverable::promise(NewDeliverable {
            id: None,
            project_id: ProjectId::new(),
            milestone_id: None,
            name: "Dossier des ouvrages exécutés".to_owned(),
            description: None,
            due_on: NaiveDate::from_ymd_opt(2026, 6, 30).unwrap(),
            sponsor_id: None,
        });
        let accept =
            |d: &Deliverable| d.clone().decide(DeliverableStatus::Accepted, None, decision);
        assert!(matches!(accept(&pending), Err(Delivery::NotSubmitted)));
        let submitted = pending.submit(None, decision).unwrap();
        let patch = DeliverablePatch::default();
        assert!(matches!(submitted.clone().change(patch.clone()), Err(Delivery::AwaitsSponsor)));
        let note = Some("Plans manquants".to_owned());
        let refused = submitted.decide(DeliverableStatus::Refused, note, decision).unwrap();
        assert!(matches!(accept(&refused), Err(Delivery::NotSubmitted)));
        let again = refused.change(patch.clone()).unwrap().submit(None, decision).unwrap();
        assert_eq!((again.note.as_ref(), again.decided_at), (None, None));
        let accepted = accept(&again).unwrap();
        assert!(matches!(accept(&accepted), Err(Delivery::DeliverableAccepted)));
        assert!(matches!(accepted.clone().change(patch), Err(Delivery::DeliverableAccepted)));
        assert!(matches!(accepted.submit(None, decision), Err(Delivery::DeliverableAccepted)));
    }
}
