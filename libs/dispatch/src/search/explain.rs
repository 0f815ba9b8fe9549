//! Why this worker, what the next best would cost, and what stops the others.

use std::collections::BTreeSet;

use crate::breach::Rule;
use crate::checker::check;
use crate::plan::Plan;
use crate::problem::{Problem, Time, Worker};
use crate::search::insertion::Awake;
use crate::search::instance::Instance;
use crate::search::offers::{Offer, known, offers, with_worker};
use crate::search::state::{Slot, State};
use crate::search::tour::NONE;
use crate::validate::Fault;

/// Why a job is done by whom it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// Who does it and when; empty when nobody does.
    pub now: Vec<(usize, Time)>,
    /// What the plan would cost less without it; `None` when nobody does it.
    pub cost: Option<f64>,
    /// Every worker, cheapest first; then those whom a rule stops.
    pub workers: Vec<Other>,
}

/// A worker beside a job.
#[derive(Clone, Debug, PartialEq)]
pub struct Other {
    /// Who.
    pub worker: usize,
    /// Whether the worker could do it.
    pub verdict: Verdict,
}

/// Whether a worker could do a job, the rest of the plan being as it is.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// Yes: the cheapest place. Its cost is beside the plan without the job; of a team, it is the
    /// cheapest team that the worker is in, or the worker's place beside the rest of the team.
    Could(Offer),
    /// No: the rules that stop it.
    Stopped(Vec<Rule>),
}

/// Why a job is done by whom it is, or by nobody.
pub fn explain(problem: &Problem, plan: &Plan, job: usize) -> Result<Explanation, Vec<Fault>> {
    known(problem, job)?;
    let inst = Instance::without_neighbours(problem);
    let mut state = State::new(&inst);
    let lost = state.load(plan);
    let now = plan.of(job).iter().map(|(route, stop)| (route.worker, stop.start)).collect();
    let served = state.at[job] != NONE;
    let before = state.cost;
    state.remove(job as u32);
    state.mark();
    // What is left undone is priced as well; only what the job itself costs is meant.
    let cost = before - (state.cost - state.undone(job as u32));
    let found = offers(&mut state, job as u32, &lost);
    let mut workers: Vec<Other> = Vec::new();
    for worker in 0..problem.workers.len() {
        let mine = |offer: &&Offer| offer.team.iter().any(|member| member.0 == worker);
        let offer = found.iter().find(mine).cloned();
        // The teams that were found are the cheapest of all, not of those that this one is in.
        let other = state.other_team(job, worker, &lost);
        let best = offer.into_iter().chain(other).min_by(|a, b| a.cost.total_cmp(&b.cost));
        let verdict = match best {
            Some(offer) => Verdict::Could(offer),
            None => Verdict::Stopped(state.stops(job, worker)),
        };
        workers.push(Other { worker, verdict });
    }
    let key = |other: &Other| match &other.verdict {
        Verdict::Could(offer) => offer.cost,
        Verdict::Stopped(_) => f64::INFINITY,
    };
    workers.sort_by(|a, b| key(a).total_cmp(&key(b)).then(a.worker.cmp(&b.worker)));
    Ok(Explanation { now, cost: served.then_some(cost), workers })
}

impl State<'_> {
    fn other_team(&mut self, job: usize, worker: usize, lost: &[u32]) -> Option<Offer> {
        let team = self.inst.problem.jobs[job].team;
        (team > 1).then(|| with_worker(self, job as u32, worker as u32, lost)).flatten()
    }

    /// The rules that stop a worker from doing a job.
    fn stops(&mut self, job: usize, worker: usize) -> Vec<Rule> {
        let problem = self.inst.problem;
        let (it, who) = (&problem.jobs[job], &problem.workers[worker]);
        let mut rules = never(problem, job, worker);
        if !rules.is_empty() {
            return rules;
        }
        let rows: Vec<_> = self.inst.may_of(job as u32).to_vec();
        let rows: Vec<_> = rows
            .into_iter()
            .filter(|it| self.inst.rows[it.0 as usize].worker as usize == worker)
            .collect();
        if rows.is_empty() {
            // On no day do certificate, hours, windows and ways come together.
            for kind in &it.certificates {
                if who.shifts.iter().any(|shift| !who.certified(*kind, shift.day)) {
                    rules.push(Rule::Certificate(*kind));
                }
            }
            if it.windows.iter().all(|window| self.inst.never_open(worker, window.from, window.to))
                && !it.windows.is_empty()
            {
                rules.push(Rule::Windows);
            }
            if rules.is_empty() {
                rules.push(Rule::Hours);
            }
            return rules;
        }
        if let Some(before) = it.after.iter().find(|before| self.at[**before] == NONE) {
            return vec![Rule::Waits(*before)];
        }
        if rows.iter().all(|row| self.heavy(job as u32, row.0)) {
            let most = who.capacity;
            return vec![Rule::Capacity { has: most.saturating_add(it.load), most }];
        }
        let broken = self.broken(job as u32, &rows);
        if !broken.is_empty() {
            return broken;
        }
        vec![self.alone(job as u32, worker).unwrap_or(Rule::Full)]
    }

    /// Of a team's job what stops somebody who would have room for it: too few others have any, or
    /// none at the same time. `None` for whom there is no room.
    fn alone(&self, job: u32, worker: usize) -> Option<Rule> {
        let needs = self.inst.problem.jobs[job as usize].team;
        if needs == 1 {
            return None;
        }
        let mut scratch = Vec::new();
        let mut able = BTreeSet::new();
        for &(row, placed) in self.inst.may_of(job) {
            let mut slot = Slot::none();
            self.try_row(job, row as usize, placed, &mut Awake, &mut scratch, &mut slot);
            if slot.row != NONE {
                able.insert(self.inst.rows[row as usize].worker as usize);
            }
        }
        if !able.contains(&worker) {
            return None;
        }
        let has = able.len();
        Some(if has < usize::from(needs) { Rule::Team { has, needs } } else { Rule::Together })
    }

    fn heavy(&self, job: u32, row: u32) -> bool {
        let row_load = self.tours[row as usize].load;
        let person = &self.inst.people[self.inst.rows[row as usize].worker as usize];
        row_load + self.inst.problem.jobs[job as usize].load > person.capacity
    }

    /// What breaks when weekly limits and rest are overlooked.
    fn broken(&mut self, job: u32, rows: &[(u32, f64)]) -> Vec<Rule> {
        let mut scratch = Vec::new();
        self.lenient = true;
        let mut slot = Slot::none();
        for &(row, placed) in rows {
            self.try_row(job, row as usize, placed, &mut Awake, &mut scratch, &mut slot);
        }
        self.lenient = false;
        if slot.row == NONE {
            return Vec::new();
        }
        self.mark();
        self.put(job, &slot);
        let plan = self.plan();
        self.back();
        let worker = self.inst.rows[slot.row as usize].worker as usize;
        let breaches = check(self.inst.problem, &plan).into_iter();
        breaches.filter(|it| it.worker == Some(worker)).map(|it| it.rule).collect()
    }
}

/// What stops a worker whatever the plan and the day.
fn never(problem: &Problem, job: usize, worker: usize) -> Vec<Rule> {
    let (it, who) = (&problem.jobs[job], &problem.workers[worker]);
    let mut rules = Vec::new();
    if !it.only.is_empty() && !it.only.contains(&worker) {
        rules.push(Rule::Only);
    }
    for &(skill, needs) in &it.skills {
        let has = who.level(skill);
        if has < needs {
            rules.push(Rule::Skill { skill, has, needs });
        }
    }
    let ever =
        |kind: usize, who: &Worker| who.shifts.iter().any(|shift| who.certified(kind, shift.day));
    let missing = it.certificates.iter().filter(|kind| !ever(**kind, who));
    rules.extend(missing.map(|kind| Rule::Certificate(*kind)));
    for &tool in &it.tools {
        if !who.tools.contains(&tool) && !problem.depots.iter().any(|depot| depot.has_tool(tool)) {
            rules.push(Rule::Tool(tool));
        }
    }
    for &(part, needs) in &it.parts {
        let has = who.carried(part);
        if has < needs && !problem.depots.iter().any(|depot| depot.has_part(part)) {
            rules.push(Rule::Part { part, has, needs });
        }
    }
    if it.load > who.capacity {
        rules.push(Rule::Capacity { has: it.load, most: who.capacity });
    }
    let ways = [(who.start, it.place), (it.place, who.end)];
    if ways.iter().any(|(from, to)| problem.travel.between(*from, *to).is_none()) {
        rules.push(Rule::NoWay);
    }
    if who.shifts.is_empty() {
        rules.push(Rule::Hours);
    }
    rules
}

impl Instance<'_> {
    /// Whether a worker never works within a window.
    fn never_open(&self, worker: usize, from: Time, to: Time) -> bool {
        let mut rows = self.rows.iter().filter(|row| row.worker as usize == worker);
        rows.all(|row| row.to < from || to < row.from)
    }
}
