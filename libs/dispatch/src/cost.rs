//! What a plan costs, goal by goal.

use std::collections::{BTreeMap, BTreeSet};

use crate::plan::{Plan, Visit};
use crate::problem::{Problem, Time, Weights, Worker};

/// What a plan costs, goal by goal, each with its weight.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Costs {
    /// Travel.
    pub travel: f64,
    /// Work.
    pub work: f64,
    /// Overtime.
    pub overtime: f64,
    /// Lateness.
    pub lateness: f64,
    /// Jobs left undone.
    pub unserved: f64,
    /// Members who are not preferred.
    pub preferred: f64,
    /// Further workers at a site.
    pub continuity: f64,
    /// Uneven work.
    pub fairness: f64,
    /// Changes against what was published.
    pub change: f64,
}

impl Costs {
    /// All together.
    pub fn total(&self) -> f64 {
        self.travel
            + self.work
            + self.overtime
            + self.lateness
            + self.unserved
            + self.preferred
            + self.continuity
            + self.fairness
            + self.change
    }

    /// What a plan costs. Days that the problem does not know cost nothing.
    pub fn of(problem: &Problem, plan: &Plan) -> Self {
        let weights = &problem.weights;
        let mut costs = Self::default();
        let told: BTreeMap<usize, _> = problem.published.iter().map(|it| (it.job, it)).collect();
        let mut sites: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
        let mut weeks: BTreeMap<(usize, i32), Time> = BTreeMap::new();
        let mut all: BTreeMap<usize, Time> = BTreeMap::new();
        for route in &plan.routes {
            let Some(worker) = problem.workers.get(route.worker) else { continue };
            let Some(shift) = worker.shifts.get(route.shift) else { continue };
            let work = route.work(problem);
            costs.travel += weights.travel * route.travel(problem) as f64;
            costs.work += weights.work * worker.cost * work as f64;
            *weeks.entry((route.worker, shift.week)).or_default() += work;
            *all.entry(route.worker).or_default() += work;
            for stop in &route.stops {
                let Visit::Job(job) = stop.visit else { continue };
                let it = &problem.jobs[job];
                // A team is late once, by its equal shares.
                let share = 1.0 / f64::from(it.team);
                costs.lateness += share * lateness(weights, it, stop.start);
                if !it.preferred.is_empty() && !it.preferred.contains(&route.worker) {
                    costs.preferred += weights.preferred;
                }
                if let Some(site) = it.site {
                    sites.entry(site).or_default().insert(route.worker);
                }
                if let Some(told) = told.get(&job) {
                    let moved = stop.start.abs_diff(told.start) as f64;
                    costs.change += share * weights.shift * moved;
                    let other_day = worker.shift_on(told.start) != Some(route.shift);
                    if other_day || !told.workers.contains(&route.worker) {
                        costs.change += weights.change;
                    }
                }
            }
        }
        costs.overtime = weeks
            .iter()
            .map(|(&(worker, week), work)| {
                weights.overtime * problem.workers[worker].overtime(week, *work) as f64
            })
            .sum();
        costs.fairness = all
            .iter()
            .map(|(&worker, &work)| fairness(weights, &problem.workers[worker], work))
            .sum();
        let further = sites.values().map(|workers| workers.len() - 1).sum::<usize>();
        costs.continuity = weights.continuity * further as f64;
        let unserved = plan.unserved.iter().map(|job| problem.jobs[*job].priority);
        costs.unserved = weights.unserved * unserved.sum::<f64>();
        costs
    }
}

/// What a start past the due time costs.
pub(crate) fn lateness(weights: &Weights, job: &crate::Job, start: Time) -> f64 {
    let late = job.due.map_or(0, |due| (start - due).max(0));
    weights.lateness * job.priority * late as f64
}

/// What a worker's share of work costs.
pub(crate) fn fairness(weights: &Weights, worker: &Worker, work: Time) -> f64 {
    let hours = worker.shifts.iter().map(crate::Shift::length).sum::<Time>();
    if hours == 0 { 0.0 } else { weights.fairness * (work as f64).powi(2) / hours as f64 }
}

impl Worker {
    /// The shift that an instant lies in.
    pub(crate) fn shift_on(&self, at: Time) -> Option<usize> {
        self.shifts
            .iter()
            .position(|shift| shift.span().is_some_and(|span| span.from <= at && at <= span.to))
    }

    /// Work before the horizon in a week.
    pub(crate) fn worked_in(&self, week: i32) -> Time {
        let weeks = self.worked.weeks.iter().filter(|it| it.0 == week);
        weeks.map(|it| it.1).sum()
    }

    /// Overtime in a week with so much planned, beyond what there was before the horizon.
    pub(crate) fn overtime(&self, week: i32, work: Time) -> Time {
        let Some(ordinary) = self.limits.ordinary_week else { return 0 };
        let before = self.worked_in(week);
        (before + work - ordinary).max(0) - (before - ordinary).max(0)
    }
}
