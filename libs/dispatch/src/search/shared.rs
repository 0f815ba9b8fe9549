//! Tools that a depot has so many of: one that is fetched is out for the day.

use crate::problem::Problem;
use crate::search::instance::Instance;
use crate::search::state::{Slot, State};
use crate::search::tour::NONE;

/// Which tools are shared, and how many there are.
#[derive(Debug)]
pub(crate) struct Shared {
    /// All days, in order.
    days: Vec<i32>,
    /// How many of each tool each depot has; empty where every depot has enough of all.
    count: Vec<u32>,
    tools: usize,
}

impl Shared {
    pub fn new(problem: &Problem) -> Self {
        let mut it = Self { days: Vec::new(), count: Vec::new(), tools: 0 };
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
        it
    }

    /// Whether any tool is counted.
    pub fn any(&self) -> bool {
        !self.count.is_empty()
    }

    /// The place of a day among all.
    pub fn day(&self, day: i32) -> u32 {
        self.days.binary_search(&day).map_or(0, |at| at as u32)
    }

    /// How many places a table of tools that are out has: one a day, depot and tool.
    pub fn places(&self) -> usize {
        self.days.len() * self.count.len()
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
        let (shared, day) = (&self.inst.shared, self.inst.rows[row].day);
        for &tool in &tour.fetched {
            let out = &mut self.out[shared.place(day, depot as usize - self.inst.jobs, tool)];
            *out = if on { *out + 1 } else { *out - 1 };
        }
    }

    /// Whether what a tour has fetched is there.
    pub fn tools_there(&self, row: usize) -> bool {
        let tour = &self.tours[row];
        let Some(depot) = tour.depot_node() else { return true };
        let (shared, day) = (&self.inst.shared, self.inst.rows[row].day);
        tour.fetched.iter().all(|tool| {
            let place = shared.place(day, depot as usize - self.inst.jobs, *tool);
            self.out[place] <= shared.count_at(place)
        })
    }

    /// Places of the tools that a job in a row would take from a depot beyond those that the row
    /// has taken there.
    fn takes(&self, job: u32, row: usize, depot: usize) -> impl Iterator<Item = usize> {
        let (inst, tour) = (self.inst, &self.tours[row]);
        let it = &inst.rows[row];
        let new = inst.fetches(job, it.worker).filter(move |tool| !tour.fetched.contains(tool));
        new.map(move |tool| inst.shared.place(it.day, depot, tool))
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
