//! How a search is run, and what comes of it.

use std::sync::atomic::AtomicBool;
use std::time::Duration;

use crate::cost::Costs;
use crate::plan::Plan;

/// How a search is run.
#[derive(Clone, Copy)]
pub struct Options<'a> {
    /// Where chance begins; equal seeds, threads and paces give equal plans.
    pub seed: u64,
    /// When it ends.
    pub limit: Limit<'a>,
    /// How many searches run side by side and exchange their best, each on a thread.
    pub threads: usize,
    /// A plan to begin with: what of it holds is kept at first.
    pub start: Option<&'a Plan>,
    /// Told of what is found, now and then.
    pub on_progress: Option<&'a (dyn Fn(&Progress) + Sync)>,
    /// Set from elsewhere, it ends the search early; the best so far is the outcome.
    pub cancel: Option<&'a AtomicBool>,
}

/// When a search ends.
#[derive(Clone, Copy, Debug)]
pub enum Limit<'a> {
    /// After so many iterations of each thread. Runs repeat exactly.
    Iterations(u64),
    /// After some time. How far a search has come is read from the clock between rounds, so that
    /// two runs differ; [`Outcome::pace`] repeats one of them.
    Time(Duration),
    /// As the run did that had this pace. Runs repeat exactly.
    Pace(&'a [u16]),
}

/// How far a search has come.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// From 0 to 1.
    pub done: f64,
    /// Iterations of each thread.
    pub iterations: u64,
    /// The cost of the best plan so far.
    pub cost: f64,
    /// How many jobs it leaves undone.
    pub unserved: usize,
}

/// What a search found.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The best plan.
    pub plan: Plan,
    /// What it costs.
    pub costs: Costs,
    /// Iterations of each thread.
    pub iterations: u64,
    /// How far the search had come at each round, in ten-thousandths: what repeats a run under a
    /// time limit.
    pub pace: Vec<u16>,
    /// Whether it was ended early.
    pub cancelled: bool,
}

impl Default for Options<'_> {
    fn default() -> Self {
        let limit = Limit::Time(Duration::from_secs(10));
        Self { seed: 1, limit, threads: 2, start: None, on_progress: None, cancel: None }
    }
}
