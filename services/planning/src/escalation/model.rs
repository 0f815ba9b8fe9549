//! The times after which incidents are passed on. No I/O.

use chrono::Duration;
use contracts::{EscalationChange, EscalationChanged, IncidentSeverity};
use kernel::EscalationId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;
use web::{Problem, Versioned};

use crate::incidents::Escalated;

/// After how many minutes an incident of one severity is passed on, counted from when the server
/// heard of it. At most 30 days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EscalationSteps {
    /// To the project's lead, where nobody has taken it up until then; null: never.
    // Said always: what is left out by mistake must not mean never.
    #[serde(deserialize_with = "Option::deserialize")]
    #[validate(range(min = 1, max = 43_200))]
    #[schema(minimum = 1, maximum = 43_200, required = true)]
    pub project_lead_min: Option<i32>,
    /// To the managers, where it is not resolved until then; null: never. Not before the project's
    /// lead.
    #[serde(deserialize_with = "Option::deserialize")]
    #[validate(range(min = 1, max = 43_200))]
    #[schema(minimum = 1, maximum = 43_200, required = true)]
    pub manager_min: Option<i32>,
}

/// After how long incidents are passed on, by how bad they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EscalationTimes {
    /// Of those that are only noted.
    #[validate(nested)]
    pub low: EscalationSteps,
    /// Of medium ones.
    #[validate(nested)]
    pub medium: EscalationSteps,
    /// Of grave ones.
    #[validate(nested)]
    pub high: EscalationSteps,
    /// Of those that endanger people or stop the work.
    #[validate(nested)]
    pub critical: EscalationSteps,
}

impl EscalationTimes {
    /// The house's own, which hold until the firm sets others; no standard gives any.
    pub const USUAL: Self = Self {
        low: EscalationSteps { project_lead_min: None, manager_min: None },
        medium: EscalationSteps { project_lead_min: Some(24 * 60), manager_min: Some(72 * 60) },
        high: EscalationSteps { project_lead_min: Some(4 * 60), manager_min: Some(24 * 60) },
        critical: EscalationSteps { project_lead_min: Some(30), manager_min: Some(2 * 60) },
    };

    /// How long after the server heard of an incident of this severity it is passed on to them;
    /// none where it is not.
    pub fn after(&self, severity: IncidentSeverity, to: Escalated) -> Option<Duration> {
        let steps = match severity {
            IncidentSeverity::Low => self.low,
            IncidentSeverity::Medium => self.medium,
            IncidentSeverity::High => self.high,
            IncidentSeverity::Critical => self.critical,
        };
        let minutes = match to {
            Escalated::ProjectLead => steps.project_lead_min,
            Escalated::Manager => steps.manager_min,
        };
        minutes.map(|minutes| Duration::minutes(minutes.into()))
    }

    /// 422 where the managers would hear of an incident before the project's lead.
    pub fn checked(self) -> Result<Self, Problem> {
        let all = [
            ("/low/manager_min", self.low),
            ("/medium/manager_min", self.medium),
            ("/high/manager_min", self.high),
            ("/critical/manager_min", self.critical),
        ];
        let reversed = all.into_iter().filter(|(_, steps)| {
            steps.project_lead_min.zip(steps.manager_min).is_some_and(|(lead, all)| all < lead)
        });
        let mut reversed = reversed.peekable();
        if reversed.peek().is_none() {
            return Ok(self);
        }
        Err(reversed.fold(Problem::invalid(), |problem, (pointer, _)| {
            problem.field(
                pointer,
                "order",
                "les responsables ne peuvent pas être saisis avant le chef de projet",
                "the managers cannot be told before the project's lead",
            )
        }))
    }
}

/// The firm's setting as it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setting {
    /// Its id; none while the usual times hold.
    pub id: Option<EscalationId>,
    /// The times.
    pub times: EscalationTimes,
    /// Counts its changes; 0 while the usual times hold.
    pub version: i64,
}

impl Setting {
    /// Where the firm has set nothing.
    pub const USUAL: Self = Self { id: None, times: EscalationTimes::USUAL, version: 0 };

    /// What others hear when it is set.
    pub fn event(&self, id: EscalationId) -> EscalationChanged {
        EscalationChanged { escalation: id, version: self.version, change: EscalationChange::Set }
    }
}

/// After how long the firm's incidents are passed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct IncidentEscalationTimes {
    /// The times that hold.
    pub times: EscalationTimes,
    /// The usual ones, which hold where the firm has set none.
    pub usual: EscalationTimes,
    /// Counts their changes; 0 while the usual ones hold.
    pub version: i64,
}

impl Versioned for IncidentEscalationTimes {
    fn version(&self) -> i64 {
        self.version
    }
}

impl From<Setting> for IncidentEscalationTimes {
    fn from(Setting { times, version, .. }: Setting) -> Self {
        Self { times, usual: EscalationTimes::USUAL, version }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn high(project_lead_min: Option<i32>, manager_min: Option<i32>) -> EscalationTimes {
        let high = EscalationSteps { project_lead_min, manager_min };
        EscalationTimes { high, ..EscalationTimes::USUAL }
    }

    #[test]
    fn the_managers_never_hear_of_it_before_the_projects_lead() {
        assert_eq!(EscalationTimes::USUAL.checked().unwrap(), EscalationTimes::USUAL);
        assert!(high(Some(61), Some(60)).checked().is_err());
        for fine in [
            high(Some(60), Some(60)),
            high(None, Some(1)),
            high(Some(43_200), None),
            high(None, None),
        ] {
            assert!(fine.checked().is_ok() && fine.validate().is_ok(), "{fine:?}");
        }
    }

    #[test]
    fn each_is_at_least_a_minute_and_at_most_thirty_days() {
        for minutes in [0, -1, i32::MIN, 43_201, i32::MAX] {
            assert!(high(Some(minutes), None).validate().is_err(), "{minutes}");
            assert!(high(None, Some(minutes)).validate().is_err(), "{minutes}");
        }
    }

    #[test]
    fn never_is_said_and_not_left_out() {
        let read = serde_json::from_str::<EscalationSteps>;
        let said = read(r#"{"project_lead_min": null, "manager_min": 5}"#).unwrap();
        assert_eq!((said.project_lead_min, said.manager_min), (None, Some(5)));
        assert!(read(r#"{"manager_min": 5}"#).is_err());
        assert!(read(r#"{"project_lead_min": 5}"#).is_err());
    }

    #[test]
    fn a_time_is_that_of_the_severity_and_of_whom_it_is_passed_on_to() {
        use Escalated::{Manager, ProjectLead};
        let usual = EscalationTimes::USUAL;
        let minutes = |severity, to| usual.after(severity, to).map(|after| after.num_minutes());
        assert_eq!(minutes(IncidentSeverity::Low, Manager), None);
        assert_eq!(minutes(IncidentSeverity::High, ProjectLead), Some(240));
        assert_eq!(minutes(IncidentSeverity::High, Manager), Some(1_440));
        assert_eq!(minutes(IncidentSeverity::Critical, ProjectLead), Some(30));
    }
}
