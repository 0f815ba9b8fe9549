//! What a search found, told in the firm's words. No I/O.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::NaiveDate;
use kernel::{TaskId, WorkerId};
use solver::{Outcome, Plan, Visit};

use super::draw::{Drawn, LeftOut, instant, seconds};
use super::person::Person;
use super::proposal::{Break, Placed, Proposal, Unserved, WorkerDay};
use super::rules::{Reason, Refusal};
use super::scene::{Scene, Work};
use super::tools::ToolsOut;
use crate::dispatch::travel::TravelTold;

/// How many of those who stand nearest to a task that nobody does are named.
const NEAREST: usize = 10;

impl Proposal {
    /// Of a search's outcome.
    pub fn of(scene: &Scene, drawn: &Drawn, outcome: &Outcome, mut travel: TravelTold) -> Self {
        let plan = &outcome.plan;
        let mut assignments = placed(scene, drawn, plan);
        assignments.sort_by_key(|placed| (placed.starts_at, placed.task_id));
        let tools = tools_out(scene, drawn, plan);
        let undone = plan.unserved.iter().map(|job| &scene.works[drawn.jobs[*job]]);
        let mut unserved: Vec<_> = undone.map(|work| unserved(scene, work, None, &tools)).collect();
        unserved.extend(drawn.left_out.iter().filter_map(|(id, why)| {
            let work = scene.works.iter().find(|work| work.task.id == *id)?;
            Some(self::unserved(scene, work, Some(*why), &tools))
        }));
        let (kept, before) = kept(scene, &assignments);
        travel.workers_without_start = scene.people.iter().filter(|p| p.start.is_none()).count();
        let idle = drawn.problem.workers.iter().zip(&scene.people);
        let idle = idle.filter(|(worker, _)| worker.shifts.is_empty());
        Self {
            assignments,
            unserved,
            days: days(scene, drawn, plan),
            costs: outcome.costs.into(),
            travel,
            idle: idle.map(|(_, person)| person.id).collect(),
            kept,
            before,
            rounds: outcome.iterations,
        }
    }
}

fn placed(scene: &Scene, drawn: &Drawn, plan: &Plan) -> Vec<Placed> {
    let mut told: BTreeMap<usize, (i64, i64, Vec<WorkerId>)> = BTreeMap::new();
    for route in &plan.routes {
        for stop in &route.stops {
            let Visit::Job(job) = stop.visit else { continue };
            let entry = told.entry(job).or_insert((stop.start, stop.end, Vec::new()));
            entry.1 = entry.1.max(stop.end);
            entry.2.push(scene.people[route.worker].id);
        }
    }
    let placed = told.into_iter().map(|(job, (start, end, mut worker_ids))| {
        let task = &scene.works[drawn.jobs[job]].task;
        worker_ids.sort();
        Placed {
            task_id: task.id,
            site_id: task.site_id,
            starts_at: instant(start),
            ends_at: instant(end),
            changed: start != seconds(task.starts_at) || worker_ids != task.workers,
            worker_ids,
        }
    });
    placed.collect()
}

/// How many of the assignments that were there stay with their worker, of how many.
fn kept(scene: &Scene, assignments: &[Placed]) -> (usize, usize) {
    let now: HashMap<TaskId, &Placed> = assignments.iter().map(|p| (p.task_id, p)).collect();
    let before = scene.works.iter().flat_map(|work| {
        let task = &work.task;
        task.workers.iter().map(|worker| (task.id, *worker))
    });
    let before: Vec<_> = before.collect();
    let stays = |(task, worker): &&(TaskId, WorkerId)| {
        now.get(task).is_some_and(|placed| placed.worker_ids.contains(worker))
    };
    (before.iter().filter(stays).count(), before.len())
}

fn days(scene: &Scene, drawn: &Drawn, plan: &Plan) -> Vec<WorkerDay> {
    let day = |route: &solver::Route| {
        let shift = &drawn.problem.workers[route.worker].shifts[route.shift];
        let breaks = route.breaks.iter();
        WorkerDay {
            worker_id: scene.people[route.worker].id,
            day: NaiveDate::from_num_days_from_ce_opt(shift.day).unwrap_or(scene.first),
            leaves_at: instant(route.leave),
            back_at: instant(route.back),
            travel_min: route.travel(&drawn.problem).div_euclid(60),
            work_min: route.work(&drawn.problem).div_euclid(60),
            breaks: breaks.map(|b| Break { from: instant(b.from), to: instant(b.to) }).collect(),
        }
    };
    plan.routes.iter().filter(|route| route.jobs().next().is_some()).map(day).collect()
}

/// The tools that are out, for what the plan places and for all that it leaves as it is.
fn tools_out<'a>(scene: &'a Scene, drawn: &Drawn, plan: &Plan) -> ToolsOut<'a> {
    let free: HashSet<TaskId> = drawn.jobs.iter().map(|at| scene.works[*at].task.id).collect();
    let mut out = scene.tools_out(|_, task| free.contains(&task));
    for route in &plan.routes {
        let person = &scene.people[route.worker];
        let day = drawn.problem.workers[route.worker].shifts[route.shift].day;
        let Some(day) = NaiveDate::from_num_days_from_ce_opt(day) else { continue };
        for task in route.jobs().map(|job| &scene.works[drawn.jobs[job]].task) {
            let fetched = task.needs.tools.iter().filter(|tool| !person.tools.contains(*tool));
            for tool in fetched {
                out.add(tool, day, person.id, task.id);
            }
        }
    }
    out
}

/// What stands against a task that nobody does.
fn unserved(
    scene: &Scene,
    work: &Work,
    left_out: Option<LeftOut>,
    tools: &ToolsOut<'_>,
) -> Unserved {
    let mut rules: BTreeMap<String, usize> = BTreeMap::new();
    let (mut no_room, mut nearest) = (0, Vec::new());
    for person in &scene.people {
        let reasons = lasting(scene, person, work, tools);
        if reasons.is_empty() {
            no_room += 1;
            continue;
        }
        for reason in &reasons {
            *rules.entry(reason.word().to_owned()).or_default() += 1;
        }
        nearest.push(Refusal { worker_id: person.id, name: Some(person.name.clone()), reasons });
    }
    nearest.sort_by_key(|refusal| (refusal.reasons.len(), refusal.worker_id));
    nearest.truncate(NEAREST);
    Unserved { task_id: work.task.id, left_out, rules, no_room, nearest }
}

/// What stands against somebody wherever in its window a task is placed. What the present start
/// alone speaks against is no reason, for a search could move it; nor is what holds them then.
fn lasting(scene: &Scene, person: &Person, work: &Work, tools: &ToolsOut<'_>) -> Vec<Reason> {
    let pinned = scene.keep_times || work.task.needs.appointment;
    let mut reasons = person.reasons(&work.task, &scene.depots);
    let span = work.task.needs.window.map(|w| (w.from, w.to)).filter(|_| !pinned);
    reasons.retain(|reason| match reason {
        Reason::Overlap { .. } => false,
        Reason::Absent { from, to } => {
            pinned || span.is_none_or(|span| *from <= span.0 && span.1 <= *to)
        }
        // On another hour of that day it may be; on a day off it is not, unless the window is wide.
        Reason::OutsideHours { from: Some(_), .. } => pinned,
        Reason::OutsideHours { from: None, .. } => span.is_none(),
        _ => true,
    });
    if pinned || span.is_none() {
        reasons.extend(tools.reasons(person, &work.task, &scene.depots, &[]));
    }
    reasons
}
