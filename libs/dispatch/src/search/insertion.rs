//! The cheapest place for a job.

use crate::NEVER;
use crate::problem::Time;
use crate::search::instance::{Node, Row};
use crate::search::state::{Slot, State};
use crate::search::timing::{self, Timing};
use crate::search::tour::{NONE, Segment, Tour};

/// So many rows are worth an order.
const MANY: usize = 64;

/// Which positions are looked at.
pub(crate) trait Blink {
    /// Whether this one is passed over.
    fn blink(&mut self, at: usize) -> bool;
}

/// Looks at every position.
pub(crate) struct Awake;

impl Blink for Awake {
    fn blink(&mut self, _: usize) -> bool {
        false
    }
}

/// Looks at one position alone.
struct At(usize);

impl Blink for At {
    fn blink(&mut self, at: usize) -> bool {
        at != self.0
    }
}

/// A job beside a row, and the cheapest slot so far.
struct Trial<'a, 'i, B> {
    state: &'a State<'i>,
    blink: &'a mut B,
    scratch: &'a mut Vec<u32>,
    job: u32,
    node: &'a Node,
    nth: usize,
    row: &'a Row,
    tour: &'a Tour,
    /// Cost of the job in this row, whatever the position.
    base: f64,
    /// What travel and work may cost for the job to be cheaper here than anywhere so far.
    room: f64,
    best: &'a mut Slot,
}

impl State<'_> {
    /// The cheapest slot for a job that binds no other; `None` when there is none.
    pub fn cheapest(
        &self,
        job: u32,
        blink: &mut impl Blink,
        scratch: &mut Vec<u32>,
    ) -> Option<Slot> {
        let mut best = Slot::none();
        let may = self.inst.may_of(job);
        if may.len() > MANY {
            // The neighbours' rows first: what they cost rules most others out at a glance.
            let near = self.inst.near_of(job).iter().take(MANY / 4);
            for row in near.map(|other| self.at[*other as usize]) {
                if let Ok(at) = may.binary_search_by_key(&row, |it| it.0) {
                    self.try_row(job, row as usize, may[at].1, blink, scratch, &mut best);
                }
            }
        }
        for &(row, placed) in may {
            self.try_row(job, row as usize, placed, blink, scratch, &mut best);
        }
        (best.row != NONE).then_some(best)
    }

    /// The cheapest slot of each position in a row that has one, in order.
    pub fn in_row(
        &self,
        job: u32,
        nth: usize,
        placed: f64,
        scratch: &mut Vec<u32>,
    ) -> impl Iterator<Item = Slot> {
        (0..=self.tours[nth].nodes.len()).filter_map(move |at| {
            let mut slot = Slot::none();
            self.try_row(job, nth, placed, &mut At(at), scratch, &mut slot);
            (slot.row != NONE).then_some(slot)
        })
    }

    /// Looks for a cheaper slot than the best one in a row.
    pub fn try_row(
        &self,
        job: u32,
        nth: usize,
        placed: f64,
        blink: &mut impl Blink,
        scratch: &mut Vec<u32>,
        best: &mut Slot,
    ) {
        let inst = self.inst;
        if placed >= best.cost {
            return;
        }
        let (row, tour) = (&inst.rows[nth], &self.tours[nth]);
        let load = inst.problem.jobs[job as usize].load;
        if tour.load + load > inst.people[row.worker as usize].capacity {
            return;
        }
        let base = placed + self.faced(job, nth);
        let node = &inst.nodes[job as usize];
        let tools = inst.tools_of(job, row.worker);
        let parts = self.parts_left(job, row.worker);
        let on_board = tools >> 31 == 1 && parts;
        let fetched = tools & if parts { u32::MAX } else { inst.stocked[job as usize] };
        let fetched = if on_board { fetched } else { self.depots_left(job, nth, fetched) };
        // A depot, or an unused day, that is priced lower can come out cheaper than travel and work.
        let room = (best.cost - base + tour.timing.soft) / self.ease;
        let mut trial =
            Trial { state: self, blink, scratch, job, node, nth, row, tour, base, room, best };
        let end = tour.nodes.len();
        match tour.depot_node() {
            Some(depot) => {
                let after = tour.depot as usize + 1;
                let there = fetched >> (depot as usize - inst.jobs) & 1 == 1;
                let from = if on_board { 0 } else { after };
                let to = if there { end + 1 } else { after };
                trial.positions(from, to);
                if !on_board {
                    for other in 0..inst.problem.depots.len() {
                        if fetched >> other & 1 == 1 && (other + inst.jobs == depot as usize) {
                            trial.with_depot((inst.jobs + other) as u32, after - 1);
                        }
                    }
                }
            }
            None if on_board => trial.positions(0, end + 1),
            None => {
                for depot in 0..inst.problem.depots.len() {
                    if fetched >> depot & 1 == 1 {
                        trial.with_depot((inst.jobs + depot) as u32, end);
                    }
                }
            }
        }
    }
}

impl<B: Blink> Trial<'_, '_, B> {
    fn fast(&self) -> bool {
        self.row.plain
            && !self.node.many
            && !self.node.timed
            && (self.tour.plain || self.tour.nodes.is_empty())
    }

    fn positions(&mut self, from: usize, to: usize) {
        if !self.fast() {
            for at in from..to {
                if !self.blink.blink(at) {
                    self.simulated(at, NONE, 0);
                }
            }
            return;
        }
        let inst = self.state.inst;
        let place = self.node.place;
        let own = Segment::of(self.node);
        for at in from..to {
            if self.blink.blink(at) {
                continue;
            }
            let (head, tail) = (&self.tour.heads[at], &self.tour.tails[at]);
            let (to, on) = (inst.travel(head.place, place), inst.travel(place, tail.place));
            let more = self.more(to + on - self.tour.legs[at]);
            if self.too_dear(more) {
                continue;
            }
            let Some(with) = head.join(to, &own, place) else { continue };
            let Some(whole) = with.join(on, tail, 0) else { continue };
            self.offer(at, NONE, 0, more, &timing(&whole));
        }
    }

    /// What more travel costs. What an unused day travels is not travelled without a job.
    fn more(&self, detour: Time) -> Time {
        if self.tour.nodes.is_empty() { detour + self.tour.legs[0] } else { detour }
    }

    /// With a visit to a depot before it, somewhere up to a position. A depot that the tour has is
    /// moved there.
    fn with_depot(&mut self, depot: u32, last: usize) {
        let fast = self.fast();
        let inst = self.state.inst;
        let it = &inst.nodes[depot as usize];
        let own = Segment::of(self.node);
        let place = self.node.place;
        let moved = self.tour.depot != NONE;
        let legs = |at: usize| {
            if moved && at == last { self.tour.skip_leg } else { self.tour.legs[at] }
        };
        // What is saved by not going to the depot where it stands.
        let saved = if moved && fast {
            self.tour.legs[last] + self.tour.legs[last + 1] - self.tour.skip_leg
        } else {
            0
        };
        for depot_at in 0..=last {
            if !fast {
                for at in depot_at..=last {
                    if !self.blink.blink(at) {
                        self.simulated(at, depot, depot_at);
                    }
                }
                continue;
            }
            let before = &self.tour.heads[depot_at];
            let way = inst.travel(before.place, it.place);
            let Some(mut head) = before.join(way, &Segment::of(it), it.place) else { continue };
            let mut so_far = way - saved;
            for at in depot_at..=last {
                let tail = if moved { &self.tour.skips[at] } else { &self.tour.tails[at] };
                let (to, on) = (inst.travel(head.place, place), inst.travel(place, tail.place));
                // Next to the depot its two ways and the job's replace one leg; further on the
                // depot's detour and the job's stand apart.
                let more = self.more(so_far + to + on - legs(at));
                if !self.too_dear(more)
                    && !self.blink.blink(at)
                    && let Some(with) = head.join(to, &own, place)
                    && let Some(whole) = with.join(on, tail, 0)
                {
                    self.offer(at, depot, depot_at, more, &timing(&whole));
                }
                if at == last {
                    break;
                }
                let next = &inst.nodes[self.tour.nodes[at] as usize];
                let way = inst.travel(head.place, next.place);
                let Some(further) = head.join(way, &Segment::of(next), next.place) else { break };
                if at == depot_at {
                    so_far += way - legs(at);
                }
                head = further;
            }
        }
    }

    /// Times by the forward pass, for what the segments cannot tell.
    fn simulated(&mut self, at: usize, depot: u32, depot_at: usize) {
        let inst = self.state.inst;
        self.scratch.clear();
        self.scratch.extend_from_slice(&self.tour.nodes);
        if depot != NONE && self.tour.depot != NONE {
            self.scratch.remove(self.tour.depot as usize);
        }
        self.scratch.insert(at, self.job);
        if depot != NONE {
            self.scratch.insert(depot_at, depot);
        }
        let around = |at: usize, nodes: &[u32]| {
            let place = |node: &u32| inst.nodes[*node as usize].place;
            let before = at.checked_sub(1).map_or(self.row.start, |at| place(&nodes[at]));
            let here = place(&nodes[at]);
            let after = nodes.get(at + 1).map_or(self.row.end, place);
            (before, here, after)
        };
        let more = if depot == NONE {
            let (before, here, after) = around(at, self.scratch);
            self.more(inst.travel(before, here) + inst.travel(here, after) - self.tour.legs[at])
        } else {
            let mut sum = 0;
            for at in 0..self.scratch.len() {
                let (before, here, after) = around(at, self.scratch);
                sum += inst.travel(before, here);
                if at + 1 == self.scratch.len() {
                    sum += inst.travel(here, after);
                }
            }
            sum - self.tour.travel
        };
        if more >= NEVER || self.too_dear(more) {
            return;
        }
        let timing = timing::simulate(inst, self.row, &self.state.pins, self.scratch);
        if let Some(timing) = timing {
            self.offer(at, depot, depot_at, more, &timing);
        }
    }

    /// Whether travel, and the work that no idle time takes up, make it no better than the best.
    fn too_dear(&self, more: Time) -> bool {
        let work = (more + self.node.duration - self.tour.idle).max(0);
        self.state.inst.problem.weights.travel * more as f64 + self.row.rate * work as f64
            >= self.room
    }

    fn offer(&mut self, at: usize, depot: u32, depot_at: usize, more: Time, timing: &Timing) {
        if timing.work > self.row.most {
            return;
        }
        let grown = timing.work - self.tour.timing.work;
        let cost = self.base
            + self.state.inst.problem.weights.travel * more as f64
            + self.row.rate * grown as f64
            + timing.soft
            - self.tour.timing.soft
            + self.state.valued(self.nth, grown);
        let cost =
            if depot != NONE || self.tour.nodes.is_empty() { cost * self.state.ease } else { cost };
        if cost < self.best.cost
            && self.state.hours_allow(self.nth, timing.leave, timing.back, timing.work)
        {
            self.room = (cost - self.base + self.tour.timing.soft) / self.state.ease;
            *self.best = Slot {
                row: self.nth as u32,
                at: at as u32,
                depot,
                depot_at: depot_at as u32,
                cost,
            };
        }
    }
}

fn timing(whole: &Segment) -> Timing {
    let (leave, work) = (whole.early, whole.duration);
    Timing { leave, back: leave + work, work, soft: 0.0 }
}
