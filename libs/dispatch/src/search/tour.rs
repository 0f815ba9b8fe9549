//! A row's route, and segments of it whose times join in a few operations.
//!
//! A segment carries its least duration and the earliest and latest start that give it, so that two
//! are joined in constant time (Vidal, Crainic, Gendreau, Prins: "A hybrid genetic algorithm with
//! adaptive diversity management for a large class of vehicle routing problems with time-windows",
//! Computers & Operations Research 40, 2013), here with hard windows.

use crate::NEVER;
use crate::problem::Time;
use crate::search::instance::{Instance, Node, Row};
use crate::search::timing::{self, Timing};

/// No position, no depot, no row.
pub(crate) const NONE: u32 = u32::MAX;

/// Part of a route, from one place to another.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Segment {
    pub duration: Time,
    /// Earliest and latest start that give the least duration.
    pub early: Time,
    pub late: Time,
    /// Where it touches what it is joined to: its last place as a head, its first as a tail.
    pub place: u32,
}

impl Segment {
    pub fn of(node: &Node) -> Self {
        Self { duration: node.duration, early: node.from, late: node.to, place: node.place }
    }

    /// Where a row starts, or ends.
    pub fn home(row: &Row, place: u32) -> Self {
        Self { duration: 0, early: row.from, late: row.to, place }
    }

    /// This, a way, then that; its `place` is the one given. `None` when it comes too late.
    #[inline]
    pub fn join(&self, way: Time, that: &Self, place: u32) -> Option<Self> {
        let reach = self.duration + way;
        if self.early + reach > that.late {
            return None;
        }
        let wait = (that.early - reach - self.late).max(0);
        Some(Self {
            duration: reach + that.duration + wait,
            early: (that.early - reach).max(self.early) - wait,
            late: (that.late - reach).min(self.late),
            place,
        })
    }
}

/// A row's route.
#[derive(Debug, Default)]
pub(crate) struct Tour {
    /// Jobs and at most one depot, in order.
    pub nodes: Vec<u32>,
    /// Where the depot stands, or [`NONE`].
    pub depot: u32,
    pub timing: Timing,
    pub travel: Time,
    /// Work that is neither travel nor service: what a further job may fill.
    pub idle: Time,
    pub load: u64,
    /// Tools that are fetched, where they are counted.
    pub fetched: Vec<u32>,
    /// What it costs that these jobs are done by this row.
    pub placed: f64,
    pub cost: f64,
    /// Its times follow from the segments.
    pub plain: bool,
    /// From the start up to each position, and from each position to the end.
    pub heads: Vec<Segment>,
    pub tails: Vec<Segment>,
    /// Tails from up to the depot's position on that pass it by; with the leg that passes it.
    pub skips: Vec<Segment>,
    pub skip_leg: Time,
    /// The way that leads over each position.
    pub legs: Vec<Time>,
}

impl Clone for Tour {
    fn clone(&self) -> Self {
        let mut copy = Self::default();
        copy.clone_from(self);
        copy
    }

    /// Keeps the memory it has.
    fn clone_from(&mut self, other: &Self) {
        self.nodes.clone_from(&other.nodes);
        self.heads.clone_from(&other.heads);
        self.tails.clone_from(&other.tails);
        self.legs.clone_from(&other.legs);
        self.skips.clone_from(&other.skips);
        self.fetched.clone_from(&other.fetched);
        self.skip_leg = other.skip_leg;
        self.depot = other.depot;
        self.timing = other.timing;
        self.travel = other.travel;
        self.idle = other.idle;
        self.load = other.load;
        self.placed = other.placed;
        self.cost = other.cost;
        self.plain = other.plain;
    }
}

impl Tour {
    pub fn depot_node(&self) -> Option<u32> {
        (self.depot != NONE).then(|| self.nodes[self.depot as usize])
    }

    /// Works out everything anew from the nodes; `false` when they cannot be done in this order.
    pub fn refresh(&mut self, inst: &Instance, nth: usize, pins: &[Time]) -> bool {
        let row = &inst.rows[nth];
        self.depot = NONE;
        self.plain = row.plain;
        (self.load, self.placed, self.travel) = (0, 0.0, 0);
        self.legs.clear();
        self.fetched.clear();
        let mut at = row.start;
        for (position, &node) in self.nodes.iter().enumerate() {
            let it = &inst.nodes[node as usize];
            self.plain &= !it.many && !it.timed;
            if inst.is_depot(node) {
                self.depot = position as u32;
            } else {
                self.load += inst.problem.jobs[node as usize].load;
                self.placed += placed(inst, node, nth);
                self.fetched.extend(inst.fetches(node, row.worker));
            }
            let way = inst.travel(at, it.place);
            self.legs.push(way);
            self.travel = self.travel.saturating_add(way);
            at = it.place;
        }
        self.fetched.sort_unstable();
        self.fetched.dedup();
        let way = inst.travel(at, row.end);
        self.legs.push(way);
        self.travel = self.travel.saturating_add(way);
        let done = self.times(inst, row, pins);
        let service = self.nodes.iter().map(|node| inst.nodes[*node as usize].duration);
        self.idle = (self.timing.work - self.travel - service.sum::<Time>()).max(0);
        if self.nodes.is_empty() {
            (self.travel, self.idle, self.cost) = (0, 0, 0.0);
            self.timing = Timing::default();
            return true;
        }
        self.cost = inst.problem.weights.travel * self.travel as f64
            + row.rate * self.timing.work as f64
            + self.timing.soft
            + self.placed;
        done
    }

    fn times(&mut self, inst: &Instance, row: &Row, pins: &[Time]) -> bool {
        if !self.plain {
            let timing = timing::simulate(inst, row, pins, &self.nodes);
            self.timing = timing.unwrap_or_default();
            return timing.is_some();
        }
        let whole = segments(inst, row, &self.nodes, &self.legs, &mut self.heads, &mut self.tails);
        let Some(whole) = whole else { return false };
        if self.depot != NONE {
            self.pass_by(inst);
        }
        self.timing = Timing {
            leave: whole.early,
            back: whole.early + whole.duration,
            work: whole.duration,
            soft: 0.0,
        };
        whole.duration <= row.most
    }
}

impl Tour {
    /// Tails that pass the depot by. Without triangle inequality one may come too late; it is then
    /// given times that nothing can be joined to.
    fn pass_by(&mut self, inst: &Instance) {
        let depot = self.depot as usize;
        let mut tail = self.tails[depot + 1];
        let before = &self.heads[depot];
        self.skip_leg = inst.travel(before.place, tail.place);
        self.skips.clear();
        self.skips.push(tail);
        for at in (0..depot).rev() {
            let it = &inst.nodes[self.nodes[at] as usize];
            let way = if at + 1 == depot { self.skip_leg } else { self.legs[at + 1] };
            let never = Segment { duration: 0, early: -NEVER, late: -NEVER, place: it.place };
            tail = Segment::of(it).join(way, &tail, it.place).unwrap_or(never);
            self.skips.push(tail);
        }
        self.skips.reverse();
    }
}

/// What it costs that a row does a job, whatever the time.
pub(crate) fn placed(inst: &Instance, job: u32, row: usize) -> f64 {
    let may = inst.may_of(job);
    may.binary_search_by_key(&(row as u32), |it| it.0).map_or(0.0, |at| may[at].1)
}

/// Heads and tails of a plain route; the whole of it.
pub(crate) fn segments(
    inst: &Instance,
    row: &Row,
    nodes: &[u32],
    legs: &[Time],
    heads: &mut Vec<Segment>,
    tails: &mut Vec<Segment>,
) -> Option<Segment> {
    heads.clear();
    tails.clear();
    let mut head = Segment::home(row, row.start);
    heads.push(head);
    for (&node, &way) in nodes.iter().zip(legs) {
        let it = &inst.nodes[node as usize];
        head = head.join(way, &Segment::of(it), it.place)?;
        heads.push(head);
    }
    let mut tail = Segment::home(row, row.end);
    tails.push(tail);
    for (&node, &way) in nodes.iter().zip(&legs[1..]).rev() {
        let it = &inst.nodes[node as usize];
        tail = Segment::of(it).join(way, &tail, it.place)?;
        tails.push(tail);
    }
    tails.reverse();
    heads[0].join(legs[0], &tails[0], row.end)
}
