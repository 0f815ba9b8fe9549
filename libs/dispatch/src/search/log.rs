//! Changes that can be taken back.

use crate::problem::Time;
use crate::search::state::State;
use crate::search::tour::{NONE, Tour};

/// What takes the changes since the last mark back.
#[derive(Default)]
pub(crate) struct Log {
    pub tours: Vec<(u32, Tour)>,
    pub pool: Vec<Tour>,
    pub touched: Vec<bool>,
    pub absent: Vec<u32>,
    pub ties: Vec<(u32, Time, Vec<u32>)>,
    pub cost: f64,
}

impl State<'_> {
    /// From here on changes can be taken back.
    pub fn mark(&mut self) {
        for (row, tour) in self.log.tours.drain(..) {
            self.log.touched[row as usize] = false;
            self.log.pool.push(tour);
        }
        self.log.ties.clear();
        self.log.absent.clone_from(&self.absent);
        self.log.cost = self.cost;
    }

    /// Takes back everything since the mark.
    pub fn back(&mut self) {
        let saved = std::mem::take(&mut self.log.tours);
        for (row, _) in &saved {
            self.book(*row as usize, false);
            for &node in &self.tours[*row as usize].nodes {
                if !self.inst.is_depot(node) {
                    self.at[node as usize] = NONE;
                }
            }
        }
        for (row, tour) in saved {
            let old = std::mem::replace(&mut self.tours[row as usize], tour);
            self.log.pool.push(old);
            self.log.touched[row as usize] = false;
            for &node in &self.tours[row as usize].nodes {
                if !self.inst.is_depot(node) {
                    self.at[node as usize] = row;
                }
            }
            self.book(row as usize, true);
        }
        while let Some((job, pin, mates)) = self.log.ties.pop() {
            self.pins[job as usize] = pin;
            // A team may stand in tours that were not touched as well.
            self.at[job as usize] = mates.first().copied().unwrap_or(self.at[job as usize]);
            self.mates[job as usize] = mates;
        }
        self.absent.clone_from(&self.log.absent);
        self.cost = self.log.cost;
    }

    /// Rows that were changed since the mark.
    pub fn touched(&self) -> impl Iterator<Item = u32> + '_ {
        self.log.tours.iter().map(|it| it.0)
    }

    /// How many rows were changed since the mark, and each of them.
    pub fn changed(&self) -> usize {
        self.log.tours.len()
    }

    pub fn changed_row(&self, nth: usize) -> usize {
        self.log.tours[nth].0 as usize
    }
}
