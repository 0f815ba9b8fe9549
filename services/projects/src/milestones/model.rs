//! A milestone and its rules.

use chrono::NaiveDate;
use contracts::MilestoneStatus;
use kernel::{MilestoneId, PhaseId, ProjectId, Timestamp, UserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;
use web::{Versioned, check};

use crate::Error;
use crate::decision::{Agreement, Decision, Objection};

/// A milestone of a project.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Milestone {
    /// Its id.
    pub id: MilestoneId,
    /// Its project.
    pub project_id: ProjectId,
    /// The phase it ends, if any.
    pub phase_id: Option<PhaseId>,
    /// Its name.
    pub name: String,
    /// The day it is due.
    pub due_on: NaiveDate,
    /// What must be true for it to be accepted.
    pub acceptance_criteria: Option<String>,
    /// Where it stands.
    pub status: MilestoneStatus,
    /// Who accepted or refused it.
    pub decided_by: Option<UserId>,
    /// When, by the device that was used.
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    pub decided_at: Option<Timestamp>,
    /// What was said then.
    pub note: Option<String>,
    /// Counts its changes.
    pub version: i64,
}

impl Versioned for Milestone {
    fn version(&self) -> i64 {
        self.version
    }
}

/// A milestone to be made.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMilestone {
    /// Its id, where the caller chooses it.
    pub id: Option<MilestoneId>,
    /// Its project.
    pub project_id: ProjectId,
    /// The phase it ends, one of the same project.
    pub phase_id: Option<PhaseId>,
    /// Its name.
    #[validate(length(min = 1, max = 200), custom(function = check::text))]
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    /// The day it is due.
    #[validate(custom(function = check::day))]
    pub due_on: NaiveDate,
    /// What must be true for it to be accepted.
    #[validate(length(min = 1, max = 4000), custom(function = check::text))]
    #[schema(min_length = 1, max_length = 4000)]
    pub acceptance_criteria: Option<String>,
}

/// Changes to a milestone; what is absent stays, `null` clears.
#[derive(Debug, Clone, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MilestonePatch {
    /// The phase it ends, one of the same project.
    #[serde(default, deserialize_with = "web::nullable")]
    #[schema(value_type = Option<PhaseId>)]
    pub phase_id: Option<Option<PhaseId>>,
    /// Its name.
    #[validate(length(min = 1, max = 200), custom(function = check::text))]
    #[schema(min_length = 1, max_length = 200)]
    pub name: Option<String>,
    /// The day it is due.
    #[validate(custom(function = check::day))]
    pub due_on: Option<NaiveDate>,
    /// What must be true for it to be accepted.
    #[serde(default, deserialize_with = "web::nullable")]
    #[validate(length(min = 1, max = 4000), custom(function = check::text))]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 4000)]
    pub acceptance_criteria: Option<Option<String>>,
}

impl Milestone {
    /// A new milestone.
    pub fn set(new: NewMilestone) -> Self {
        Self {
            id: new.id.unwrap_or_else(MilestoneId::new),
            project_id: new.project_id,
            phase_id: new.phase_id,
            name: new.name,
            due_on: new.due_on,
            acceptance_criteria: new.acceptance_criteria,
            status: MilestoneStatus::Pending,
            decided_by: None,
            decided_at: None,
            note: None,
            version: 1,
        }
    }

    /// The same milestone, changed; an accepted one stays as it was accepted.
    pub fn change(self, patch: MilestonePatch) -> Result<Self, Error> {
        let open = self.open()?;
        Ok(Self {
            phase_id: patch.phase_id.unwrap_or(open.phase_id),
            name: patch.name.unwrap_or(open.name),
            due_on: patch.due_on.unwrap_or(open.due_on),
            acceptance_criteria: patch.acceptance_criteria.unwrap_or(open.acceptance_criteria),
            version: open.version + 1,
            ..open
        })
    }

    /// The milestone, accepted. That is final.
    pub fn accept(self, said: Agreement, decision: Decision) -> Result<Self, Error> {
        Ok(self.open()?.decide(MilestoneStatus::Accepted, said.note, decision))
    }

    /// The milestone, refused. It may be refused again, or accepted once what was missing is
    /// there.
    pub fn refuse(self, said: Objection, decision: Decision) -> Result<Self, Error> {
        Ok(self.open()?.decide(MilestoneStatus::Refused, Some(said.note), decision))
    }

    fn open(self) -> Result<Self, Error> {
        if self.status == MilestoneStatus::Accepted { Err(Error::Accepted) } else { Ok(self) }
    }

    fn decide(self, status: MilestoneStatus, note: Option<String>, decision: Decision) -> Self {
        Self {
            status,
            decided_by: Some(decision.by),
            decided_at: Some(decision.at),
            note,
            version: self.version + 1,
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use kernel::{Clock, SystemClock};

    use super::*;

    fn milestone() -> Milestone {
        Milestone::set(NewMilestone {
            id: None,
            project_id: ProjectId::new(),
            phase_id: None,
            name: "Mise sous tension".to_owned(),
            due_on: NaiveDate::from_ymd_opt(2026, 6, 30).unwrap(),
            acceptance_criteria: None,
        })
    }

    #[test]
    fn a_refused_milestone_is_accepted_later_and_then_stays() {
        let decision = Decision { by: UserId::new(), at: SystemClock.now() };
        let refusal = Objection { note: "Terre à reprendre".to_owned() };
        let refused = milestone().refuse(refusal.clone(), decision).unwrap();
        assert_eq!(refused.status, MilestoneStatus::Refused);
        let accepted = refused.accept(Agreement { note: None }, decision).unwrap();
        assert_eq!((accepted.status, accepted.note.clone()), (MilestoneStatus::Accepted, None));
        assert_eq!(accepted.decided_by, Some(decision.by));
        let again = accepted.clone().refuse(refusal, decision);
        assert!(matches!(again, Err(Error::Accepted)));
        assert!(matches!(accepted.change(MilestonePatch::default()), Err(Error::Accepted)));
    }
}
