//! A row's route, and segments of it whose times join in a few operations.
//!
//! A segment carries its least duration and the earliest and latest start that give it, so that two
//! are joined in constant time (Vidal, Crainic, Gendreau, Prins: "A hybrid genetic algorithm with
//! adaptive diversity management for a large class of vehicle routing problems with time-windows",
//! Computers & Operations Research 40, 2013), here with hard windows.

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
    pub load: u64,
    /// What it costs that these jobs are done by this row.
    pub placed: f64,
    pub cost: f64,
    /// Its times follow from the segments.
    pub plain: bool,
    /// From the start up to each position, and from each position to the end.
    pub heads: Vec<Segment>,
    pub tails: Vec<Segment>,
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
        self.depot = other.depot;
        self.timing = other.timing;
        self.travel = other.travel;
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
        let mut at = row.start;
        for (position, &node) in self.nodes.iter().enumerate() {
            let it = &inst.nodes[node as usize];
            self.plain &= !it.many && !it.timed;
            if inst.is_depot(node) {
                self.depot = position as u32;
            } else {
                self.load += inst.problem.jobs[node as usize].load;
                self.placed += placed(inst, node, nth);
            }
            let way = inst.travel(at, it.place);
            self.legs.push(way);
            self.travel = self.travel.saturating_add(way);
            at = it.place;
        }
        let way = inst.travel(at, row.end);
        self.legs.push(way);
        self.travel = self.travel.saturating_add(way);
        let done = self.times(inst, row, pins);
        if self.nodes.is_empty() {
            (self.travel, self.timing, self.cost) = (0, Timing::default(), 0.0);
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
            let timing = timing::simulate(inst, row, pins, &self.nodes, None);
            self.timing = timing.unwrap_or_default();
            return timing.is_some();
        }
        let whole = segments(inst, row, &self.nodes, &self.legs, &mut self.heads, &mut self.tails);
        let Some(whole) = whole else { return false };
        self.timing = Timing {
            leave: whole.early,
            back: whole.early + whole.duration,
            work: whole.duration,
            soft: 0.0,
        };
        whole.duration <= row.most
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
