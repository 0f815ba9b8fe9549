//! A plan: who does what, when.

use crate::problem::{Problem, Published, Time, Window};

/// Who does what, when.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// One for each worker and day with work, by worker and then by shift.
    pub routes: Vec<Route>,
    /// Jobs that nobody does, in order.
    pub unserved: Vec<usize>,
}

/// A worker's day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// Who.
    pub worker: usize,
    /// Which of the worker's shifts.
    pub shift: usize,
    /// When the worker leaves the start.
    pub leave: Time,
    /// When the worker is at the end.
    pub back: Time,
    /// What is done, in order.
    pub stops: Vec<Stop>,
    /// Breaks that are taken, in order; pauses between two windows of the shift are not among them.
    pub breaks: Vec<Window>,
}

/// One thing done on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stop {
    /// What.
    pub visit: Visit,
    /// When the worker is there.
    pub arrive: Time,
    /// When it starts.
    pub start: Time,
    /// When it ends.
    pub end: Time,
}

/// What a stop is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visit {
    /// A job.
    Job(usize),
    /// Tools and parts are fetched.
    Depot(usize),
}

impl Visit {
    /// The job, if it is one.
    pub fn job(self) -> Option<usize> {
        match self {
            Self::Job(job) => Some(job),
            Self::Depot(_) => None,
        }
    }
}

impl Route {
    /// The jobs, in order.
    pub fn jobs(&self) -> impl Iterator<Item = usize> + '_ {
        self.stops.iter().filter_map(|stop| stop.visit.job())
    }

    /// Travel time, where there is a way.
    pub fn travel(&self, problem: &Problem) -> Time {
        let worker = &problem.workers[self.worker];
        let place = |stop: &Stop| match stop.visit {
            Visit::Job(job) => problem.jobs[job].place,
            Visit::Depot(depot) => problem.depots[depot].place,
        };
        let mut at = worker.start;
        let mut sum = 0;
        for to in self.stops.iter().map(place).chain([worker.end]) {
            sum += problem.travel.between(at, to).unwrap_or(0);
            at = to;
        }
        sum
    }

    /// Working time: from leaving to being back, less breaks and the shift's pauses.
    pub fn work(&self, problem: &Problem) -> Time {
        let span = Window { from: self.leave, to: self.back };
        let shift = &problem.workers[self.worker].shifts[self.shift];
        let within = shift.windows.iter().map(|window| window.overlap(span)).sum::<Time>();
        let breaks = self.breaks.iter().map(|window| window.overlap(span)).sum::<Time>();
        within - breaks
    }
}

impl Window {
    /// How long two windows are the same.
    pub(crate) fn overlap(self, other: Self) -> Time {
        (self.to.min(other.to) - self.from.max(other.from)).max(0)
    }
}

impl Plan {
    /// Who does a job and when, by worker; empty when nobody does.
    pub fn of(&self, job: usize) -> Vec<(&Route, &Stop)> {
        let stops =
            self.routes.iter().flat_map(|route| route.stops.iter().map(move |stop| (route, stop)));
        stops.filter(|(_, stop)| stop.visit == Visit::Job(job)).collect()
    }

    /// The plan as people are told it, job by job.
    pub fn publish(&self, jobs: usize) -> Vec<Published> {
        let mut told: Vec<Option<Published>> = vec![None; jobs];
        for route in &self.routes {
            for stop in &route.stops {
                let Visit::Job(job) = stop.visit else { continue };
                let entry = told[job].get_or_insert_with(|| Published {
                    job,
                    workers: Vec::new(),
                    start: stop.start,
                });
                entry.workers.push(route.worker);
            }
        }
        told.into_iter().flatten().collect()
    }
}
