//! Several searches side by side, in rounds.

use std::any::Any;
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Barrier, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::cost::Costs;
use crate::options::{Limit, Options, Outcome, Progress};
use crate::plan::{Plan, Route};
use crate::problem::Problem;
use crate::search::anneal::{Kept, Search};
use crate::search::instance::Instance;
use crate::search::state::State;
use crate::search::timing;
use crate::validate::Fault;

/// What a change costs in a new plan, in what a job usually costs.
const PRICE: f64 = 4.0;
/// The end of the way, in ten-thousandths.
const END: u16 = 10_000;
/// How often on the way the best is exchanged.
const EXCHANGES: u16 = 20;

/// Searches for a good plan. The best so far is always at hand: it is the outcome when the search
/// is cancelled. What the problem's check refuses is refused.
pub fn solve(problem: &Problem, options: &Options) -> Result<Outcome, Vec<Fault>> {
    problem.check()?;
    let began = Instant::now();
    let inst = Instance::new(problem);
    Ok(run(&inst, options, began))
}

/// Plans anew after something has changed, with as few changes as can be: begins with what of the
/// plan still holds, and prices each change above whatever travel it would save. What was published
/// is the plan given, unless the problem says otherwise.
pub fn replan(problem: &Problem, plan: &Plan, options: &Options) -> Result<Outcome, Vec<Fault>> {
    let mut problem = problem.clone();
    if problem.published.is_empty() {
        problem.published = plan.publish(problem.jobs.len());
    }
    problem.check()?;
    let costs = Costs::of(&problem, plan);
    let jobs = problem.jobs.len().max(1) as f64;
    let usual = (costs.total() - costs.unserved - costs.change) / jobs;
    let weights = &mut problem.weights;
    weights.change = weights.change.max(PRICE * usual).min(weights.unserved / 4.0);
    solve(&problem, &Options { start: Some(plan), ..*options })
}

fn run(inst: &Instance, options: &Options, began: Instant) -> Outcome {
    let threads = options.threads.max(1);
    let round = (200_000 / inst.jobs.max(1) as u64).clamp(20, 500);
    let table = Table {
        board: Mutex::new(vec![Kept { cost: f64::INFINITY, ..Kept::default() }; threads]),
        panic: Mutex::new(None),
        pace: Mutex::new(Vec::new()),
        barrier: Barrier::new(threads),
        stop: AtomicBool::new(false),
        cancelled: AtomicBool::new(false),
        round,
        began,
    };
    std::thread::scope(|scope| {
        for nth in 1..threads {
            let table = &table;
            scope.spawn(move || table.work(inst, options, nth));
        }
        table.work(inst, options, 0);
    });
    let broken = table.panic.into_inner().unwrap_or_else(PoisonError::into_inner);
    if let Some(why) = broken {
        panic::resume_unwind(why);
    }
    let board = table.board.into_inner().unwrap_or_else(PoisonError::into_inner);
    let pace = table.pace.into_inner().unwrap_or_else(PoisonError::into_inner);
    let best = board.into_iter().reduce(|a, b| if b.cost < a.cost { b } else { a });
    let mut state = State::new(inst);
    state.take_up(&best.unwrap_or_default());
    let plan = state.plan();
    Outcome {
        costs: Costs::of(inst.problem, &plan),
        plan,
        iterations: pace.len() as u64 * round,
        pace,
        cancelled: table.cancelled.into_inner(),
    }
}

/// Where the searches meet between rounds.
struct Table {
    board: Mutex<Vec<Kept>>,
    pace: Mutex<Vec<u16>>,
    barrier: Barrier,
    stop: AtomicBool,
    cancelled: AtomicBool,
    /// What ended a search that should not have ended.
    panic: Mutex<Option<Box<dyn Any + Send>>>,
    round: u64,
    began: Instant,
}

impl Table {
    fn work(&self, inst: &Instance, options: &Options, nth: usize) {
        let new = || Search::new(inst, options.start, options.seed, nth as u64);
        let mut search = self.guard(new);
        let mut last = 0;
        loop {
            if nth == 0 {
                self.step(options);
            }
            self.barrier.wait();
            let Some(at) = self.at() else { break };
            let exchange = at / (END / EXCHANGES) != last / (END / EXCHANGES);
            last = at;
            if let Some(search) = &mut search {
                self.guard(|| self.round(search, options, nth, at, exchange));
            }
            if exchange {
                self.exchange(search.as_mut(), nth);
            }
            self.barrier.wait();
        }
        if let Some(search) = search {
            lock(&self.board)[nth] = search.best;
        }
    }

    /// One search's part of a round.
    fn round(&self, search: &mut Search, options: &Options, nth: usize, at: u16, exchange: bool) {
        let stop = || options.cancel.is_some_and(|it| it.load(Ordering::Relaxed));
        let done = f64::from(at) / f64::from(END);
        for _ in 0..self.round {
            if stop() {
                break;
            }
            search.run(1, done);
        }
        if exchange {
            search.combine();
        }
        if nth == 0
            && let Some(tell) = options.on_progress
        {
            tell(&Progress {
                done,
                iterations: lock(&self.pace).len() as u64 * self.round,
                cost: search.best.cost,
                unserved: search.best.absent.len(),
            });
        }
    }

    /// A panic ends all the searches, and not one while the others wait for it for ever.
    fn guard<T>(&self, part: impl FnOnce() -> T) -> Option<T> {
        match panic::catch_unwind(AssertUnwindSafe(part)) {
            Ok(done) => Some(done),
            Err(why) => {
                lock(&self.panic).get_or_insert(why);
                None
            }
        }
    }

    /// How far the round that begins has come; `None` at the end.
    fn at(&self) -> Option<u16> {
        if self.stop.load(Ordering::Relaxed) { None } else { lock(&self.pace).last().copied() }
    }

    /// Decides whether there is another round, and how far it has come.
    fn step(&self, options: &Options) {
        let mut pace = lock(&self.pace);
        let rounds = pace.len();
        let at = match options.limit {
            Limit::Iterations(all) => {
                let all = all.div_ceil(self.round) as usize;
                (rounds < all).then(|| (rounds as f64 / all as f64 * f64::from(END)) as u16)
            }
            Limit::Time(all) => {
                let part = self.began.elapsed().as_secs_f64() / all.as_secs_f64().max(1e-9);
                (part < 1.0).then(|| (part * f64::from(END)) as u16)
            }
            Limit::Pace(pace) => pace.get(rounds).copied(),
        };
        let cancelled = options.cancel.is_some_and(|it| it.load(Ordering::Relaxed));
        self.cancelled.store(cancelled, Ordering::Relaxed);
        // Decided here alone, where all the others wait: nobody leaves in the midst of a round.
        let broken = lock(&self.panic).is_some();
        match at.filter(|_| !cancelled && !broken) {
            Some(at) => pace.push(at),
            None => self.stop.store(true, Ordering::Relaxed),
        }
    }

    /// Whoever is behind goes on from the best of all.
    fn exchange(&self, search: Option<&mut Search>, nth: usize) {
        if let Some(search) = &search {
            lock(&self.board)[nth].clone_from(&search.best);
        }
        self.barrier.wait();
        let best = {
            let board = lock(&self.board);
            let best = board.iter().reduce(|a, b| if b.cost < a.cost { b } else { a });
            let own = search.as_ref().map_or(f64::NEG_INFINITY, |search| search.best.cost);
            best.filter(|best| best.cost < own).cloned()
        };
        self.barrier.wait();
        if let (Some(best), Some(search)) = (best, search) {
            self.guard(|| search.state.take_up(&best));
            search.best = best;
        }
    }
}

fn lock<T>(it: &Mutex<T>) -> MutexGuard<'_, T> {
    it.lock().unwrap_or_else(PoisonError::into_inner)
}

impl State<'_> {
    /// The plan with its times.
    pub fn plan(&self) -> Plan {
        let unserved = self.absent.iter().map(|job| *job as usize).collect();
        let mut plan = Plan { routes: Vec::new(), unserved };
        plan.unserved.sort_unstable();
        let rows = 0..self.tours.len() as u32;
        plan.routes.extend(rows.filter_map(|row| self.route(row)));
        plan
    }

    /// A row's day with its times; `None` when it has no work.
    pub fn route(&self, row: u32) -> Option<Route> {
        let (it, tour) = (&self.inst.rows[row as usize], &self.tours[row as usize]);
        if tour.nodes.is_empty() {
            return None;
        }
        let leave = tour.timing.leave;
        let (timing, record) = timing::record(self.inst, it, &self.pins, &tour.nodes, leave)?;
        Some(Route {
            worker: it.worker as usize,
            shift: it.shift as usize,
            leave: timing.leave,
            back: timing.back,
            stops: record.stops,
            breaks: record.breaks,
        })
    }
}
