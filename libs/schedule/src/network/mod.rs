//! The critical path method over flat arrays.
//!
//! Every task is a node; a summary is two, one that opens before all it holds and one that closes
//! after, so that a link to a summary binds all it holds and a link from it waits for all, at the
//! cost of one link. A node's early and late times are places on the ruler of its calendar (see
//! [`ruler`](crate::ruler)): along links within one calendar the passes only add and compare.
//!
//! The late times are the inverse of the early ones, link by link, so a plan without hard dates
//! never has negative float, whatever calendars it mixes.

mod backward;
mod compile;
mod dates;
mod edit;
mod forward;
mod graph;
mod level;
mod link;
mod marks;
mod profile;

pub use edit::{Change, Edit};
pub use level::{Delay, Demand, Levelling, Resource, Shortage};

use graph::Graph;
use link::Arc;

use crate::plan::{Dates, Link, Plan, Refused, Schedule};
use crate::ruler::Ruler;

/// Earlier than all times.
const NEVER_BEFORE: i64 = i64::MIN / 4;

/// Later than all times.
const NEVER_AFTER: i64 = i64::MAX / 4;

/// The place of the clock among the rulers; the calendars follow.
const CLOCK: usize = 0;

/// In the place of a task where there is none.
const NOBODY: usize = usize::MAX;

/// When a node starts and finishes, as places on its ruler. Of the opening of a summary: what all
/// it holds must not start, and finish, before (forward) or has to start, and finish, by
/// (backward). Of its closing: when the first of it starts and the last of it finishes, and until
/// when they may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Span {
    start: i64,
    finish: i64,
}

/// What is known of a task before the passes.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Job {
    state: State,
    /// Whether it, or any of what it holds, has begun.
    begun: bool,
    /// Whose ruler its times are on.
    ruler: usize,
    /// The ruler of its calendar: lags and the floats of summaries are counted on it.
    calendar: usize,
    /// Minutes from its start to its finish, pauses included.
    span: i64,
    /// How much of that is left.
    rest: i64,
    /// Where the plan starts.
    origin: i64,
    /// Where it starts when nothing comes before it.
    free: i64,
    /// Its start is not before this, by its constraint.
    floor: i64,
    /// Its start is not after this, by its constraint: hard dates go before links.
    ceiling: i64,
    /// What has not begun at the status date begins after it.
    resume: i64,
    /// Its finish is not after this, by its constraint or its deadline.
    cap: i64,
    /// Whether its constraint fixes it, so that nothing after it makes it later or earlier.
    pinned: bool,
    /// Whether it goes as late as it may.
    late: bool,
    /// Its early dates, where it has begun or is done.
    fixed: Span,
}

/// How far a task has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// It takes no part.
    Off,
    /// It holds others.
    Summary,
    /// It has not begun.
    Waiting,
    /// It began at this minute, and is not done.
    Begun(i64),
    /// It is done; its times are on the clock, since they are facts and no plan.
    Done,
}

/// A plan compiled for scheduling, and its dates.
#[derive(Debug, Clone)]
pub struct Network {
    plan: Plan,
    /// The links by their place in the plan.
    links: Vec<Option<Link>>,
    rulers: Vec<Ruler>,
    jobs: Vec<Job>,
    arcs: Vec<Option<Arc>>,
    graph: Graph,
    early: Vec<Span>,
    late: Vec<Span>,
    /// The early times once what goes as late as possible is late; nothing where all goes early.
    settled: Vec<Span>,
    /// The minute the plan finishes, and the task that does so last.
    last: (i64, usize),
    /// That minute on each ruler.
    ends: Vec<i64>,
    dates: Vec<Option<Dates>>,
}

/// Schedules a plan, once.
pub fn schedule(plan: &Plan) -> Result<Schedule, Refused> {
    Network::new(plan.clone()).map(Network::into_schedule)
}

impl Network {
    /// Compiles a plan and schedules it.
    pub fn new(plan: Plan) -> Result<Self, Refused> {
        let rulers = compile::rulers(&plan)?;
        let links: Vec<_> = plan.links.iter().copied().map(Some).collect();
        let mut network = Self {
            jobs: Vec::with_capacity(plan.tasks.len()),
            arcs: Vec::with_capacity(links.len()),
            graph: Graph::default(),
            early: Vec::new(),
            late: Vec::new(),
            settled: Vec::new(),
            last: (NEVER_BEFORE, NOBODY),
            ends: Vec::new(),
            dates: Vec::new(),
            plan,
            links,
            rulers,
        };
        network.compile()?;
        network.pass()?;
        Ok(network)
    }

    /// The dates of all tasks.
    pub fn schedule(&self) -> Schedule {
        self.clone().into_schedule()
    }

    fn into_schedule(self) -> Schedule {
        let finish = crate::moment::moment(self.last.0).unwrap_or(self.plan.start);
        Schedule { dates: self.dates, finish }
    }

    /// Both passes over all tasks.
    fn pass(&mut self) -> Result<(), Refused> {
        let nodes = 2 * self.jobs.len();
        let nothing = Span { start: NEVER_BEFORE, finish: NEVER_BEFORE };
        self.early = vec![nothing; nodes];
        for place in 0..self.graph.order.len() {
            let node = self.graph.order[place];
            self.early[node] = self.earliest(node);
        }
        self.finish_with(self.find_last());
        self.late = vec![Span { start: NEVER_AFTER, finish: NEVER_AFTER }; nodes];
        for place in (0..self.graph.order.len()).rev() {
            let node = self.graph.order[place];
            self.late[node] = self.latest(node);
        }
        self.settle();
        self.dates = vec![None; self.jobs.len()];
        for task in (0..self.jobs.len()).rev() {
            self.dates[task] = self.date(task, false)?;
        }
        Ok(())
    }

    fn is_summary(&self, task: usize) -> bool {
        self.jobs[task].state == State::Summary
    }

    /// The task a node belongs to.
    fn task(&self, node: usize) -> usize {
        if node < self.jobs.len() { node } else { node - self.jobs.len() }
    }

    /// Where a link into a task leads.
    fn entry(task: usize) -> usize {
        task
    }

    /// Where a link out of a task leaves it: a summary's closing comes after all tasks.
    fn exit(&self, task: usize) -> usize {
        if self.is_summary(task) { task + self.jobs.len() } else { task }
    }

    /// A place carried to another ruler, no earlier than it was.
    fn carry_up(&self, from: usize, place: i64, to: usize) -> i64 {
        if from == to { place } else { self.rulers[to].ceil(self.rulers[from].wall(place)) }
    }

    /// A place carried to another ruler, no later than it was.
    fn carry_down(&self, from: usize, place: i64, to: usize) -> i64 {
        if from == to { place } else { self.rulers[to].floor(self.rulers[from].wall(place)) }
    }
}

/// Where what starts here finishes: work ends where its last minute closes, a milestone where it
/// stands.
fn end(start: i64, span: i64) -> i64 {
    if span == 0 { start } else { (start & !1) + 2 * span }
}

/// Where what finishes here starts: work begins where its first minute opens.
fn begin(finish: i64, span: i64) -> i64 {
    if span == 0 { finish } else { ((finish >> 1) - span) * 2 + 1 }
}

/// Where work can start that was to start here: a milestone may stand where work closed.
fn open(place: i64, span: i64) -> i64 {
    if span == 0 { place } else { place | 1 }
}
