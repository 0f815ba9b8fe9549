//! Jobs whose start binds others: teams that start together, and work that waits for other work.
//! Such a job is given its start when it is placed, so that every tour stays timed on its own.

use crate::NEVER;
use crate::problem::Time;
use crate::search::insertion::Blink;
use crate::search::state::{Slot, State};
use crate::search::timing;
use crate::search::tour::NONE;

/// Starts that are tried in a day.
const STARTS: usize = 6;

/// Where and when a tied job may go.
#[derive(Clone, Debug)]
pub(crate) struct Tie {
    pub start: Time,
    /// One for each of the team.
    pub slots: Vec<Slot>,
    pub cost: f64,
}

impl State<'_> {
    /// The earliest start that what comes before allows; `None` while some of it is not placed.
    pub fn floor(&self, job: u32) -> Option<Time> {
        let before = &self.inst.problem.jobs[job as usize].after;
        before.iter().try_fold(-NEVER, |floor, it| {
            // All of a team end when the last does.
            let rows = &self.mates[*it];
            let ends = rows.iter().map(|row| self.end_in(*it as u32, *row));
            let end = ends.collect::<Option<Vec<_>>>()?.into_iter().max()?;
            Some(floor.max(end))
        })
    }

    fn end_in(&self, job: u32, row: u32) -> Option<Time> {
        let (it, tour) = (&self.inst.rows[row as usize], &self.tours[row as usize]);
        let nodes = &tour.nodes;
        let leave = tour.timing.leave;
        let (_, record) = timing::record(self.inst, it, &self.pins, nodes, leave)?;
        let at = nodes.iter().position(|node| *node == job)?;
        let end = record.stops.get(at)?.end;
        // A break may come to lie in it when the day before it changes.
        let flows = self.inst.nodes[job as usize].flows && it.pause < NEVER;
        Some(if flows { end + it.pause } else { end })
    }

    /// The cheapest place for a tied job on each day that has one; with one worker in the team, if
    /// one is named.
    pub fn ties(
        &mut self,
        job: u32,
        with: Option<u32>,
        blink: &mut impl Blink,
        scratch: &mut Vec<u32>,
    ) -> Vec<Tie> {
        let Some(floor) = self.floor(job) else { return Vec::new() };
        let inst = self.inst;
        let mut rows = inst.may_of(job).to_vec();
        if with.is_some() && inst.problem.jobs[job as usize].team == 1 {
            rows.retain(|it| Some(inst.rows[it.0 as usize].worker) == with);
        }
        rows.sort_by_key(|it| (inst.day(it.0), it.0));
        let days = rows.chunk_by(|a, b| inst.day(a.0) == inst.day(b.0));
        let ties =
            days.filter_map(|day| self.tie_on(job, day, floor, with, blink, scratch)).collect();
        self.pins[job as usize] = NEVER;
        ties
    }

    fn tie_on(
        &mut self,
        job: u32,
        day: &[(u32, f64)],
        floor: Time,
        with: Option<u32>,
        blink: &mut impl Blink,
        scratch: &mut Vec<u32>,
    ) -> Option<Tie> {
        let team = usize::from(self.inst.problem.jobs[job as usize].team);
        if day.len() < team {
            return None;
        }
        let mut best: Option<Tie> = None;
        for start in self.starts(job, day, floor, blink, scratch) {
            self.pins[job as usize] = start;
            let mut slots: Vec<Slot> = Vec::new();
            for &(row, placed) in day {
                let mut slot = Slot::none();
                self.try_row(job, row as usize, placed, blink, scratch, &mut slot);
                if slot.row != NONE {
                    slots.push(slot);
                }
            }
            if slots.len() < team {
                continue;
            }
            slots.sort_by(|a, b| a.cost.total_cmp(&b.cost).then(a.row.cmp(&b.row)));
            if let Some(with) = with {
                let named = |it: &Slot| self.inst.rows[it.row as usize].worker == with;
                let Some(at) = slots.iter().position(named) else { continue };
                slots[..=at].rotate_right(1);
            }
            self.share(job, &mut slots);
            if slots.len() < team {
                continue;
            }
            slots.truncate(team);
            let cost = slots.iter().map(|slot| slot.cost).sum();
            if best.as_ref().is_none_or(|best| cost < best.cost) {
                best = Some(Tie { start, slots, cost });
            }
        }
        best
    }

    /// Starts worth trying: when each row could begin by itself, but not before the floor.
    fn starts(
        &mut self,
        job: u32,
        day: &[(u32, f64)],
        floor: Time,
        blink: &mut impl Blink,
        scratch: &mut Vec<u32>,
    ) -> Vec<Time> {
        let inst = self.inst;
        let mut starts = Vec::new();
        for &(nth, placed) in day {
            let row = &inst.rows[nth as usize];
            starts.extend(row.windows.iter().map(|window| window.from).filter(|at| *at >= floor));
            self.pins[job as usize] = NEVER;
            let mut slot = Slot::none();
            self.try_row(job, nth as usize, placed, blink, scratch, &mut slot);
            if slot.row == NONE {
                continue;
            }
            let nodes = self.with(job, &slot);
            let start = timing::simulate(inst, row, &self.pins, &nodes)
                .and_then(|it| timing::record(inst, row, &self.pins, &nodes, it.leave))
                .and_then(|(_, record)| {
                    let at = nodes.iter().position(|node| *node == job)?;
                    record.stops.get(at).map(|stop| stop.start.max(floor))
                });
            starts.extend(start);
        }
        let windows = &inst.problem.jobs[job as usize].windows;
        starts.extend(windows.iter().map(|window| window.from).filter(|at| *at >= floor));
        let allowed = |at: &Time| {
            windows.is_empty() || windows.iter().any(|it| it.from <= *at && *at <= it.to)
        };
        starts.retain(allowed);
        starts.sort_unstable();
        starts.dedup();
        // Evenly drawn, so that the early and the late ones are both tried.
        let step = starts.len().div_ceil(STARTS).max(1);
        starts.into_iter().step_by(step).collect()
    }

    /// A row's nodes with a job at a slot.
    pub fn with(&self, job: u32, slot: &Slot) -> Vec<u32> {
        let tour = &self.tours[slot.row as usize];
        let mut nodes = tour.nodes.clone();
        slot.enter(&mut nodes, tour.depot, job);
        nodes
    }

    /// Places a tied job.
    pub fn put_tie(&mut self, job: u32, tie: &Tie) {
        self.tie(job, tie.start, tie.slots.iter().map(|slot| slot.row).collect());
        for slot in &tie.slots {
            self.put(job, slot);
        }
        self.at[job as usize] = tie.slots[0].row;
    }
}
