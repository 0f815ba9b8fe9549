//! Takes strings of jobs out of neighbouring tours, and puts what is missing back in.
//!
//! After Christiaens, Vanden Berghe: "Slack Induction by String Removals for Vehicle Routing
//! Problems", Transportation Science 54, 2020, whose figures these are.

use crate::search::chance::Chance;
use crate::search::depots::Scratch;
use crate::search::insertion::Blink;
use crate::search::state::State;
use crate::search::tied::BRIEF;
use crate::search::tour::NONE;

/// Jobs taken out on average.
const JOBS: f64 = 15.0;
/// Longest string.
const STRING: f64 = 10.0;
/// How often a string keeps some jobs in its middle.
const SPLIT: f64 = 0.5;
/// How often one more job is kept.
const KEEP: f64 = 0.01;
/// How often whole tours are taken out instead.
const TOURS: f64 = 0.1;
/// How often depots and unused days are priced lower than they cost.
const EASE: f64 = 0.1;
/// One position in so many is passed over.
const BLINK: usize = 100;

/// Overlooks a position now and then.
pub(crate) struct Drowsy<'a>(pub &'a mut Chance);

impl Blink for Drowsy<'_> {
    fn blink(&mut self, _: usize) -> bool {
        self.0.below(BLINK) == 0
    }
}

/// What ruin and recreate need beside the state.
pub(crate) struct Workshop {
    pub chance: Chance,
    ruined: Vec<u32>,
    out: Vec<u32>,
    order: Vec<(i64, u32)>,
    scratch: Vec<u32>,
    spare: Scratch,
}

impl Workshop {
    pub fn new(chance: Chance) -> Self {
        let (ruined, out, order, scratch) = Default::default();
        Self { chance, ruined, out, order, scratch, spare: Scratch::default() }
    }

    /// Takes strings out around a job.
    pub fn ruin(&mut self, state: &mut State) {
        let inst = state.inst;
        let served = inst.jobs - state.absent.len();
        let busy = state.tours.iter().filter(|tour| !tour.nodes.is_empty()).count();
        if served == 0 {
            return;
        }
        let longest = STRING.min(served as f64 / busy as f64).max(1.0);
        let strings = 4.0 * JOBS / (1.0 + longest) - 1.0;
        let strings = (1.0 + self.chance.part() * strings) as usize;
        let seed = self.chance.below(inst.jobs) as u32;
        self.ruined.clear();
        if self.chance.part() < TOURS {
            let tours = 1 + self.chance.below(3);
            for &job in inst.near_of(seed) {
                let row = state.at[job as usize];
                if row == NONE || self.ruined.contains(&row) {
                    continue;
                }
                self.out.clone_from(&state.tours[row as usize].nodes);
                for at in 0..self.out.len() {
                    let node = self.out[at];
                    if !state.inst.is_depot(node) && !state.fixed(node) {
                        state.remove(node);
                    }
                }
                self.ruined.push(row);
                if self.ruined.len() >= tours {
                    break;
                }
            }
            return;
        }
        for &job in inst.near_of(seed) {
            if self.ruined.len() >= strings {
                break;
            }
            let row = state.at[job as usize];
            if row == NONE || self.ruined.contains(&row) || state.fixed(job) {
                continue;
            }
            let size = state.tours[row as usize].nodes.len();
            let most = longest.min(size as f64);
            let length = (1.0 + self.chance.part() * most) as usize;
            self.string(state, row as usize, job, length.min(size));
            self.ruined.push(row);
        }
    }

    /// Takes a string out of a tour that holds a job.
    fn string(&mut self, state: &mut State, row: usize, job: u32, length: usize) {
        let nodes = &state.tours[row].nodes;
        let at = nodes.iter().position(|node| *node == job).unwrap_or(0);
        let mut kept = 0;
        if length > 1 && self.chance.part() < SPLIT {
            kept = 1;
            while length + kept < nodes.len() && self.chance.part() >= KEEP {
                kept += 1;
            }
            kept = kept.min(nodes.len() - length);
        }
        let span = length + kept;
        let first = (at + 1).saturating_sub(span);
        let last = at.min(nodes.len() - span);
        let from = first + self.chance.below(last - first + 1);
        let hole = if kept > 0 { from + 1 + self.chance.below(length - 1) } else { from + span };
        self.out.clear();
        for (at, node) in nodes.iter().enumerate().skip(from).take(span) {
            if at < hole || at >= hole + kept {
                self.out.push(*node);
            }
        }
        for at in 0..self.out.len() {
            let node = self.out[at];
            if !state.inst.is_depot(node) && !state.fixed(node) {
                state.remove(node);
            }
        }
    }

    /// Puts back what is missing, each at its cheapest, in an order drawn by lot.
    pub fn recreate(&mut self, state: &mut State) {
        self.sort(state);
        let inst = state.inst;
        let order = std::mem::take(&mut self.order);
        let mut waits = Vec::new();
        state.ease = if self.chance.part() < EASE { 1.0 - self.chance.part() } else { 1.0 };
        for &(_, job) in &order {
            let tied = inst.nodes[job as usize].tied;
            if !self.place(state, job) && tied {
                waits.push(job);
            }
        }
        // What waits for work that stood later in the order.
        while !waits.is_empty() {
            let before = waits.len();
            waits.retain(|job| state.floor(*job).is_none() || !self.place(state, *job));
            if waits.len() == before {
                break;
            }
        }
        state.ease = 1.0;
        self.order = order;
        state.polish(&mut self.spare);
    }

    /// Puts a job where it is cheapest, unless leaving it undone is cheaper.
    fn place(&mut self, state: &mut State, job: u32) -> bool {
        // What is fixed is done whatever it costs: others stand in its place otherwise.
        let undone = if state.fixed(job) { f64::INFINITY } else { state.undone(job) };
        let mut blink = Drowsy(&mut self.chance);
        if state.inst.nodes[job as usize].tied {
            let ties = state.ties(job, None, BRIEF, &mut blink, &mut self.scratch);
            let Some(tie) = ties.into_iter().min_by(|a, b| a.cost.total_cmp(&b.cost)) else {
                return false;
            };
            if tie.cost >= undone {
                return false;
            }
            state.put_tie(job, &tie);
        } else {
            let slot = state.cheapest(job, &mut blink, &mut self.scratch);
            let Some(slot) = slot.filter(|slot| slot.cost < undone) else { return false };
            state.put(job, &slot);
        }
        state.serve(job);
        true
    }

    fn sort(&mut self, state: &State) {
        let inst = state.inst;
        let draw = self.chance.below(17);
        let chance = &mut self.chance;
        let key = |job: u32| -> i64 {
            let node = &inst.nodes[job as usize];
            let home = inst.rows.first().map_or(0, |row| row.start);
            match draw {
                0..4 => (chance.next() >> 1).cast_signed(),
                4..8 => i64::try_from(inst.may_of(job).len()).unwrap_or(i64::MAX),
                8..10 => -inst.travel(home, node.place),
                10..11 => inst.travel(home, node.place),
                11..13 => node.to - node.from,
                13..15 => node.from,
                _ => node.to,
            }
        };
        let mut key = key;
        self.order.clear();
        self.order.extend(state.absent.iter().map(|job| {
            let key = if state.fixed(*job) { i64::MIN } else { key(*job) };
            (key, *job)
        }));
        self.order.sort_unstable();
    }
}
