//! Jobs whose start binds others: teams that start together, and work that waits for other work.
//! Such a job is given its start when it is placed, so that every tour stays timed on its own.

use crate::NEVER;
use crate::problem::Time;
use crate::search::insertion::Blink;
use crate::search::state::{Slot, State};
use crate::search::timing;
use crate::search::tour::NONE;

/// How thoroughly a day is looked through for a tied job.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Look<'a> {
    /// Starts that are tried.
    pub starts: usize,
    /// Teams without anybody in common that are formed for a start.
    pub teams: usize,
    /// Places that are kept, the cheapest; more than one: the first as well.
    pub keep: usize,
    /// Rows that are passed over.
    pub but: &'a [u32],
}

/// While searching: the cheapest place alone, at a few starts.
pub(crate) const BRIEF: Look<'_> = Look { starts: 6, teams: 1, keep: 1, but: &[] };
/// For somebody who wants to choose.
pub(crate) const WIDE: Look<'_> = Look { starts: 16, teams: 3, keep: 9, but: &[] };

/// Where and when a tied job may go.
#[derive(Clone, Debug, PartialEq)]
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

    /// Places for a tied job on each day that has any, as many as are looked for; with one worker in
    /// the team, if one is named.
    pub fn ties(
        &mut self,
        job: u32,
        with: Option<u32>,
        look: Look<'_>,
        blink: &mut impl Blink,
        scratch: &mut Vec<u32>,
    ) -> Vec<Tie> {
        let Some(floor) = self.floor(job) else { return Vec::new() };
        let inst = self.inst;
        let mut rows = inst.may_of(job).to_vec();
        if with.is_some() && inst.problem.jobs[job as usize].team == 1 {
            rows.retain(|it| Some(inst.rows[it.0 as usize].worker) == with);
        }
        rows.retain(|it| !look.but.contains(&it.0));
        rows.sort_by_key(|it| (inst.day(it.0), it.0));
        // Whoever is named is in one team alone.
        let look = if with.is_some() { Look { teams: 1, ..look } } else { look };
        let mut ties = Vec::new();
        for day in rows.chunk_by(|a, b| inst.day(a.0) == inst.day(b.0)) {
            let starts = self.starts(job, day, floor, look, blink, scratch);
            let mut found = Vec::new();
            for start in starts {
                self.pins[job as usize] = start;
                let slots = self.slots_at(job, day, with, blink, scratch);
                found.extend(self.teams(job, start, slots, look.teams));
            }
            ties.extend(few(found, look.keep, |tie| tie.cost));
        }
        self.pins[job as usize] = NEVER;
        ties
    }

    /// The cheapest slot of each row of a day for a tied job at the start that is set, whoever is
    /// named first; none where that one has none.
    fn slots_at(
        &self,
        job: u32,
        day: &[(u32, f64)],
        with: Option<u32>,
        blink: &mut impl Blink,
        scratch: &mut Vec<u32>,
    ) -> Vec<Slot> {
        let mut slots: Vec<Slot> = Vec::new();
        for &(row, placed) in day {
            let mut slot = Slot::none();
            self.try_row(job, row as usize, placed, blink, scratch, &mut slot);
            if slot.row != NONE {
                slots.push(slot);
            }
        }
        slots.sort_by(|a, b| a.cost.total_cmp(&b.cost).then(a.row.cmp(&b.row)));
        if let Some(with) = with {
            let named = |it: &Slot| self.inst.rows[it.row as usize].worker == with;
            let Some(at) = slots.iter().position(named) else { return Vec::new() };
            slots[..=at].rotate_right(1);
        }
        slots
    }

    /// The cheapest teams of a start, no two with anybody in common.
    fn teams(&self, job: u32, start: Time, mut slots: Vec<Slot>, most: usize) -> Vec<Tie> {
        let team = usize::from(self.inst.problem.jobs[job as usize].team);
        let mut ties = Vec::new();
        while ties.len() < most && slots.len() >= team {
            let mut members = slots.clone();
            self.share(job, &mut members);
            if members.len() < team {
                break;
            }
            members.truncate(team);
            slots.retain(|slot| !members.contains(slot));
            let cost = members.iter().map(|slot| slot.cost).sum();
            ties.push(Tie { start, slots: members, cost });
        }
        ties
    }

    /// Starts worth trying: when each row could begin by itself, but not before the floor; for
    /// somebody who wants to choose, at whatever position.
    fn starts(
        &mut self,
        job: u32,
        day: &[(u32, f64)],
        floor: Time,
        look: Look<'_>,
        blink: &mut impl Blink,
        scratch: &mut Vec<u32>,
    ) -> Vec<Time> {
        let inst = self.inst;
        if day.len() < usize::from(inst.problem.jobs[job as usize].team) {
            return Vec::new();
        }
        self.pins[job as usize] = NEVER;
        let mut starts = Vec::new();
        for &(nth, placed) in day {
            let windows = inst.rows[nth as usize].windows.iter();
            starts.extend(windows.map(|window| window.from).filter(|at| *at >= floor));
            if look.keep > 1 {
                let slots: Vec<_> = self.in_row(job, nth as usize, placed, scratch).collect();
                starts.extend(slots.iter().filter_map(|slot| self.begins(job, slot)));
            } else {
                let mut slot = Slot::none();
                self.try_row(job, nth as usize, placed, blink, scratch, &mut slot);
                if slot.row != NONE {
                    starts.extend(self.begins(job, &slot));
                }
            }
        }
        for start in &mut starts {
            *start = floor.max(*start);
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
        let step = starts.len().div_ceil(look.starts).max(1);
        starts.into_iter().step_by(step).collect()
    }

    /// When a job begins at a slot, where nothing else binds it.
    fn begins(&self, job: u32, slot: &Slot) -> Option<Time> {
        let row = &self.inst.rows[slot.row as usize];
        let nodes = self.with(job, slot);
        let timing = timing::simulate(self.inst, row, &self.pins, &nodes)?;
        let (_, record) = timing::record(self.inst, row, &self.pins, &nodes, timing.leave)?;
        let at = nodes.iter().position(|node| *node == job)?;
        record.stops.get(at).map(|stop| stop.start)
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

/// Of places in the order of time the cheapest, and where there is more than one the first.
pub(crate) fn few<T: Clone + PartialEq>(
    mut all: Vec<T>,
    most: usize,
    cost: impl Fn(&T) -> f64,
) -> Vec<T> {
    let first = all.first().cloned().filter(|_| most > 1);
    all.sort_by(|a, b| cost(a).total_cmp(&cost(b)));
    all.truncate(most);
    if let Some(first) = first.filter(|first| !all.contains(first)) {
        all.push(first);
    }
    all
}
