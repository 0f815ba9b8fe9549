//! A project's status and how its lights are set.

use chrono::NaiveDate;
use chrono_tz::Tz;
use contracts::{Aim, Indicator, MilestoneStatus};
use kernel::{MilestoneId, ProjectId, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use crate::budget;
use crate::earned::EarnedValue;
use crate::indicators::{Figures, Level, RiskIndicator};
use crate::risks::{Band, Risk};
use crate::steering::{SteeringItem, SteeringKpi};

/// A traffic light.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = StatusLight)]
pub enum Light {
    /// Nothing to see yet.
    Grey,
    /// As it should be.
    Green,
    /// To be watched.
    Amber,
    /// Somebody must act.
    Red,
}

impl From<Level> for Light {
    fn from(level: Level) -> Self {
        match level {
            Level::Unknown => Self::Grey,
            Level::Ok => Self::Green,
            Level::Warning => Self::Amber,
            Level::Breach => Self::Red,
        }
    }
}

/// The lights of a project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = StatusLights)]
pub struct Lights {
    /// By late tasks, tasks without workers and overdue milestones.
    pub schedule: Light,
    /// By tasks that wait for their validation; red where a milestone was refused.
    pub scope: Light,
    /// By critical risks; amber where a high one may still happen, or a review is overdue.
    pub risks: Light,
    /// By the rate of incidents; red while one that endangers people is unresolved.
    pub safety: Light,
    /// By overdue decisions and actions.
    pub steering: Light,
    /// By what all will have cost: amber above the plan, red where the alert's threshold is passed.
    /// None for who may not see the budget.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub money: Option<Light>,
}

impl Lights {
    /// The lights by what was measured.
    pub fn of(
        figures: &Figures,
        indicators: &[RiskIndicator],
        top: &[Risk],
        reviews_overdue: i64,
    ) -> Self {
        let worst = |of: &[Indicator]| {
            let these = indicators.iter().filter(|i| of.contains(&i.indicator));
            these.map(|i| i.level).max().unwrap_or(Level::Unknown)
        };
        let at_least = |level: Level, floor: Level, holds: bool| {
            if holds { level.max(floor) } else { level }
        };
        // A project without tasks has nothing that could be late.
        let schedule = match worst(&[
            Indicator::LateTasks,
            Indicator::UnstaffedTasks,
            Indicator::OverdueMilestones,
        ]) {
            Level::Ok if figures.tasks + figures.milestones == 0 => Level::Unknown,
            level => level,
        };
        let scope = match worst(&[Indicator::UnvalidatedTasks]) {
            Level::Ok if figures.tasks + figures.milestones == 0 => Level::Unknown,
            level => at_least(level, Level::Breach, figures.refused_milestones > 0),
        };
        let high = top.iter().any(|risk| risk.band >= Band::High);
        let risks = at_least(
            worst(&[Indicator::CriticalRisks]),
            Level::Warning,
            high || reviews_overdue > 0,
        );
        let safety = at_least(
            worst(&[Indicator::IncidentRate]),
            Level::Breach,
            figures.critical_incidents > 0,
        );
        Self {
            schedule: schedule.into(),
            scope: scope.into(),
            risks: risks.into(),
            safety: safety.into(),
            steering: worst(&[Indicator::OverdueItems]).into(),
            money: None,
        }
    }
}

impl Light {
    /// The light of a budget; grey where nothing is planned and nothing spent.
    pub fn of(budget: &budget::Figures) -> Self {
        if budget.over {
            Self::Red
        } else if budget.forecast_minor > budget.planned_minor {
            Self::Amber
        } else if budget.planned_minor == 0 {
            Self::Grey
        } else {
            Self::Green
        }
    }
}

/// A milestone, in short.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct StatusMilestone {
    /// Its id.
    pub id: MilestoneId,
    /// Its name.
    pub name: String,
    /// The day it is due.
    pub due_on: NaiveDate,
    /// Where it stands.
    pub status: MilestoneStatus,
    /// Whether its day has passed.
    pub overdue: bool,
}

/// A KPI and where it stands.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct KpiStanding {
    /// What it measures.
    pub indicator: Indicator,
    /// Which way it should go.
    pub aim: Aim,
    /// Where it should be.
    pub target: f64,
    /// Up to where it is to be watched.
    pub warning: f64,
    /// Where it is; none where there is nothing to measure it by.
    pub value: Option<f64>,
    /// How it stands to the target.
    pub level: Level,
}

impl KpiStanding {
    /// The standing of a KPI by these figures.
    pub fn of(kpi: &SteeringKpi, figures: &Figures) -> Self {
        let value = figures.value(kpi.indicator);
        Self {
            indicator: kpi.indicator,
            aim: kpi.aim,
            target: kpi.target,
            warning: kpi.warning,
            value,
            level: kpi.limits().level(value),
        }
    }
}

/// A project's money.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct StatusMoney {
    /// Plan, commitments, actual cost, forecast, margin.
    pub budget: budget::Figures,
    /// What the work done was worth, today.
    pub earned_value: EarnedValue,
}

/// How many there are of what a status shows the first of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct StatusCounts {
    /// Milestones that are not accepted.
    pub milestones: i64,
    /// Risks that may still happen.
    pub risks: i64,
    /// Decisions to be taken and actions to be done.
    pub open_items: i64,
}

/// How a project stands, on one page.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ProjectStanding {
    /// The project.
    pub project_id: ProjectId,
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// For whom it is.
    pub client: Option<String>,
    /// When this was measured.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub at: Timestamp,
    /// The zone of its days (IANA): the one that most of its sites lie in, or the firm's.
    #[schema(value_type = String, example = "Africa/Dakar")]
    pub zone: Tz,
    /// The lights.
    pub lights: Lights,
    /// Its money; none for who may not see the budget.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub money: Option<StatusMoney>,
    /// How many milestones, risks and items there are in all.
    pub counts: StatusCounts,
    /// Validated tasks in percent of all; none without tasks.
    pub progress: Option<f64>,
    /// Milestones that are not accepted, the soonest due first, at most ten.
    pub milestones: Vec<StatusMilestone>,
    /// The five gravest risks that may still happen.
    pub top_risks: Vec<Risk>,
    /// Decisions to be taken and actions to be done, the soonest due first, at most twenty.
    pub open_items: Vec<SteeringItem>,
    /// The KPIs the steering follows, against their targets.
    pub kpis: Vec<KpiStanding>,
    /// The risk indicators.
    pub indicators: Vec<RiskIndicator>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::indicators::{RiskIndicators, RiskThresholds};

    fn lights(figures: &Figures) -> Lights {
        let at = chrono::DateTime::UNIX_EPOCH;
        let indicators =
            RiskIndicators::of(figures, RiskThresholds::of(ProjectId::new(), &[], 0), at)
                .indicators;
        Lights::of(figures, &indicators, &[], 0)
    }

    #[test]
    fn an_empty_project_is_grey_where_nothing_can_be_seen() {
        let empty = lights(&Figures::default());
        assert_eq!(
            (empty.schedule, empty.scope, empty.safety),
            (Light::Grey, Light::Grey, Light::Grey)
        );
        assert_eq!((empty.risks, empty.steering), (Light::Green, Light::Green));
    }

    #[test]
    fn the_worst_sets_the_light() {
        let fine = Figures { tasks: 10, open_tasks: 10, hours: 100.0, ..Figures::default() };
        let green = lights(&fine);
        assert_eq!(
            (green.schedule, green.scope, green.safety),
            (Light::Green, Light::Green, Light::Green)
        );
        let bad = Figures {
            late_tasks: 3,
            refused_milestones: 1,
            critical_incidents: 1,
            critical_risks: 1,
            overdue_items: 1,
            ..fine
        };
        let bad = lights(&bad);
        assert_eq!((bad.schedule, bad.scope, bad.safety), (Light::Red, Light::Red, Light::Red));
        assert_eq!((bad.risks, bad.steering), (Light::Amber, Light::Amber));
    }
}
