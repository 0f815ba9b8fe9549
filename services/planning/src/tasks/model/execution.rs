//! How the work on a task goes: how far it is, how long it took, what blocks it. No I/O.

use chrono::{DateTime, Utc};
use contracts::TaskStatus;
use kernel::{IncidentId, UserId, WorkerId};
use serde::{Deserialize, Serialize};
use sqlx::types::Json;
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

/// How the work on a task goes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = TaskExecution)]
pub struct Execution {
    /// How many steps of the field it took; dispatching and recalling are none. A phone that
    /// decides on a step says how many it knew of (`after_step`), its own waiting ones counted.
    pub steps: i32,
    /// When somebody first acted on it, by the device's clock: its workers were told to go, set
    /// out, arrived or began. None where they were called back before work began.
    pub responded_at: Option<DateTime<Utc>>,
    /// How much of it is done, as last reported: 0 to 100.
    pub percent_done: i32,
    /// How much there is to do, where the work is measured.
    pub measure: Option<Measure>,
    /// Minutes it was worked on until now, by the devices' clocks; what goes on is not in it.
    pub worked_min: i64,
    /// Since when it is being worked on, where it is.
    pub working_since: Option<DateTime<Utc>>,
    /// What keeps it from going on, where something does.
    pub block: Option<Block>,
}

impl From<Json<Self>> for Execution {
    fn from(Json(execution): Json<Self>) -> Self {
        execution
    }
}

/// How much there is to do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TaskMeasure)]
pub struct Measure {
    /// So much.
    #[validate(range(exclusive_min = 0.0, max = 1e9))]
    #[schema(exclusive_minimum = 0.0, maximum = 1e9)]
    pub quantity: f64,
    /// Of this: `m`, `m²`, `pièce`.
    #[validate(length(min = 1, max = 20), custom(function = web::check::text))]
    #[schema(min_length = 1, max_length = 20)]
    pub unit: String,
}

/// What keeps a task from going on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = TaskBlock)]
pub struct Block {
    /// Where the task goes back to.
    pub from: TaskStatus,
    /// Why, in a sentence.
    pub reason: String,
    /// The incident that does; it has to be resolved first.
    pub incident_id: Option<IncidentId>,
    /// Whether it waits for the client: what was promised by a time limit stands still meanwhile.
    pub by_client: bool,
    /// Since when, by the device's clock.
    pub since: DateTime<Utc>,
    /// Until when it is expected to last. What remains of the work is planned after it.
    pub expected_until: Option<DateTime<Utc>>,
    /// Whether the plan could not follow, since a bound would have broken or somebody would have
    /// been on two tasks at a time: it is to be mended by hand.
    pub plan_kept: bool,
}

/// How far a task is, as somebody reported it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = TaskProgressReport)]
pub struct Reported {
    /// Its id.
    pub id: Uuid,
    /// How much of the whole is done, in percent.
    pub percent: Option<i16>,
    /// How much was done since the report before, in the task's unit; less than none corrects.
    pub quantity: Option<f64>,
    /// What else there is to say.
    pub note: String,
    /// When, by the device's clock.
    pub done_at: DateTime<Utc>,
    /// When the server heard of it.
    pub at: DateTime<Utc>,
    /// The user who reported it.
    pub user_id: Option<UserId>,
    /// The worker that the user is.
    pub worker_id: Option<WorkerId>,
}

/// What is reported: one of the two.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Report {
    /// How much of the whole is done.
    Percent(i16),
    /// How much was done since the report before.
    Quantity(f64),
}

/// Why a report is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProgressError {
    /// Neither or both of percent and quantity were given.
    OneOfTwo,
    /// The task is measured: its progress is told in its unit.
    InUnits,
    /// The task is not measured: its progress is told in percent.
    InPercent,
}

impl Execution {
    /// Reads a report of a task like this.
    pub fn report(
        &self,
        percent: Option<i16>,
        quantity: Option<f64>,
    ) -> Result<Report, ProgressError> {
        match (percent, quantity, self.measure.is_some()) {
            (Some(percent), None, false) => Ok(Report::Percent(percent)),
            (None, Some(quantity), true) => Ok(Report::Quantity(quantity)),
            (Some(_), None, true) => Err(ProgressError::InUnits),
            (None, Some(_), false) => Err(ProgressError::InPercent),
            (None, None, _) | (Some(_), Some(_), _) => Err(ProgressError::OneOfTwo),
        }
    }

    /// How much of what there is to do so much is, in whole percent, between none and all: all is
    /// only said where all is done.
    pub fn percent_of(&self, done: f64) -> i16 {
        let share = self.measure.as_ref().map_or(0.0, |whole| done / whole.quantity);
        if share >= 1.0 {
            return 100;
        }
        #[allow(clippy::cast_possible_truncation)] // between 0 and 99
        let percent = (share.max(0.0) * 100.0).floor().min(99.0) as i16;
        percent
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(quantity: Option<f64>) -> Execution {
        let measure = quantity.map(|quantity| Measure { quantity, unit: "m".into() });
        Execution { measure, ..Execution::default() }
    }

    #[test]
    fn a_measured_task_is_reported_in_its_unit_and_another_in_percent() {
        let (metres, plain) = (measured(Some(120.0)), measured(None));
        assert_eq!(metres.report(None, Some(30.0)), Ok(Report::Quantity(30.0)));
        assert_eq!(plain.report(Some(40), None), Ok(Report::Percent(40)));
        assert_eq!(metres.report(Some(40), None), Err(ProgressError::InUnits));
        assert_eq!(plain.report(None, Some(30.0)), Err(ProgressError::InPercent));
        for (percent, quantity) in [(None, None), (Some(1), Some(1.0))] {
            assert_eq!(metres.report(percent, quantity), Err(ProgressError::OneOfTwo));
        }
    }

    #[test]
    fn a_share_of_the_quantity_is_never_less_than_none_nor_all_before_all_is_done() {
        let metres = measured(Some(120.0));
        let cases = [(-5.0, 0), (0.0, 0), (30.0, 25), (119.99, 99), (120.0, 100), (150.0, 100)];
        for (done, percent) in cases {
            assert_eq!(metres.percent_of(done), percent, "{done}");
        }
        assert_eq!(measured(None).percent_of(5.0), 0);
    }
}
