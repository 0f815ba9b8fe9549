//! What a search is asked for, as it is kept with it.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{TaskId, WorkerId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::{Validate, ValidationError, ValidationErrors};

/// What counts how much: 1 is the usual weight, 0 does not count.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = DispatchWeights)]
pub struct Weights {
    /// Time on the road.
    #[validate(range(min = 0.0, max = 100.0))]
    #[schema(minimum = 0, maximum = 100)]
    pub travel: f64,
    /// Working time.
    #[validate(range(min = 0.0, max = 100.0))]
    #[schema(minimum = 0, maximum = 100)]
    pub work: f64,
    /// Overtime.
    #[validate(range(min = 0.0, max = 100.0))]
    #[schema(minimum = 0, maximum = 100)]
    pub overtime: f64,
    /// Being late for a deadline.
    #[validate(range(min = 0.0, max = 100.0))]
    #[schema(minimum = 0, maximum = 100)]
    pub lateness: f64,
    /// Leaving a task undone.
    #[validate(range(min = 0.0, max = 100.0))]
    #[schema(minimum = 0, maximum = 100)]
    pub unserved: f64,
    /// Others than the preferred workers.
    #[validate(range(min = 0.0, max = 100.0))]
    #[schema(minimum = 0, maximum = 100)]
    pub preferred: f64,
    /// Many different faces on one site.
    #[validate(range(min = 0.0, max = 100.0))]
    #[schema(minimum = 0, maximum = 100)]
    pub continuity: f64,
    /// Uneven work.
    #[validate(range(min = 0.0, max = 100.0))]
    #[schema(minimum = 0, maximum = 100)]
    pub fairness: f64,
    /// Changes of what people were told.
    #[validate(range(min = 0.0, max = 100.0))]
    #[schema(minimum = 0, maximum = 100)]
    pub change: f64,
}

impl Default for Weights {
    fn default() -> Self {
        let one = 1.0;
        Self {
            travel: one,
            work: one,
            overtime: one,
            lateness: one,
            unserved: one,
            preferred: one,
            continuity: one,
            fairness: one,
            change: one,
        }
    }
}

impl Weights {
    /// In the search's own figures.
    pub fn figures(&self) -> solver::Weights {
        let usual = solver::Weights::default();
        solver::Weights {
            travel: usual.travel * self.travel,
            work: usual.work * self.work,
            overtime: usual.overtime * self.overtime,
            lateness: usual.lateness * self.lateness,
            unserved: usual.unserved * self.unserved,
            preferred: usual.preferred * self.preferred,
            continuity: usual.continuity * self.continuity,
            fairness: usual.fairness * self.fairness,
            change: usual.change * self.change,
            shift: usual.shift * self.change,
        }
    }
}

/// Somebody who will not be there, whether or not it is noted as an absence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DispatchAway)]
pub struct Away {
    /// Who.
    pub worker_id: WorkerId,
    /// From when.
    pub from: DateTime<Utc>,
    /// To when.
    pub to: DateTime<Utc>,
}

impl Validate for Away {
    fn validate(&self) -> Result<(), ValidationErrors> {
        let mut errors = ValidationErrors::new();
        for (field, at) in [("from", &self.from), ("to", &self.to)] {
            if let Err(error) = web::check::instant(at) {
                errors.add(field, error);
            }
        }
        if self.to <= self.from {
            let message = "la fin doit suivre le début | the end must come after the start";
            errors.add("to", ValidationError::new("order").with_message(message.into()));
        }
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }
}

/// A task that cannot start as planned, or whose workers are busy with it for longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DispatchDelay)]
pub struct Delay {
    /// The task.
    pub task_id: TaskId,
    /// By how many minutes.
    #[validate(range(min = 1, max = 2880))]
    #[schema(minimum = 1, maximum = 2880)]
    pub minutes: i32,
}

/// What a search is asked for, without the sites, which are kept beside.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = DispatchAsk)]
pub struct Ask {
    /// The first day, in the sites' zone.
    pub from: NaiveDate,
    /// The last day.
    pub to: NaiveDate,
    /// Who may be put on the tasks; none for everybody.
    pub worker_ids: Option<Vec<WorkerId>>,
    /// What counts how much.
    pub weights: Weights,
    /// How many seconds are searched at most.
    pub seconds: u16,
    /// Where chance begins: the same seed in the same number of rounds finds the same.
    pub seed: u32,
    /// How many rounds are searched at most, for a search that repeats exactly.
    #[serde(default)]
    pub rounds: Option<u32>,
    /// Whether tasks stay at their planned start and workers alone are sought.
    pub keep_times: bool,
    /// Whether tasks that have all their workers stay as they are.
    pub keep_assigned: bool,
    /// Who will not be there.
    pub away: Vec<Away>,
    /// What is late.
    pub delays: Vec<Delay>,
}
