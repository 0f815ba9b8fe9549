//! A plan taken up again: what of it still holds.

use crate::NEVER;
use crate::plan::{Plan, Visit};
use crate::search::state::State;
use crate::search::tour::NONE;

impl State<'_> {
    /// Takes up a plan, leaving out what does not hold any more; rows that lost something come
    /// back.
    pub fn load(&mut self, plan: &Plan) -> Vec<u32> {
        let inst = self.inst;
        let mut lost = Vec::new();
        for route in &plan.routes {
            for stop in &route.stops {
                if let Visit::Job(job) = stop.visit
                    && inst.nodes.get(job).is_some_and(|it| it.tied)
                    && job < inst.jobs
                {
                    self.pins[job] = stop.start;
                }
            }
        }
        for route in &plan.routes {
            // By time: shifts may have come and gone since the plan was made.
            let start = route.stops.first().map_or(route.leave, |stop| stop.start);
            let worker = inst.problem.workers.get(route.worker);
            let Some(shift) = worker.and_then(|it| it.shift_on(start)) else { continue };
            let Some(row) = inst.row_of(route.worker, shift) else { continue };
            let node = |visit| match visit {
                Visit::Job(job) if job < inst.jobs => Some(job as u32),
                Visit::Depot(depot) if depot < inst.problem.depots.len() => {
                    Some((inst.jobs + depot) as u32)
                }
                _ => None,
            };
            let nodes: Vec<_> = route.stops.iter().filter_map(|it| node(it.visit)).collect();
            // Whole where it holds: the first stops of a day alone may leave at another time, and
            // break what the whole keeps.
            if self.admit(row, &nodes) {
                continue;
            }
            for node in nodes {
                if !self.admit(row, &[node]) && !lost.contains(&row) {
                    lost.push(row);
                }
            }
        }
        self.whole_teams(&mut lost);
        self.mark();
        lost
    }

    /// Puts nodes at the end of a row, if they hold there.
    fn admit(&mut self, row: u32, nodes: &[u32]) -> bool {
        if !self.may_come(row, nodes) {
            return false;
        }
        let nth = row as usize;
        let before = self.tours[nth].nodes.len();
        let held = self.change(nth, |tour| tour.extend_from_slice(nodes));
        if !held || !self.enough_on_board(nth) || !self.day_holds(nth, before == 0) {
            self.change(nth, |tour| tour.truncate(before));
            return false;
        }
        for &node in nodes.iter().filter(|node| !self.inst.is_depot(**node)) {
            if self.at[node as usize] == NONE {
                self.serve(node);
            }
            self.at[node as usize] = row;
            if self.inst.nodes[node as usize].tied {
                let mut mates = self.mates[node as usize].clone();
                mates.push(row);
                self.tie(node, self.pins[node as usize], mates);
            }
        }
        true
    }

    /// Whether a row may do these jobs and has their tools by then, with one depot at most.
    fn may_come(&self, row: u32, nodes: &[u32]) -> bool {
        let inst = self.inst;
        let worker = inst.rows[row as usize].worker;
        let mut depot = self.tours[row as usize].depot_node();
        nodes.iter().enumerate().all(|(nth, &node)| {
            if inst.is_depot(node) {
                return depot.replace(node).is_none();
            }
            let may = inst.may_of(node).binary_search_by_key(&row, |it| it.0).is_ok();
            let tools = inst.tools_of(node, worker);
            let there = match depot {
                Some(depot) => tools >> (depot as usize - inst.jobs) & 1 == 1,
                None => tools >> 31 == 1,
            };
            let taken = self.at[node as usize] != NONE && !inst.nodes[node as usize].tied;
            let twice =
                nodes[..nth].contains(&node) || self.tours[row as usize].nodes.contains(&node);
            may && there && !taken && !twice
        })
    }

    /// Whether the vehicle carries what a row as it stands loads and uses.
    fn enough_on_board(&self, row: usize) -> bool {
        let (inst, worker) = (self.inst, self.inst.rows[row].worker as usize);
        let parts = worker * inst.kinds..(worker + 1) * inst.kinds;
        self.tours[row].load <= inst.people[worker].capacity
            && self.tools_there(row)
            && parts.into_iter().all(|part| self.used[part] <= inst.carried[part])
    }

    /// Whether the hours of a worker allow a day that was just changed.
    fn day_holds(&self, row: usize, was_empty: bool) -> bool {
        let timing = self.tours[row].timing;
        let it = &self.inst.rows[row];
        let person = &self.inst.people[it.worker as usize];
        let days = self.weeks[it.worker as usize][it.week as usize].1;
        let fits = !was_empty || i32::from(days) <= person.weeks[it.week as usize].days;
        fits && self.hours_allow(row, timing.leave, timing.back, timing.work)
    }

    /// Takes out what is not done by a whole team, or before what it waits for.
    fn whole_teams(&mut self, lost: &mut Vec<u32>) {
        let inst = self.inst;
        loop {
            let broken = (0..inst.jobs as u32).find(|&job| {
                let it = &inst.problem.jobs[job as usize];
                inst.nodes[job as usize].tied
                    && self.at[job as usize] != NONE
                    && (self.mates[job as usize].len() != usize::from(it.team)
                        || self.floor(job).is_none_or(|floor| floor > self.pins[job as usize]))
            });
            let Some(job) = broken else { break };
            lost.extend(self.mates[job as usize].iter().copied());
            self.remove(job);
        }
        for job in 0..inst.jobs {
            if self.at[job] == NONE {
                self.pins[job] = NEVER;
            }
        }
        lost.sort_unstable();
        lost.dedup();
    }
}
