//! What a search found, as it is kept and shown.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{SiteId, TaskId, WorkerId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::draw::LeftOut;
use super::rules::Refusal;
use crate::dispatch::travel::TravelTold;

/// How far a search is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = DispatchProgress)]
pub struct Progress {
    /// In per cent.
    pub percent: i32,
    /// How many rounds were searched.
    pub rounds: u64,
    /// What the best plan so far costs, in the search's own figures: lower is better.
    pub cost: Option<f64>,
    /// How many tasks it is about.
    pub tasks: i64,
    /// How many of them nobody does in the best plan so far.
    pub unserved: Option<i64>,
}

/// Who is to do what and when.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = DispatchProposal)]
pub struct Proposal {
    /// One for each task that is done, by start.
    pub assignments: Vec<Placed>,
    /// One for each task that nobody does, with what stands against it.
    pub unserved: Vec<Unserved>,
    /// One for each worker and day with work.
    pub days: Vec<WorkerDay>,
    /// What it costs, goal by goal, in the search's own figures: lower is better.
    pub costs: Costs,
    /// Where the travel times come from.
    pub travel: TravelTold,
    /// Workers without any working time in these days.
    pub idle: Vec<WorkerId>,
    /// How many of the assignments that were there stay with their worker.
    pub kept: usize,
    /// How many there were.
    pub before: usize,
    /// Rounds that were searched.
    pub rounds: u64,
}

/// A task that somebody does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = DispatchPlaced)]
pub struct Placed {
    /// The task.
    pub task_id: TaskId,
    /// Its site.
    pub site_id: SiteId,
    /// When it starts.
    pub starts_at: DateTime<Utc>,
    /// When it ends, breaks included.
    pub ends_at: DateTime<Utc>,
    /// Who does it.
    pub worker_ids: Vec<WorkerId>,
    /// Whether that is other than it was.
    pub changed: bool,
}

/// A task that nobody does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = DispatchUnserved)]
pub struct Unserved {
    /// The task.
    pub task_id: TaskId,
    /// Why it cannot be placed at all, where that is so.
    pub left_out: Option<LeftOut>,
    /// How many workers each rule stops.
    pub rules: BTreeMap<String, usize>,
    /// How many workers no rule stops: their time is taken, or the law lets them work no more.
    pub no_room: usize,
    /// Those whom the fewest rules stop, at most ten.
    pub nearest: Vec<Refusal>,
}

/// A worker's day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = DispatchDay)]
pub struct WorkerDay {
    /// The worker.
    pub worker_id: WorkerId,
    /// The day.
    pub day: NaiveDate,
    /// When the worker sets out.
    pub leaves_at: DateTime<Utc>,
    /// When the worker is back.
    pub back_at: DateTime<Utc>,
    /// Minutes on the road.
    pub travel_min: i64,
    /// Minutes of work, travel included, breaks not.
    pub work_min: i64,
    /// The breaks that the law wants.
    pub breaks: Vec<Break>,
}

/// A break.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = DispatchBreak)]
pub struct Break {
    /// From when.
    pub from: DateTime<Utc>,
    /// To when.
    pub to: DateTime<Utc>,
}

/// What a plan costs, goal by goal.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = DispatchCosts)]
pub struct Costs {
    /// All together.
    pub total: f64,
    /// Travel.
    pub travel: f64,
    /// Work.
    pub work: f64,
    /// Overtime.
    pub overtime: f64,
    /// Lateness.
    pub lateness: f64,
    /// Tasks left undone.
    pub unserved: f64,
    /// Others than the preferred workers.
    pub preferred: f64,
    /// Further workers at a site.
    pub continuity: f64,
    /// Uneven work.
    pub fairness: f64,
    /// Changes of what people were told.
    pub change: f64,
}

impl From<solver::Costs> for Costs {
    fn from(costs: solver::Costs) -> Self {
        Self {
            total: costs.total(),
            travel: costs.travel,
            work: costs.work,
            overtime: costs.overtime,
            lateness: costs.lateness,
            unserved: costs.unserved,
            preferred: costs.preferred,
            continuity: costs.continuity,
            fairness: costs.fairness,
            change: costs.change,
        }
    }
}
