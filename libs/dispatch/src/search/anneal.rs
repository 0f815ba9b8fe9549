//! One search: ruin, recreate, and accept by simulated annealing.

use crate::plan::Plan;
use crate::problem::Time;
use crate::search::chance::Chance;
use crate::search::instance::Instance;
use crate::search::pool::Pool;
use crate::search::ruin::Workshop;
use crate::search::state::State;
use crate::search::tour::NONE;

/// Temperature at the start and at the end, in what a job costs on average.
const HOT: f64 = 1.0;
const COLD: f64 = 0.03;

/// A plan set aside.
#[derive(Clone, Debug, Default)]
pub(crate) struct Kept {
    pub nodes: Vec<Vec<u32>>,
    pub pins: Vec<Time>,
    pub mates: Vec<Vec<u32>>,
    pub absent: Vec<u32>,
    pub cost: f64,
}

pub(crate) struct Search<'i> {
    pub state: State<'i>,
    pub best: Kept,
    workshop: Workshop,
    pool: Option<Pool>,
    /// Temperature at the start and at the end.
    heat: (f64, f64),
}

impl<'i> Search<'i> {
    pub fn new(inst: &'i Instance<'i>, start: Option<&Plan>, seed: u64, stream: u64) -> Self {
        let mut state = State::new(inst);
        let mut workshop = Workshop::new(Chance::new(seed, stream));
        if let Some(plan) = start {
            state.load(plan);
        }
        state.mark();
        workshop.recreate(&mut state);
        let pool = Pool::suits(&state).then(Pool::default);
        let mut it = Self { best: state.keep(), pool, state, workshop, heat: (1.0, 1.0) };
        it.set_heat();
        it
    }

    /// Goes on from the best plan that the tours seen so far make, if it is better than all so far.
    pub fn combine(&mut self) {
        let Some(pool) = &mut self.pool else { return };
        let Some(nodes) = pool.combine(&self.state, self.best.cost) else { return };
        let kept = Kept { nodes, absent: Vec::new(), ..self.best.clone() };
        self.state.take_up(&kept);
        self.state.mark();
        if self.state.cost < self.best.cost {
            self.state.keep_in(&mut self.best);
        }
    }

    fn set_heat(&mut self) {
        let inst = self.state.inst;
        let undone = self.state.absent.iter().map(|job| self.state.undone(*job)).sum::<f64>();
        let served = (inst.jobs - self.state.absent.len()).max(1);
        let scale = (self.state.cost - undone).max(0.0) / served as f64;
        self.heat = (HOT * scale, COLD * scale);
    }

    /// Goes on for some iterations, at a point of the way from 0 to 1.
    pub fn run(&mut self, iterations: u64, done: f64) {
        let heat = self.heat.0 * (self.heat.1 / self.heat.0.max(1e-12)).powf(done);
        for _ in 0..iterations {
            let before = self.state.cost;
            self.state.mark();
            self.workshop.ruin(&mut self.state);
            self.workshop.recreate(&mut self.state);
            let after = self.state.cost;
            let limit = before - heat * (1.0 - self.workshop.chance.part()).ln();
            if after >= limit {
                self.state.back();
                continue;
            }
            if let Some(pool) = &mut self.pool {
                pool.watch(&self.state);
            }
            if after < self.best.cost - 1e-7 {
                self.state.keep_in(&mut self.best);
            }
        }
    }
}

impl State<'_> {
    pub fn keep(&self) -> Kept {
        let mut kept = Kept::default();
        self.keep_in(&mut kept);
        kept
    }

    pub fn keep_in(&self, kept: &mut Kept) {
        kept.nodes.resize_with(self.tours.len(), Vec::new);
        for (tour, nodes) in self.tours.iter().zip(&mut kept.nodes) {
            nodes.clone_from(&tour.nodes);
        }
        kept.pins.clone_from(&self.pins);
        kept.mates.clone_from(&self.mates);
        kept.absent.clone_from(&self.absent);
        kept.cost = self.cost;
    }

    /// Takes a plan up that was set aside.
    pub fn take_up(&mut self, kept: &Kept) {
        *self = State::new(self.inst);
        self.pins.clone_from(&kept.pins);
        self.mates.clone_from(&kept.mates);
        for job in 0..self.inst.jobs as u32 {
            if !kept.absent.contains(&job) {
                self.cost -= self.undone(job);
            }
        }
        self.absent.clone_from(&kept.absent);
        for (row, nodes) in kept.nodes.iter().enumerate() {
            if nodes.is_empty() {
                continue;
            }
            self.change(row, |empty| empty.clone_from(nodes));
            for &node in nodes {
                if !self.inst.is_depot(node) {
                    self.at[node as usize] = row as u32;
                }
            }
        }
        debug_assert!(self.absent.iter().all(|job| self.at[*job as usize] == NONE));
    }
}
