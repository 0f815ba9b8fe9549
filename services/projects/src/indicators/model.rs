//! Indicators and their limits.

use contracts::{Aim, Indicator};
use kernel::{ProjectId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;
use web::Versioned;

use crate::{Error, SteeringError};

/// What was counted of a project.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Figures {
    /// Tasks, but for the cancelled.
    pub tasks: i64,
    /// Those that are not done, validated or cancelled.
    pub open_tasks: i64,
    /// Open ones whose planned end has passed.
    pub late_tasks: i64,
    /// Those that are done or validated.
    pub finished_tasks: i64,
    /// Finished ones that ended by their planned end.
    pub in_time_tasks: i64,
    /// Those that are validated.
    pub validated_tasks: i64,
    /// Planned ones to begin within seven days, or before, without a worker.
    pub unstaffed_tasks: i64,
    /// Incidents of the last 90 days.
    pub incidents: i64,
    /// Unresolved incidents that endanger people.
    pub critical_incidents: i64,
    /// Hours of the stays of the last 90 days that have ended.
    pub hours: f64,
    /// Those with a task of the project in the last 28 days.
    pub workers: i64,
    /// Their hours of absence in these 28 days.
    pub absent_hours: f64,
    /// Milestones.
    pub milestones: i64,
    /// Accepted ones.
    pub accepted_milestones: i64,
    /// Refused ones.
    pub refused_milestones: i64,
    /// Those whose day has passed and that are not accepted.
    pub overdue_milestones: i64,
    /// Open steering actions and decisions whose day has passed.
    pub overdue_items: i64,
    /// Open risks with a score of 15 or more.
    pub critical_risks: i64,
}

impl Figures {
    /// The value of an indicator, rounded to hundredths; none where there is nothing to measure
    /// it by.
    pub fn value(&self, indicator: Indicator) -> Option<f64> {
        let share = |part: i64, whole: i64| (whole > 0).then(|| 100.0 * part as f64 / whole as f64);
        let value = match indicator {
            Indicator::LateTasks => share(self.late_tasks, self.open_tasks),
            Indicator::IncidentRate => {
                (self.hours > 0.0).then(|| 1000.0 * self.incidents as f64 / self.hours)
            }
            Indicator::AbsenceRate => {
                let whole = self.workers as f64 * 28.0 * 24.0;
                (self.workers > 0).then(|| 100.0 * self.absent_hours / whole)
            }
            Indicator::OverdueMilestones => Some(self.overdue_milestones as f64),
            Indicator::UnvalidatedTasks => {
                Some((self.finished_tasks - self.validated_tasks) as f64)
            }
            Indicator::UnstaffedTasks => Some(self.unstaffed_tasks as f64),
            Indicator::OverdueItems => Some(self.overdue_items as f64),
            Indicator::CriticalRisks => Some(self.critical_risks as f64),
            Indicator::ValidatedTasks => share(self.validated_tasks, self.tasks),
            Indicator::TasksInTime => share(self.in_time_tasks, self.finished_tasks),
            Indicator::AcceptedMilestones => share(self.accepted_milestones, self.milestones),
        };
        value.map(|value| (value * 100.0).round() / 100.0)
    }
}

/// How an indicator stands to its limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = IndicatorLevel)]
pub enum Level {
    /// There is nothing to measure it by.
    Unknown,
    /// As it should be.
    Ok,
    /// To be watched.
    Warning,
    /// Beyond what is borne.
    Breach,
}

/// Where an indicator is as it should be, and where it is still borne.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Which way it should go.
    pub aim: Aim,
    /// As it should be up to here, this value included.
    pub target: f64,
    /// To be watched up to here, this value included.
    pub warning: f64,
}

impl Limits {
    /// How a value stands to these limits.
    pub fn level(self, value: Option<f64>) -> Level {
        let Some(value) = value else { return Level::Unknown };
        let within = |limit: f64| match self.aim {
            Aim::AtLeast => value >= limit,
            Aim::AtMost => value <= limit,
        };
        if within(self.target) {
            Level::Ok
        } else if within(self.warning) {
            Level::Warning
        } else {
            Level::Breach
        }
    }
}

/// The risk indicators and their usual limits: warning above the first, breach above the second.
/// The house's own, to be set by project: no standard gives any.
const USUAL: [(Indicator, f64, f64); 8] = [
    (Indicator::LateTasks, 10.0, 20.0),
    (Indicator::IncidentRate, 2.0, 5.0),
    (Indicator::AbsenceRate, 5.0, 10.0),
    (Indicator::OverdueMilestones, 0.0, 1.0),
    (Indicator::UnvalidatedTasks, 5.0, 15.0),
    (Indicator::UnstaffedTasks, 0.0, 5.0),
    (Indicator::OverdueItems, 0.0, 3.0),
    (Indicator::CriticalRisks, 0.0, 2.0),
];

/// The limits of a risk indicator.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RiskThreshold {
    /// Which.
    pub indicator: Indicator,
    /// Above this it is to be watched.
    #[validate(range(min = 0.0, max = 1_000_000.0))]
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub warning: f64,
    /// Above this it is beyond what is borne.
    #[validate(range(min = 0.0, max = 1_000_000.0))]
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub breach: f64,
}

/// A project's limits, of all risk indicators.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct RiskThresholds {
    /// The project.
    pub project_id: ProjectId,
    /// Each indicator's limits: the project's own, else the usual ones.
    pub thresholds: Vec<RiskThreshold>,
    /// Counts their changes; 0 while they are the usual ones.
    pub version: i64,
}

impl Versioned for RiskThresholds {
    fn version(&self) -> i64 {
        self.version
    }
}

/// A project's own limits; an indicator that is not named has the usual ones.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RiskThresholdsPatch {
    /// The limits that differ from the usual ones.
    #[validate(length(max = 8), nested)]
    #[schema(max_items = 8)]
    pub thresholds: Vec<RiskThreshold>,
}

impl RiskThresholds {
    /// A project's limits, where `own` are those that differ.
    pub fn of(project_id: ProjectId, own: &[RiskThreshold], version: i64) -> Self {
        let thresholds = USUAL.map(|(indicator, warning, breach)| {
            let own = own.iter().find(|own| own.indicator == indicator);
            own.copied().unwrap_or(RiskThreshold { indicator, warning, breach })
        });
        Self { project_id, thresholds: thresholds.to_vec(), version }
    }

    /// The same project's limits after a change.
    pub fn change(self, patch: &RiskThresholdsPatch) -> Result<Self, Error> {
        for (at, own) in patch.thresholds.iter().enumerate() {
            let known = USUAL.iter().any(|(indicator, ..)| *indicator == own.indicator);
            if !known || patch.thresholds[..at].iter().any(|b| b.indicator == own.indicator) {
                return Err(SteeringError::LimitUnknown(at).into());
            }
            if own.breach < own.warning {
                return Err(SteeringError::LimitsReversed(at).into());
            }
        }
        Ok(Self::of(self.project_id, &patch.thresholds, self.version + 1))
    }
}

/// A risk indicator as it stands.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct RiskIndicator {
    /// Which.
    pub indicator: Indicator,
    /// Its value; none where there is nothing to measure it by.
    pub value: Option<f64>,
    /// Above this it is to be watched.
    pub warning: f64,
    /// Above this it is beyond what is borne.
    pub breach: f64,
    /// How it stands to these limits.
    pub level: Level,
}

/// The risk indicators of a project.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct RiskIndicators {
    /// The project.
    pub project_id: ProjectId,
    /// When they were measured.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub at: Timestamp,
    /// Each of them.
    pub indicators: Vec<RiskIndicator>,
}

impl RiskIndicators {
    /// The indicators by these figures and limits.
    pub fn of(figures: &Figures, thresholds: RiskThresholds, at: Timestamp) -> Self {
        let indicators = thresholds.thresholds.into_iter().map(|threshold| {
            let RiskThreshold { indicator, warning, breach } = threshold;
            let value = figures.value(indicator);
            let limits = Limits { aim: Aim::AtMost, target: warning, warning: breach };
            RiskIndicator { indicator, value, warning, breach, level: limits.level(value) }
        });
        Self { project_id: thresholds.project_id, at, indicators: indicators.collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_of_what_there_is_and_none_of_nothing() {
        let none = Figures::default();
        assert_eq!(none.value(Indicator::LateTasks), None);
        assert_eq!(none.value(Indicator::IncidentRate), None);
        assert_eq!(none.value(Indicator::UnstaffedTasks), Some(0.0));
        let some = Figures {
            open_tasks: 3,
            late_tasks: 1,
            incidents: 2,
            hours: 500.0,
            workers: 2,
            absent_hours: 134.4,
            ..none
        };
        assert_eq!(some.value(Indicator::LateTasks), Some(33.33));
        assert_eq!(some.value(Indicator::IncidentRate), Some(4.0));
        assert_eq!(some.value(Indicator::AbsenceRate), Some(10.0));
    }

    #[test]
    fn a_limit_itself_is_still_within() {
        let most = Limits { aim: Aim::AtMost, target: 10.0, warning: 20.0 };
        let levels = [Some(10.0), Some(20.0), Some(20.1), None].map(|v| most.level(v));
        assert_eq!(levels, [Level::Ok, Level::Warning, Level::Breach, Level::Unknown]);
        let least = Limits { aim: Aim::AtLeast, target: 90.0, warning: 80.0 };
        let levels = [Some(90.0), Some(80.0), Some(79.9)].map(|v| least.level(v));
        assert_eq!(levels, [Level::Ok, Level::Warning, Level::Breach]);
    }

    #[test]
    fn own_limits_stand_before_the_usual_ones_and_make_sense() {
        let usual = RiskThresholds::of(ProjectId::new(), &[], 0);
        let own = |indicator, warning, breach| RiskThreshold { indicator, warning, breach };
        let set = |thresholds| usual.clone().change(&RiskThresholdsPatch { thresholds });
        let changed = set(vec![own(Indicator::LateTasks, 1.0, 2.0)]).unwrap();
        assert_eq!((changed.thresholds[0].breach, changed.version), (2.0, 1));
        assert_eq!(changed.thresholds[1..], usual.thresholds[1..]);
        assert!(set(vec![own(Indicator::LateTasks, 2.0, 1.0)]).is_err());
        assert!(set(vec![own(Indicator::TasksInTime, 1.0, 2.0)]).is_err());
        assert!(set(vec![own(Indicator::LateTasks, 1.0, 2.0); 2]).is_err());
    }
}
