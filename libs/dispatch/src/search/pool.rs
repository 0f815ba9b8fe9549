//! Good tours that were seen, and the best plan that can be put together of them.
//!
//! Choosing one tour a row so that each job is done once is a set partitioning problem. It is
//! relaxed by a price for each job, found by the subgradient method; what the prices rule out is
//! dropped, and a depth-first search with the rest finds a better plan or shows that there is none
//! among them, within a bound on its steps.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use crate::search::state::State;
use crate::search::tour::NONE;

/// Most jobs that a pool is kept for.
const JOBS: usize = 256;
/// Most tours in a pool.
const MOST: usize = 60_000;
/// Tours that prices are sought with between two looks at all.
const CORE: usize = 3000;
/// Steps of the subgradient method.
const PRICINGS: usize = 400;
/// Tours that the depth-first search looks at, again and again, before it gives up.
const LOOKS: usize = 6_000_000;

type Set = [u64; JOBS / 64];

/// A tour that was seen.
struct Seen {
    row: u32,
    cost: f64,
    jobs: Set,
    at: u32,
    nodes: u32,
}

/// Sets of jobs are as good as random numbers.
#[derive(Default)]
pub(crate) struct Mix(u64);

impl Hasher for Mix {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u64(&mut self, word: u64) {
        self.0 = (self.0 ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
    }

    fn write_u32(&mut self, word: u32) {
        self.write_u64(u64::from(word));
    }
}

/// Tours seen so far.
#[derive(Default)]
pub(crate) struct Pool {
    seen: Vec<Seen>,
    nodes: Vec<u32>,
    known: HashMap<(u32, Set), u32, BuildHasherDefault<Mix>>,
    prices: Vec<f64>,
}

impl Pool {
    /// Whether a problem is one that a pool is kept for: a day, whose rows go their own ways.
    pub fn suits(state: &State) -> bool {
        let inst = state.inst;
        inst.jobs <= JOBS
            && !inst.shared.any()
            && inst.people.iter().all(|person| person.rows <= 1 && !person.valued)
            && inst.nodes.iter().all(|node| !node.tied)
            && inst.problem.jobs.iter().all(|job| job.site.is_none())
    }

    /// Keeps the tours that were changed since the mark.
    pub fn watch(&mut self, state: &State) {
        if self.seen.len() >= MOST {
            return;
        }
        for row in state.touched() {
            self.add(state, row);
        }
    }

    fn add(&mut self, state: &State, row: u32) {
        let tour = &state.tours[row as usize];
        if tour.nodes.is_empty() {
            return;
        }
        let mut jobs = Set::default();
        for &node in &tour.nodes {
            if !state.inst.is_depot(node) {
                jobs[node as usize / 64] |= 1 << (node % 64);
            }
        }
        let next = self.seen.len() as u32;
        let at = *self.known.entry((row, jobs)).or_insert(next);
        if at == next {
            let (at, nodes) = (self.nodes.len() as u32, tour.nodes.len() as u32);
            self.seen.push(Seen { row, cost: tour.cost, jobs, at, nodes });
            self.nodes.extend_from_slice(&tour.nodes);
        } else if tour.cost < self.seen[at as usize].cost - 1e-9 {
            // As many jobs, and a depot more or less.
            let seen = &mut self.seen[at as usize];
            seen.cost = tour.cost;
            (seen.at, seen.nodes) = (self.nodes.len() as u32, tour.nodes.len() as u32);
            self.nodes.extend_from_slice(&tour.nodes);
        }
    }

    fn jobs(&self, seen: &Seen) -> &[u32] {
        &self.nodes[seen.at as usize..(seen.at + seen.nodes) as usize]
    }

    /// Puts a better plan than the best together, if the pool has one: its nodes by row.
    pub fn combine(&mut self, state: &State, best: f64) -> Option<Vec<Vec<u32>>> {
        let (rows, jobs) = (state.tours.len(), state.inst.jobs);
        let served: Vec<_> = (0..jobs).filter(|job| state.at[*job] != NONE).collect();
        if self.seen.is_empty() || served.len() < jobs {
            return None;
        }
        if self.prices.len() != jobs {
            self.prices = vec![0.0; jobs];
            for tour in &state.tours {
                let count = tour.nodes.iter().filter(|node| !state.inst.is_depot(**node)).count();
                for &node in &tour.nodes {
                    if !state.inst.is_depot(node) {
                        self.prices[node as usize] = tour.cost / count as f64;
                    }
                }
            }
        }
        let bound = self.price(rows, jobs, best);
        let found = Choice::new(self, rows, jobs, best - 1e-6 - bound).search();
        if self.seen.len() >= MOST {
            self.thin(jobs);
        }
        found
    }

    /// Cost of a tour less the prices of its jobs.
    fn reduced(&self, seen: &Seen, jobs: usize) -> f64 {
        let prices = self.jobs(seen).iter().filter(|node| (**node as usize) < jobs);
        seen.cost - prices.map(|job| self.prices[*job as usize]).sum::<f64>()
    }

    /// Seeks prices that give a high lower bound; the bound.
    fn price(&mut self, rows: usize, jobs: usize, best: f64) -> f64 {
        let mut core: Vec<u32> = Vec::new();
        let mut top = (f64::NEG_INFINITY, self.prices.clone());
        let (mut pace, mut stale) = (1.0, 0);
        let mut least = vec![(0.0, NONE); rows];
        let mut count = vec![0_i32; jobs];
        for step in 0..=PRICINGS {
            let whole = step % 40 == 0 || step == PRICINGS;
            if step == PRICINGS {
                self.prices.clone_from(&top.1);
            }
            if whole {
                core = self.core(jobs);
            }
            least.fill((0.0, NONE));
            let all = 0..self.seen.len() as u32;
            let mut look = |at: u32| {
                let seen = &self.seen[at as usize];
                let reduced = self.reduced(seen, jobs);
                let least = &mut least[seen.row as usize];
                if reduced < least.0 {
                    *least = (reduced, at);
                }
            };
            if whole {
                all.for_each(&mut look);
            } else {
                core.iter().copied().for_each(&mut look);
            }
            let value = self.prices.iter().sum::<f64>() + least.iter().map(|it| it.0).sum::<f64>();
            if whole && value > top.0 {
                top = (value, self.prices.clone());
            }
            if step == PRICINGS {
                break;
            }
            stale += 1;
            if stale == 20 {
                (pace, stale) = (pace * 0.7, 0);
            }
            count.fill(1);
            for &(_, at) in least.iter().filter(|it| it.1 != NONE) {
                let seen = &self.seen[at as usize];
                for &node in self.jobs(seen) {
                    if (node as usize) < jobs {
                        count[node as usize] -= 1;
                    }
                }
            }
            let norm = count.iter().map(|it| f64::from(it * it)).sum::<f64>();
            if norm == 0.0 {
                break;
            }
            let stride = pace * (best * 1.002 - value).max(best * 1e-4) / norm;
            for (price, count) in self.prices.iter_mut().zip(&count) {
                *price += stride * f64::from(*count);
            }
        }
        self.prices = top.1;
        top.0
    }

    /// The tours with the least reduced costs.
    fn core(&self, jobs: usize) -> Vec<u32> {
        let mut all: Vec<_> = (0..self.seen.len() as u32)
            .map(|at| (self.reduced(&self.seen[at as usize], jobs), at))
            .collect();
        if all.len() > CORE {
            all.select_nth_unstable_by(CORE, |a, b| a.0.total_cmp(&b.0));
            all.truncate(CORE);
        }
        all.into_iter().map(|it| it.1).collect()
    }

    /// Keeps the third with the least reduced costs.
    fn thin(&mut self, jobs: usize) {
        let mut all: Vec<_> =
            (0..self.seen.len()).map(|at| (self.reduced(&self.seen[at], jobs), at)).collect();
        all.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        all.truncate(MOST / 3);
        let old = std::mem::take(self);
        self.prices = old.prices;
        for (_, at) in all {
            let seen = &old.seen[at];
            let nodes = &old.nodes[seen.at as usize..(seen.at + seen.nodes) as usize];
            self.known.insert((seen.row, seen.jobs), self.seen.len() as u32);
            let at = self.nodes.len() as u32;
            self.seen.push(Seen { at, row: seen.row, cost: seen.cost, ..*seen });
            self.nodes.extend_from_slice(nodes);
        }
    }
}

/// The depth-first search.
struct Choice<'a> {
    pool: &'a Pool,
    rows: usize,
    /// What a plan may cost more than the bound.
    room: f64,
    /// Tours that fit into it: place, what each adds to the bound.
    left: Vec<(u32, f64)>,
    /// What a row adds when it is not used.
    unused: Vec<f64>,
    all: Set,
    looks: usize,
    chosen: Vec<u32>,
    best: Option<Vec<u32>>,
}

impl<'a> Choice<'a> {
    fn new(pool: &'a Pool, rows: usize, jobs: usize, room: f64) -> Self {
        let reduced: Vec<_> = pool.seen.iter().map(|seen| pool.reduced(seen, jobs)).collect();
        let mut unused = vec![0.0_f64; rows];
        for (seen, reduced) in pool.seen.iter().zip(&reduced) {
            let least = &mut unused[seen.row as usize];
            *least = least.max(-reduced);
        }
        let adds = |at: usize| reduced[at] + unused[pool.seen[at].row as usize];
        let mut left: Vec<_> =
            (0..reduced.len()).map(|at| (at as u32, adds(at))).filter(|it| it.1 < room).collect();
        left.sort_by(|a, b| a.1.total_cmp(&b.1));
        left.truncate(CORE);
        let mut all = Set::default();
        for job in 0..jobs {
            all[job / 64] |= 1 << (job % 64);
        }
        Self { pool, rows, room, left, unused, all, looks: LOOKS, chosen: Vec::new(), best: None }
    }

    fn search(mut self) -> Option<Vec<Vec<u32>>> {
        let left = std::mem::take(&mut self.left);
        if self.room <= 0.0 {
            return None;
        }
        self.go(Set::default(), 0.0, &left);
        let mut nodes = vec![Vec::new(); self.rows];
        for at in self.best? {
            let seen = &self.pool.seen[at as usize];
            nodes[seen.row as usize] = self.pool.jobs(seen).to_vec();
        }
        Some(nodes)
    }

    fn go(&mut self, covered: Set, so_far: f64, left: &[(u32, f64)]) {
        if self.looks == 0 {
            return;
        }
        self.looks = self.looks.saturating_sub(left.len());
        if covered == self.all {
            let used = |row: usize| {
                self.chosen.iter().any(|at| self.pool.seen[*at as usize].row as usize == row)
            };
            let idle = (0..self.rows).filter(|row| !used(*row)).map(|row| self.unused[row]);
            let sum = so_far + idle.sum::<f64>();
            if sum < self.room {
                self.room = sum;
                self.best = Some(self.chosen.clone());
            }
            return;
        }
        // The job that fewest tours are left for.
        let mut counts = [0_u16; JOBS];
        for &(at, adds) in left {
            if so_far + adds >= self.room {
                break;
            }
            let jobs = &self.pool.seen[at as usize].jobs;
            for (word, bits) in jobs.iter().enumerate() {
                let mut bits = *bits;
                while bits != 0 {
                    counts[word * 64 + bits.trailing_zeros() as usize] += 1;
                    bits &= bits - 1;
                }
            }
        }
        let open = |job: &usize| {
            self.all[job / 64] >> (job % 64) & 1 == 1 && covered[job / 64] >> (job % 64) & 1 == 0
        };
        let Some(job) = (0..JOBS).filter(open).min_by_key(|job| counts[*job]) else { return };
        if counts[job] == 0 {
            return;
        }
        for &(at, adds) in left {
            if so_far + adds >= self.room {
                break;
            }
            let seen = &self.pool.seen[at as usize];
            if seen.jobs[job / 64] >> (job % 64) & 1 == 0 {
                continue;
            }
            let mut with = covered;
            for (word, bits) in seen.jobs.iter().enumerate() {
                with[word] |= bits;
            }
            let apart = |it: &&(u32, f64)| {
                let other = &self.pool.seen[it.0 as usize];
                other.row != seen.row && other.jobs.iter().zip(&seen.jobs).all(|(a, b)| a & b == 0)
            };
            let rest: Vec<_> = left.iter().filter(apart).copied().collect();
            self.looks = self.looks.saturating_sub(left.len());
            self.chosen.push(at);
            self.go(with, so_far + adds, &rest);
            self.chosen.pop();
        }
    }
}
