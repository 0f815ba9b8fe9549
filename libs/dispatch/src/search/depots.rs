//! Where the depot stands in a tour, and whether it is needed.

use crate::problem::Time;
use crate::search::state::State;
use crate::search::tour::{NONE, Segment, segments};

/// Memory that is used again and again.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    nodes: Vec<u32>,
    legs: Vec<Time>,
    heads: Vec<Segment>,
    tails: Vec<Segment>,
    left: Vec<u32>,
}

impl State<'_> {
    /// Moves the depot of each changed tour to where it costs least.
    pub fn polish(&mut self, scratch: &mut Scratch) {
        for nth in 0..self.changed() {
            let row = self.changed_row(nth);
            let tour = &self.tours[row];
            if tour.depot == NONE || !tour.plain {
                continue;
            }
            if let Some(to) = self.better_depot(row, scratch) {
                let from = tour.depot as usize;
                self.change(row, |nodes| {
                    let depot = nodes.remove(from);
                    nodes.insert(to, depot);
                });
            }
        }
    }

    /// Where the depot of a plain tour would cost less: a position among its jobs.
    fn better_depot(&self, row: usize, scratch: &mut Scratch) -> Option<usize> {
        let inst = self.inst;
        let it = &inst.rows[row];
        let tour = &self.tours[row];
        let at = tour.depot as usize;
        let depot = tour.nodes[at];
        let Scratch { nodes, legs, heads, tails, left } = scratch;
        nodes.clear();
        nodes.extend(tour.nodes.iter().filter(|node| **node != depot));
        legs.clear();
        let mut place = it.start;
        for to in nodes.iter().map(|node| inst.nodes[*node as usize].place).chain([it.end]) {
            legs.push(inst.travel(place, to));
            place = to;
        }
        segments(inst, it, nodes, legs, heads, tails)?;
        // Parts left in the vehicle if this tour used none.
        let base = it.worker as usize * inst.kinds;
        left.clear();
        left.extend((base..base + inst.kinds).map(|at| inst.carried[at] - self.used[at]));
        for (nth, &job) in nodes.iter().enumerate() {
            if nth < at || inst.stocked[job as usize] >> (depot as usize - inst.jobs) & 1 == 0 {
                for &(kind, count) in inst.parts_of(job) {
                    left[kind as usize] += count;
                }
            }
        }
        let node = &inst.nodes[depot as usize];
        let weights = &inst.problem.weights;
        let cost =
            |work: Time, travel: Time| it.rate * work as f64 + weights.travel * travel as f64;
        let travel: Time = legs.iter().sum();
        let mut best = cost(tour.timing.work, tour.travel) - 1e-6;
        let mut found = None;
        for to in 0..=nodes.len() {
            let (head, tail) = (&heads[to], &tails[to]);
            let (there, on) =
                (inst.travel(head.place, node.place), inst.travel(node.place, tail.place));
            let whole = head
                .join(there, &Segment::of(node), node.place)
                .and_then(|with| with.join(on, tail, 0));
            if let Some(whole) = whole
                && whole.duration <= it.most
            {
                let cost = cost(whole.duration, travel - legs[to] + there + on);
                if cost < best
                    && self.hours_allow(
                        row,
                        whole.early,
                        whole.early + whole.duration,
                        whole.duration,
                    )
                {
                    best = cost;
                    found = Some(to);
                }
            }
            // The next job comes before the depot: it must be on board.
            let Some(&job) = nodes.get(to) else { break };
            if inst.tools_of(job, it.worker) >> 31 == 0 {
                break;
            }
            let mut enough = true;
            for &(kind, count) in inst.parts_of(job) {
                let left = &mut left[kind as usize];
                enough &= *left >= count;
                *left = left.saturating_sub(count);
            }
            if !enough {
                break;
            }
        }
        found
    }

    /// Whether a tour could do without its depot.
    pub fn depot_is_idle(&self, row: usize) -> bool {
        let inst = self.inst;
        let who = inst.rows[row].worker;
        let tour = &self.tours[row];
        let after = &tour.nodes[tour.depot as usize + 1..];
        if after.is_empty() {
            return true;
        }
        let depot = tour.nodes[tour.depot as usize] as usize - inst.jobs;
        let on_board = |job: &u32| inst.tools_of(*job, who) >> 31 == 1;
        if !after.iter().all(on_board) {
            return false;
        }
        // What was fetched for these would have to come from the vehicle.
        let base = who as usize * inst.kinds;
        (0..inst.kinds).all(|kind| {
            let fetched = after.iter().filter(|job| inst.stocked[**job as usize] >> depot & 1 == 1);
            let parts = fetched.flat_map(|job| inst.parts_of(*job));
            let more = parts.filter(|part| part.0 as usize == kind).map(|part| part.1).sum::<u32>();
            self.used[base + kind] + more <= inst.carried[base + kind]
        })
    }
}
