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
            for stop in &route.stops {
                let node = match stop.visit {
                    Visit::Job(job) if job < inst.jobs => job as u32,
                    Visit::Depot(depot) if depot < inst.problem.depots.len() => {
                        (inst.jobs + depot) as u32
                    }
                    _ => continue,
                };
                if !self.admit(row, node) && !lost.contains(&row) {
                    lost.push(row);
                }
            }
        }
        self.whole_teams(&mut lost);
        self.mark();
        lost
    }

    /// Puts a node at the end of a row, if it holds there.
    fn admit(&mut self, row: u32, node: u32) -> bool {
        let inst = self.inst;
        let nth = row as usize;
        let it = &inst.rows[nth];
        let tour = &self.tours[nth];
        if inst.is_depot(node) {
            if tour.depot != NONE {
                return false;
            }
        } else {
            let may = inst.may_of(node).binary_search_by_key(&row, |it| it.0).is_ok();
            let parts = self.parts_left(node, it.worker);
            let tools = inst.tools_of(node, it.worker);
            let there = match tour.depot_node() {
                Some(depot) => {
                    let bit = depot as usize - inst.jobs;
                    tools >> bit & 1 == 1 && (parts || inst.stocked[node as usize] >> bit & 1 == 1)
                }
                None => tools >> 31 == 1 && parts,
            };
            let load = tour.load + inst.problem.jobs[node as usize].load;
            let taken = self.at[node as usize] != NONE && !inst.nodes[node as usize].tied;
            if !may || !there || taken || load > inst.people[it.worker as usize].capacity {
                return false;
            }
        }
        let was_empty = tour.nodes.is_empty();
        let held = self.change(nth, |nodes| nodes.push(node));
        if !held || !self.day_holds(nth, was_empty) {
            self.change(nth, |nodes| nodes.truncate(nodes.len() - 1));
            return false;
        }
        if !inst.is_depot(node) {
            if self.at[node as usize] == NONE {
                self.serve(node);
            }
            self.at[node as usize] = row;
            if inst.nodes[node as usize].tied {
                let mut mates = self.mates[node as usize].clone();
                mates.push(row);
                self.tie(node, self.pins[node as usize], mates);
            }
        }
        true
    }

    /// Whether the hours of a worker allow a day that was just changed.
    fn day_holds(&self, row: usize, was_empty: bool) -> bool {
        let timing = self.tours[row].timing;
        let it = &self.inst.rows[row];
        let person = &self.inst.people[it.worker as usize];
        let days = self.weeks[it.worker as usize][it.week as usize].1;
        let fits = !was_empty || days <= person.weeks[it.week as usize].days;
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
