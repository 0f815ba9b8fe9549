//! A problem as flat tables, for the inner loop.
//!
//! A *row* is one worker on one day: a route of the search. A *node* is a job, or, past the jobs, a
//! depot.

use crate::NEVER;
use crate::problem::{Problem, Time, Window, Worker};
use crate::search::rest;
use crate::search::shared::Shared;

/// All a job asks for is on board; the lower bits say which depots have what is missing.
pub(crate) const ON_BOARD: u32 = 1 << 31;
/// How many neighbours of a job are kept.
const NEAR: usize = 120;

/// A job or a depot.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(crate) struct Node {
    pub place: u32,
    pub duration: Time,
    /// First and last start.
    pub from: Time,
    pub to: Time,
    /// Several windows; `from` and `to` are around all of them.
    pub many: bool,
    /// It may pause.
    pub flows: bool,
    /// Its start costs something, or is pinned by other jobs.
    pub timed: bool,
    /// Its start binds other jobs: a team, or something before or after it.
    pub tied: bool,
    /// Its workers and its start are fixed; it is not moved.
    pub fixed: bool,
}

/// One worker on one day.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub worker: u32,
    pub shift: u32,
    /// First and last instant of work.
    pub from: Time,
    pub to: Time,
    /// One window and no break ever due: times follow by arithmetic on segments.
    pub plain: bool,
    pub start: u32,
    pub end: u32,
    pub after: Time,
    pub pause: Time,
    /// Most work in the day.
    pub most: Time,
    /// Longest from leaving to being back, unless a pause of the shift is so long a rest.
    pub span: Time,
    pub rest: Time,
    /// Cost of a unit of work.
    pub rate: f64,
    /// Place of its week in the worker's list.
    pub week: u32,
    /// The day has work beside the plan: it counts among the week's days already.
    pub begun: bool,
    /// Place of its day among all days.
    pub day: u32,
    pub windows: Vec<Window>,
    /// Ends of windows after which the worker is held elsewhere: no job goes on over them.
    pub walls: Vec<Time>,
}

/// A worker's week.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Week {
    pub week: i32,
    /// Most work that can be planned in it.
    pub most: Time,
    /// Most days that can be planned in it; negative where there is work on too many already.
    pub days: i32,
}

/// What holds for a worker over all days.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(crate) struct Person {
    pub first_row: u32,
    pub rows: u32,
    pub weeks: Vec<Week>,
    pub rest: Time,
    /// The shifts alone leave enough rest between days.
    pub rested: bool,
    /// The shifts alone leave enough rest in each week, or none is due.
    pub week_rested: bool,
    /// Weekly limits hold.
    pub weekly: bool,
    /// Overtime or fairness cost something.
    pub valued: bool,
    pub capacity: u64,
}

pub(crate) struct Instance<'a> {
    pub problem: &'a Problem,
    pub jobs: usize,
    pub kinds: usize,
    pub nodes: Vec<Node>,
    pub rows: Vec<Row>,
    pub people: Vec<Person>,
    /// Rows that may do a job, with what that costs: `may[may_at[job]..may_at[job + 1]]`.
    pub may_at: Vec<u32>,
    pub may: Vec<(u32, f64)>,
    /// Tools by job and worker: see [`ON_BOARD`].
    pub tools: Vec<u32>,
    /// Parts by job: which depots have them all.
    pub stocked: Vec<u32>,
    pub parts_at: Vec<u32>,
    pub parts: Vec<(u32, u32)>,
    /// Parts in a worker's vehicle, by worker and kind.
    pub carried: Vec<u32>,
    pub near_at: Vec<u32>,
    pub near: Vec<u32>,
    /// Jobs that wait for a job.
    pub followers: Vec<Vec<u32>>,
    pub told: Vec<Option<(Time, Vec<usize>)>>,
    /// Tools that depots have so many of.
    pub shared: Shared,
}

impl<'a> Instance<'a> {
    pub fn new(problem: &'a Problem) -> Self {
        let mut it = Self::without_neighbours(problem);
        it.near();
        it
    }

    /// Enough to place single jobs; not for a search.
    pub fn without_neighbours(problem: &'a Problem) -> Self {
        let jobs = problem.jobs.len();
        let mut told = vec![None; jobs];
        for it in &problem.published {
            told[it.job] = Some((it.start, it.workers.clone()));
        }
        let mut followers = vec![Vec::new(); jobs];
        for (job, it) in problem.jobs.iter().enumerate() {
            for &before in &it.after {
                followers[before].push(job as u32);
            }
        }
        let kinds = problem.jobs.iter().flat_map(|job| &job.parts).map(|part| part.0 + 1);
        let kinds = kinds.max().unwrap_or(0);
        let mut it = Self {
            problem,
            jobs,
            kinds,
            nodes: Vec::new(),
            rows: Vec::new(),
            people: Vec::new(),
            may_at: vec![0],
            may: Vec::new(),
            tools: Vec::new(),
            stocked: Vec::new(),
            parts_at: vec![0],
            parts: Vec::new(),
            carried: Vec::new(),
            near_at: vec![0],
            near: Vec::new(),
            followers,
            told,
            shared: Shared::new(problem),
        };
        it.nodes();
        it.workers();
        it.needs();
        it.may();
        it
    }

    fn nodes(&mut self) {
        let problem = self.problem;
        for (nth, job) in problem.jobs.iter().enumerate() {
            let tied = job.team > 1 || !job.after.is_empty() || !self.followers[nth].is_empty();
            let late = job.due.is_some() && problem.weights.lateness > 0.0;
            let moves = self.told[nth].is_some() && problem.weights.shift > 0.0;
            self.nodes.push(Node {
                place: job.place as u32,
                duration: job.duration,
                from: job.windows.first().map_or(-NEVER, |window| window.from),
                to: job.windows.last().map_or(NEVER, |window| window.to),
                many: job.windows.len() > 1,
                flows: job.interruptible,
                timed: late || moves || tied,
                tied,
                fixed: job.only.len() == usize::from(job.team)
                    && job.windows.len() == 1
                    && job.windows[0].from == job.windows[0].to,
            });
        }
        for depot in &problem.depots {
            self.nodes.push(Node {
                place: depot.place as u32,
                duration: depot.duration,
                from: -NEVER,
                to: NEVER,
                many: false,
                flows: false,
                timed: false,
                tied: false,
                fixed: false,
            });
        }
    }

    fn workers(&mut self) {
        for (nth, worker) in self.problem.workers.iter().enumerate() {
            let limits = &worker.limits;
            let first_row = self.rows.len() as u32;
            let mut weeks: Vec<Week> = Vec::new();
            let rest = limits.daily_rest.unwrap_or(0);
            let (mut rested, mut before) = (true, None);
            for (day, shift) in worker.shifts.iter().enumerate() {
                let Some(span) = shift.span() else { continue };
                let may = rest::between(worker, shift.day);
                let from = span.from.max(may.from).max(self.problem.now);
                let may = rest::within(worker, shift.day, Window { from, to: span.to.min(may.to) });
                let (from, to) = (may.from, may.to.max(may.from));
                if weeks.last().is_none_or(|week| week.week != shift.week) {
                    weeks.push(week(worker, shift.week));
                }
                let (after, pause) =
                    limits.pause.map_or((NEVER, NEVER), |it| (it.after, it.length));
                let beside = || worker.worked.days.iter().filter(|it| it.day == shift.day);
                let plain = shift.windows.len() == 1 && to - from <= after;
                let most = limits.day.unwrap_or(NEVER) - beside().map(|it| it.work).sum::<Time>();
                let long = limits.day_span.filter(|longest| to - from > *longest);
                rested &= before.is_none_or(|end| from - end >= rest);
                before = Some(to);
                self.rows.push(Row {
                    worker: nth as u32,
                    shift: day as u32,
                    from,
                    to,
                    plain,
                    start: worker.start as u32,
                    end: worker.end as u32,
                    after,
                    pause,
                    // In a plain row all from leaving to being back is work.
                    most: long.filter(|_| plain).map_or(most, |longest| longest.min(most)),
                    span: long.unwrap_or(NEVER),
                    // Work beside the plan may lie in a pause: then it is none.
                    rest: limits.daily_rest.filter(|_| beside().next().is_none()).unwrap_or(NEVER),
                    rate: self.problem.weights.work * worker.cost,
                    week: weeks.len() as u32 - 1,
                    begun: beside().next().is_some(),
                    day: self.shared.day(shift.day),
                    windows: until(&shift.windows, to),
                    walls: walls(worker, &shift.windows),
                });
            }
            let overtime = limits.ordinary_week.is_some() && self.problem.weights.overtime > 0.0;
            self.people.push(Person {
                first_row,
                rows: self.rows.len() as u32 - first_row,
                weeks,
                rest,
                rested,
                week_rested: rest::always(self.problem, worker),
                weekly: limits.week.is_some()
                    || limits.average.is_some()
                    || limits.days_a_week.is_some(),
                valued: overtime || self.problem.weights.fairness > 0.0,
                capacity: worker.capacity,
            });
        }
    }

    fn near(&mut self) {
        let mut row: Vec<(Time, u32)> = Vec::with_capacity(self.jobs);
        for job in 0..self.jobs {
            row.clear();
            let travel = &self.problem.travel;
            let here = &self.nodes[job];
            row.extend((0..self.jobs).filter(|other| *other != job).map(|other| {
                let there = &self.nodes[other];
                let apart = |one: &Node, two: &Node| {
                    let way = travel.raw(one.place, two.place);
                    let reach = one.duration + way;
                    let late = (one.from + reach - two.to).clamp(0, NEVER);
                    way + late / 2
                };
                (apart(here, there).min(apart(there, here)), other as u32)
            }));
            if row.len() > NEAR {
                row.select_nth_unstable(NEAR);
                row.truncate(NEAR);
            }
            row.sort_unstable();
            self.near.push(job as u32);
            self.near.extend(row.iter().map(|other| other.1));
            self.near_at.push(self.near.len() as u32);
        }
    }

    pub fn may_of(&self, job: u32) -> &[(u32, f64)] {
        let (from, to) = (self.may_at[job as usize], self.may_at[job as usize + 1]);
        &self.may[from as usize..to as usize]
    }

    pub fn parts_of(&self, job: u32) -> &[(u32, u32)] {
        let (from, to) = (self.parts_at[job as usize], self.parts_at[job as usize + 1]);
        &self.parts[from as usize..to as usize]
    }

    /// The job itself, then others, nearest first.
    pub fn near_of(&self, job: u32) -> &[u32] {
        let (from, to) = (self.near_at[job as usize], self.near_at[job as usize + 1]);
        &self.near[from as usize..to as usize]
    }

    pub fn tools_of(&self, job: u32, worker: u32) -> u32 {
        self.tools[job as usize * self.people.len() + worker as usize]
    }

    /// The row of a worker's shift.
    pub fn row_of(&self, worker: usize, shift: usize) -> Option<u32> {
        let person = self.people.get(worker)?;
        ((shift as u32) < person.rows).then(|| person.first_row + shift as u32)
    }

    /// The day of a row.
    pub fn day(&self, row: u32) -> i32 {
        let row = &self.rows[row as usize];
        self.problem.workers[row.worker as usize].shifts[row.shift as usize].day
    }

    pub fn is_depot(&self, node: u32) -> bool {
        node as usize >= self.jobs
    }

    pub fn travel(&self, from: u32, to: u32) -> Time {
        self.problem.travel.raw(from, to)
    }
}

impl Row {
    /// Whether a day from leaving to being back is longer than it may be: it has no pause that is
    /// long enough a rest.
    pub fn too_long(&self, leave: Time, back: Time) -> bool {
        if back - leave <= self.span {
            return false;
        }
        let mut from = leave;
        let gaps = self.windows.windows(2).map(|pair| (pair[0].to, pair[1].from));
        let inside = gaps.filter(|(end, next)| leave < *end && *next < back);
        for (end, next) in inside.filter(|(end, next)| next - end >= self.rest) {
            if end - from > self.span {
                return true;
            }
            from = next;
        }
        back - from > self.span
    }
}

/// Windows up to an instant; one at least.
fn until(windows: &[Window], end: Time) -> Vec<Window> {
    let mut cut: Vec<_> = windows.iter().copied().filter(|window| window.from < end).collect();
    if cut.is_empty() {
        cut.extend(windows.first());
    }
    if let Some(last) = cut.last_mut() {
        last.to = last.to.min(end);
    }
    cut
}

/// The ends of windows between which and the next the worker is held.
fn walls(worker: &Worker, windows: &[Window]) -> Vec<Time> {
    let gaps = windows.windows(2).map(|pair| Window { from: pair[0].to, to: pair[1].from });
    let held = |gap: &Window| worker.held.iter().any(|held| held.overlap(*gap) > 0);
    gaps.filter(held).map(|gap| gap.from).collect()
}

fn week(worker: &Worker, week: i32) -> Week {
    let days = worker.worked.days.iter().filter(|it| it.week == week).count();
    let days = i32::try_from(days).unwrap_or(i32::MAX);
    let limits = &worker.limits;
    Week {
        week,
        most: limits.week.map_or(NEVER, |most| most - worker.worked_in(week)),
        days: limits.days_a_week.map_or(i32::MAX, |most| i32::from(most) - days),
    }
}
