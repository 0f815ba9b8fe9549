//! A plan in the making: tours, what they use up together, and how to take changes back.

use crate::NEVER;
use crate::cost;
use crate::problem::Time;
use crate::search::instance::Instance;
use crate::search::log::Log;
use crate::search::tour::{NONE, Tour};

/// Where a job may go, and what that adds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Slot {
    pub row: u32,
    /// Before which position of the tour.
    pub at: u32,
    /// A depot to be visited first, and before which position; else [`NONE`].
    pub depot: u32,
    pub depot_at: u32,
    pub cost: f64,
}

impl Slot {
    /// No slot.
    pub fn none() -> Self {
        Self { row: NONE, at: 0, depot: NONE, depot_at: 0, cost: f64::INFINITY }
    }

    /// Enters a job, and its depot instead of one that the tour had.
    pub fn enter(&self, nodes: &mut Vec<u32>, old_depot: u32, job: u32) {
        if self.depot != NONE && old_depot != NONE {
            nodes.remove(old_depot as usize);
        }
        nodes.insert(self.at as usize, job);
        if self.depot != NONE {
            nodes.insert(self.depot_at as usize, self.depot);
        }
    }
}

pub(crate) struct State<'i> {
    pub inst: &'i Instance<'i>,
    pub tours: Vec<Tour>,
    /// The row of each job, or [`NONE`]; of a team, one of them.
    pub at: Vec<u32>,
    /// All rows of a team's job.
    pub mates: Vec<Vec<u32>>,
    /// Starts of jobs that bind others; [`NEVER`] where none is set.
    pub pins: Vec<Time>,
    /// Jobs that nobody does.
    pub absent: Vec<u32>,
    /// Parts used from the vehicle, by worker and kind.
    pub used: Vec<u32>,
    /// Tools of depots that are out: see [`Shared`](crate::search::shared::Shared).
    pub out: Vec<u32>,
    /// Work by worker and week, and days with work.
    pub weeks: Vec<Vec<(Time, u8)>>,
    pub total: Vec<Time>,
    /// How many jobs of a site a worker does.
    sites: Vec<u32>,
    /// How many workers a site has.
    faces: Vec<u32>,
    pub cost: f64,
    /// A depot, or a day not used yet, is priced at this part of its cost.
    pub ease: f64,
    /// Weekly limits and rest are overlooked, to see what breaks.
    pub lenient: bool,
    pub log: Log,
}

impl<'i> State<'i> {
    /// Nobody does anything.
    pub fn new(inst: &'i Instance<'i>) -> Self {
        let jobs = inst.jobs;
        let rows = inst.rows.len();
        let sites = inst.problem.jobs.iter().filter_map(|job| job.site.map(|site| site + 1));
        let sites = sites.max().unwrap_or(0);
        let mut tours = vec![Tour::default(); rows];
        for (row, tour) in tours.iter_mut().enumerate() {
            tour.refresh(inst, row, &[]);
        }
        let unserved = inst.problem.jobs.iter().map(|job| job.priority).sum::<f64>();
        Self {
            inst,
            tours,
            at: vec![NONE; jobs],
            mates: vec![Vec::new(); jobs],
            pins: vec![NEVER; jobs],
            absent: (0..jobs as u32).collect(),
            used: vec![0; inst.people.len() * inst.kinds],
            out: inst.shared.taken().to_vec(),
            weeks: inst.people.iter().map(|it| vec![(0, 0); it.weeks.len()]).collect(),
            total: vec![0; inst.people.len()],
            sites: vec![0; sites * inst.people.len()],
            faces: vec![0; sites],
            cost: inst.problem.weights.unserved * unserved,
            ease: 1.0,
            lenient: false,
            log: Log { touched: vec![false; rows], ..Log::default() },
        }
    }

    /// What leaving a job undone costs.
    pub fn undone(&self, job: u32) -> f64 {
        self.inst.problem.weights.unserved * self.inst.problem.jobs[job as usize].priority
    }

    /// What a worker's hours cost: overtime and fairness.
    fn value(&self, who: usize, week: usize, work: Time, total: Time) -> f64 {
        let worker = &self.inst.problem.workers[who];
        let weights = &self.inst.problem.weights;
        let overtime = worker.overtime(self.inst.people[who].weeks[week].week, work);
        weights.overtime * overtime as f64 + cost::fairness(weights, worker, total)
    }

    /// What a worker's hours cost more when a row's work grows by so much.
    pub fn valued(&self, row: usize, more: Time) -> f64 {
        let it = &self.inst.rows[row];
        let who = it.worker as usize;
        if !self.inst.people[who].valued || more == 0 {
            return 0.0;
        }
        let (work, total) = (self.weeks[who][it.week as usize].0, self.total[who]);
        self.value(who, it.week as usize, work + more, total + more)
            - self.value(who, it.week as usize, work, total)
    }

    /// What a further face at a site costs.
    pub fn faced(&self, job: u32, row: usize) -> f64 {
        let Some(site) = self.inst.problem.jobs[job as usize].site else { return 0.0 };
        let who = self.inst.rows[row].worker as usize;
        let new = self.sites[site * self.inst.people.len() + who] == 0 && self.faces[site] > 0;
        if new { self.inst.problem.weights.continuity } else { 0.0 }
    }

    /// Whether the hours of a worker allow this day to become so.
    pub fn hours_allow(&self, row: usize, leave: Time, back: Time, work: Time) -> bool {
        if self.lenient {
            return true;
        }
        let it = &self.inst.rows[row];
        let person = &self.inst.people[it.worker as usize];
        if person.weekly && !self.week_allows(row, work) {
            return false;
        }
        if !self.weeks_rest(row, leave, back) {
            return false;
        }
        if person.rested {
            return true;
        }
        let first = person.first_row as usize;
        let busy = |other: &&Tour| !other.nodes.is_empty();
        let before = self.tours[first..row].iter().rev().find(busy);
        let after = self.tours[row + 1..first + person.rows as usize].iter().find(busy);
        before.is_none_or(|other| other.timing.back + person.rest <= leave)
            && after.is_none_or(|other| back + person.rest <= other.timing.leave)
    }

    fn week_allows(&self, row: usize, work: Time) -> bool {
        let it = &self.inst.rows[row];
        let who = it.worker as usize;
        let weeks = &self.inst.people[who].weeks;
        let own = it.week as usize;
        let (now, days) = self.weeks[who][own];
        let more = work - self.tours[row].timing.work;
        if now + more > weeks[own].most {
            return false;
        }
        let new = self.tours[row].nodes.is_empty() && !it.begun;
        if i32::from(days) + i32::from(new) > weeks[own].days {
            return false;
        }
        let worker = &self.inst.problem.workers[who];
        let Some(average) = worker.limits.average else { return true };
        let span = i32::from(average.weeks);
        weeks[own..].iter().filter(|last| last.week < weeks[own].week + span).all(|last| {
            let within = |week: i32| last.week - span < week && week <= last.week;
            let before = worker.worked.weeks.iter().chain(&worker.worked.neutral);
            let before = before.filter(|it| within(it.0)).map(|it| it.1);
            let planned = weeks.iter().zip(&self.weeks[who]).filter(|(it, _)| within(it.week));
            let sum = before.sum::<Time>() + planned.map(|(_, it)| it.0).sum::<Time>() + more;
            sum <= average.limit * Time::from(average.weeks)
        })
    }

    /// Whether a job's parts are still in a worker's vehicle.
    pub fn parts_left(&self, job: u32, worker: u32) -> bool {
        let base = worker as usize * self.inst.kinds;
        self.inst.parts_of(job).iter().all(|&(kind, count)| {
            let at = base + kind as usize;
            self.used[at] + count <= self.inst.carried[at]
        })
    }

    /// Books what a tour uses, or takes it off the books.
    pub fn book(&mut self, row: usize, on: bool) {
        let inst = self.inst;
        let it = &inst.rows[row];
        let who = it.worker as usize;
        let tour = &self.tours[row];
        if tour.nodes.is_empty() {
            return;
        }
        let work = tour.timing.work;
        let more = if on { work } else { -work };
        self.cost += self.valued(row, more) + if on { tour.cost } else { -tour.cost };
        let week = &mut self.weeks[who][it.week as usize];
        week.0 += more;
        let day = u8::from(!it.begun);
        week.1 = if on { week.1 + day } else { week.1 - day };
        self.total[who] += more;
        self.book_tools(row, on);
        if inst.kinds == 0 && self.faces.is_empty() {
            return;
        }
        let mut depot = None;
        for &node in &self.tours[row].nodes {
            if inst.is_depot(node) {
                depot = Some(node as usize - inst.jobs);
                continue;
            }
            let fetched = depot.is_some_and(|it| inst.stocked[node as usize] >> it & 1 == 1);
            for &(kind, count) in if fetched { &[] } else { inst.parts_of(node) } {
                let used = &mut self.used[who * inst.kinds + kind as usize];
                *used = if on { *used + count } else { *used - count };
            }
            if let Some(site) = inst.problem.jobs[node as usize].site {
                let jobs = &mut self.sites[site * inst.people.len() + who];
                let before = self.faces[site];
                *jobs = if on { *jobs + 1 } else { *jobs - 1 };
                if *jobs == u32::from(on) {
                    self.faces[site] = if on { before + 1 } else { before - 1 };
                    if before.max(self.faces[site]) > 1 {
                        let cost = inst.problem.weights.continuity;
                        self.cost += if on { cost } else { -cost };
                    }
                }
            }
        }
    }

    /// Whether a job stays where it is.
    pub fn fixed(&self, job: u32) -> bool {
        self.inst.nodes[job as usize].fixed
    }

    /// Changes a tour's nodes and works it out anew; `false` when it cannot be done then.
    pub fn change(&mut self, row: usize, edit: impl FnOnce(&mut Vec<u32>)) -> bool {
        if !self.log.touched[row] {
            self.log.touched[row] = true;
            let mut copy = self.log.pool.pop().unwrap_or_default();
            copy.clone_from(&self.tours[row]);
            self.log.tours.push((row as u32, copy));
        }
        self.book(row, false);
        edit(&mut self.tours[row].nodes);
        let done = self.tours[row].refresh(self.inst, row, &self.pins);
        self.book(row, true);
        done
    }

    /// Sets or clears a tied job's start and team.
    pub fn tie(&mut self, job: u32, pin: Time, mates: Vec<u32>) {
        let old = std::mem::replace(&mut self.mates[job as usize], mates);
        let was = std::mem::replace(&mut self.pins[job as usize], pin);
        self.log.ties.push((job, was, old));
    }

    /// Puts a job where a slot says. Whoever ties jobs has set their pins before.
    pub fn put(&mut self, job: u32, slot: &Slot) {
        let old = self.tours[slot.row as usize].depot;
        let done = self.change(slot.row as usize, |nodes| slot.enter(nodes, old, job));
        debug_assert!(done, "a slot that does not hold");
        self.at[job as usize] = slot.row;
    }

    /// A job is done from now on.
    pub fn serve(&mut self, job: u32) {
        self.cost -= self.undone(job);
        self.absent.retain(|other| *other != job);
    }

    /// Takes a job out, with all that wait for it.
    pub fn remove(&mut self, job: u32) {
        let row = self.at[job as usize];
        if row == NONE {
            return;
        }
        self.at[job as usize] = NONE;
        self.absent.push(job);
        self.cost += self.undone(job);
        if !self.inst.nodes[job as usize].tied {
            self.drop_from(row as usize, job);
            return;
        }
        let inst = self.inst;
        for &follower in &inst.followers[job as usize] {
            self.remove(follower);
        }
        for row in self.mates[job as usize].clone() {
            self.drop_from(row as usize, job);
        }
        self.tie(job, NEVER, Vec::new());
    }

    /// Takes one node out of a tour, and a depot that is not needed any more. Where ways are not
    /// the shortest, what is left may not hold; then the rest of the day goes too.
    fn drop_from(&mut self, row: usize, job: u32) {
        let done = self.change(row, |nodes| nodes.retain(|node| *node != job));
        if self.tours[row].depot != NONE && self.depot_is_idle(row) {
            let depot = self.tours[row].depot as usize;
            let kept = self.tours[row].nodes[depot];
            let without = self.change(row, |nodes| {
                nodes.remove(depot);
            });
            if !without {
                self.change(row, |nodes| nodes.insert(depot, kept));
            }
        }
        let tour = &self.tours[row];
        if !done || !self.hours_allow_as_is(row, tour) {
            let rest = self.tours[row].nodes.clone();
            for node in rest {
                if !self.inst.is_depot(node) {
                    self.remove(node);
                }
            }
            self.change(row, Vec::clear);
        }
    }

    fn hours_allow_as_is(&self, row: usize, tour: &Tour) -> bool {
        tour.nodes.is_empty()
            || self.hours_allow(row, tour.timing.leave, tour.timing.back, tour.timing.work)
    }
}
