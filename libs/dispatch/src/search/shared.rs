//! Tools that a depot has so many of: one that is fetched is out for the day.

use std::collections::BTreeSet;

use crate::problem::Problem;
use crate::search::instance::Instance;
use crate::search::state::{Slot, State};
use crate::search::tour::NONE;

/// Which tools are shared, and how many there are.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    /// All days, in order.
    days: Vec<i32>,
    /// How many of each tool each depot has; empty where every depot has enough of all.
    count: Vec<u32>,
    tools: usize,
    /// How many of each are out for work beside the plan: by day, depot and tool.
    taken: Vec<u32>,
    /// Who has which of them.
    own: BTreeSet<(usize, u32)>,
}

impl Shared {
    pub fn new(problem: &Problem) -> Self {
        let mut it = Self::default();
        let asked = problem.jobs.iter().flat_map(|job| &job.tools).map(|tool| tool + 1);
        it.tools = asked.max().unwrap_or(0);
        if it.tools == 0 || problem.depots.iter().all(|depot| depot.tools.is_none()) {
            return it;
        }
        let shifts = problem.workers.iter().flat_map(|worker| &worker.shifts);
        it.days = shifts.map(|shift| shift.day).collect();
        it.days.sort_unstable();
        it.days.dedup();
        let each = |depot| (0..it.tools).map(move |tool| (depot, tool));
        let all = problem.depots.iter().flat_map(each);
        it.count = all.map(|(depot, tool)| depot.count(tool)).collect();
        it.taken = vec![0; it.days.len() * it.count.len()];
        for out in problem.taken.iter().filter(|out| out.tool < it.tools) {
            // A day on which nobody of the plan works is none of its days.
            let Ok(day) = it.days.binary_search(&out.day) else { continue };
            let place = it.place(day as u32, out.depot, out.tool as u32);
            if out.worker.is_none_or(|who| it.own.insert((place, who as u32))) {
                it.taken[place] += 1;
            }
        }
        it
    }

    /// What is out before anything is planned: one place a day, depot and tool.
    pub fn taken(&self) -> &[u32] {
        &self.taken
    }

    /// Whether somebody has a tool for work beside the plan.
    fn has(&self, place: usize, worker: u32) -> bool {
        !self.own.is_empty() && self.own.contains(&(place, worker))
    }

    /// Whether any tool is counted.
    pub fn any(&self) -> bool {
        !self.count.is_empty()
    }

    /// The place of a day among all.
    pub fn day(&self, day: i32) -> u32 {
        self.days.binary_search(&day).map_or(0, |at| at as u32)
    }

    fn place(&self, day: u32, depot: usize, tool: u32) -> usize {
        day as usize * self.count.len() + depot * self.tools + tool as usize
    }

    fn count_at(&self, place: usize) -> u32 {
        self.count[place % self.count.len()]
    }
}

impl Instance<'_> {
    /// Tools of a job that a worker fetches, if any tool is counted.
    pub fn fetches(&self, job: u32, worker: u32) -> impl Iterator<Item = u32> {
        let on_board = !self.shared.any() || self.tools_of(job, worker) >> 31 == 1;
        let tools =
            if on_board { &[][..] } else { self.problem.jobs[job as usize].tools.as_slice() };
        let own = &self.problem.workers[worker as usize].tools;
        tools.iter().filter(move |tool| !own.contains(tool)).map(|tool| *tool as u32)
    }
}

impl State<'_> {
    /// Books the tools that a tour has fetched, or takes them off the books.
    pub fn book_tools(&mut self, row: usize, on: bool) {
        let tour = &self.tours[row];
        let Some(depot) = tour.depot_node() else { return };
        let (shared, it) = (&self.inst.shared, &self.inst.rows[row]);
        for &tool in &tour.fetched {
            let place = shared.place(it.day, depot as usize - self.inst.jobs, tool);
            if !shared.has(place, it.worker) {
                let out = &mut self.out[place];
                *out = if on { *out + 1 } else { *out - 1 };
            }
        }
    }

    /// Whether what a tour has fetched is there.
    pub fn tools_there(&self, row: usize) -> bool {
        let tour = &self.tours[row];
        let Some(depot) = tour.depot_node() else { return true };
        let (shared, it) = (&self.inst.shared, &self.inst.rows[row]);
        tour.fetched.iter().all(|tool| {
            let place = shared.place(it.day, depot as usize - self.inst.jobs, *tool);
            shared.has(place, it.worker) || self.out[place] <= shared.count_at(place)
        })
    }

    /// Places of the tools that a job in a row would take from a depot beyond those that the row
    /// has taken there, or its worker has for other work.
    fn takes(&self, job: u32, row: usize, depot: usize) -> impl Iterator<Item = usize> {
        let (inst, tour) = (self.inst, &self.tours[row]);
        let it = &inst.rows[row];
        let new = inst.fetches(job, it.worker).filter(move |tool| !tour.fetched.contains(tool));
        let places = new.map(move |tool| inst.shared.place(it.day, depot, tool));
        places.filter(move |place| !inst.shared.has(*place, it.worker))
    }

    /// Of some depots those that still have the tools that a job in a row needs.
    pub fn depots_left(&self, job: u32, row: usize, mut depots: u32) -> u32 {
        if self.lenient || !self.inst.shared.any() {
            return depots;
        }
        for depot in 0..self.inst.problem.depots.len() {
            let left = |place: usize| self.out[place] < self.inst.shared.count_at(place);
            if depots >> depot & 1 == 1 && !self.takes(job, row, depot).all(left) {
                depots &= !(1 << depot);
            }
        }
        depots
    }

    /// Keeps of a team's slots, in their order, those that leave each other enough tools.
    pub fn share(&self, job: u32, slots: &mut Vec<Slot>) {
        if !self.inst.shared.any() {
            return;
        }
        let mut taken: Vec<usize> = Vec::new();
        slots.retain(|slot| {
            let row = slot.row as usize;
            let depot =
                if slot.depot == NONE { self.tours[row].depot_node() } else { Some(slot.depot) };
            let Some(depot) = depot else { return true };
            let wanted: Vec<_> = self.takes(job, row, depot as usize - self.inst.jobs).collect();
            let left = |place: &usize| {
                let out = taken.iter().filter(|it| *it == place).count() as u32;
                self.out[*place] + out < self.inst.shared.count_at(*place)
            };
            let there = wanted.iter().all(left);
            if there {
                taken.extend(wanted);
            }
            there
        });
    }
}
