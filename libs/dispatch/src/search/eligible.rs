//! Who may do what at all, and what it costs whatever the time.

use std::collections::BTreeMap;

use crate::cost;
use crate::problem::{Job, Time, Worker};
use crate::search::instance::{Instance, ON_BOARD, Row};
use crate::search::timing;

impl Instance<'_> {
    pub fn needs(&mut self) {
        let problem = self.problem;
        for job in &problem.jobs {
            for worker in &problem.workers {
                let missing: Vec<_> =
                    job.tools.iter().filter(|tool| !worker.tools.contains(tool)).collect();
                let mut mask = if missing.is_empty() { ON_BOARD } else { 0 };
                for (nth, depot) in problem.depots.iter().enumerate() {
                    if missing.iter().all(|tool| depot.has_tool(**tool)) {
                        mask |= 1 << nth;
                    }
                }
                self.tools.push(mask);
            }
            let stocked = problem
                .depots
                .iter()
                .enumerate()
                .filter(|(_, depot)| job.parts.iter().all(|part| depot.has_part(part.0)));
            self.stocked.push(stocked.map(|(nth, _)| 1 << nth).sum());
            let mut parts: BTreeMap<usize, u32> = BTreeMap::new();
            for &(kind, count) in job.parts.iter().filter(|part| part.1 > 0) {
                *parts.entry(kind).or_default() += count;
            }
            self.parts.extend(parts.iter().map(|(&kind, &count)| (kind as u32, count)));
            self.parts_at.push(self.parts.len() as u32);
        }
        for worker in &problem.workers {
            self.carried.extend((0..self.kinds).map(|kind| worker.carried(kind)));
        }
    }

    /// Who may do what, of each alone: skills, certificates, hours, reach, a day's limit.
    pub fn may(&mut self) {
        for (nth, job) in self.problem.jobs.iter().enumerate() {
            for (row, it) in self.rows.iter().enumerate() {
                let worker = &self.problem.workers[it.worker as usize];
                let day = worker.shifts[it.shift as usize].day;
                if able(job, worker, it.worker as usize, day)
                    && job.load <= worker.capacity
                    && self.supplied(nth, it.worker as usize)
                    && timing::alone(self, row, nth as u32)
                {
                    self.may.push((row as u32, self.placed(nth, it)));
                }
            }
            self.may_at.push(self.may.len() as u32);
        }
    }

    /// Whether tools and parts are to be had at all.
    pub fn supplied(&self, job: usize, worker: usize) -> bool {
        let parts = &self.problem.jobs[job].parts;
        let tools = self.tools[job * self.people.len() + worker];
        let carried = |part: &(usize, u32)| self.problem.workers[worker].carried(part.0) >= part.1;
        let on_board = parts.iter().all(carried);
        (tools & self.stocked[job]) != 0 || on_board && tools != 0
    }

    /// What it costs that this worker does the job on this day, whatever the time.
    fn placed(&self, job: usize, row: &Row) -> f64 {
        let it = &self.problem.jobs[job];
        let (weights, who) = (&self.problem.weights, row.worker as usize);
        let mut cost = 0.0;
        if !it.preferred.is_empty() && !it.preferred.contains(&who) {
            cost += weights.preferred;
        }
        if let Some((start, workers)) = &self.told[job] {
            let day = self.problem.workers[who].shift_on(*start);
            if day != Some(row.shift as usize) || !workers.contains(&who) {
                cost += weights.change;
            }
        }
        cost
    }

    /// What the time of a start costs, of one member.
    pub fn soft(&self, job: u32, start: Time) -> f64 {
        let it = &self.problem.jobs[job as usize];
        let mut cost = cost::lateness(&self.problem.weights, it, start);
        if let Some((told, _)) = &self.told[job as usize] {
            cost += self.problem.weights.shift * start.abs_diff(*told) as f64;
        }
        cost / f64::from(it.team)
    }
}

/// Skills, certificates and who is fixed.
fn able(job: &Job, worker: &Worker, nth: usize, day: i32) -> bool {
    job.skills.iter().all(|(skill, level)| worker.level(*skill) >= *level)
        && job.certificates.iter().all(|kind| worker.certified(*kind, day))
        && (job.only.is_empty() || job.only.contains(&nth))
}
