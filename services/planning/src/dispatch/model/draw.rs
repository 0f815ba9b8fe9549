//! A scene in the search's words, with the way back. No I/O.

mod taken;
mod window;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use chrono::{Datelike, NaiveDate};
use kernel::{CertificateKindId, PartId, SiteId, SkillId, TaskId, Timestamp, WorkerId};
use solver::{
    Certificate, Depot, Job, Matrix, Plan, Problem, Published, Route, Shift, Stop, Time, Visit,
    Week, Window, Worker,
};

use self::window::windows;
pub use self::window::{LeftOut, duration, in_one_go, placeable};
use super::hours::Bounds;
use super::person::{DepotStock, Person};
use super::scene::{Scene, Spots, Work};
use super::shifts::{busy, by_calendar, night_of, shifts};
use crate::tasks::model::Priority;

/// How long it takes to load at a depot.
const LOADING: Time = 15 * 60;

/// A scene in the search's words.
pub struct Drawn {
    /// What is to be solved.
    pub problem: Problem,
    /// The scene's work at each place of the problem's jobs.
    pub jobs: Vec<usize>,
    /// Tasks that cannot be placed at all, and why.
    pub left_out: Vec<(TaskId, LeftOut)>,
}

impl Drawn {
    /// The plan that people were told, as far as it lies in their shifts.
    pub fn as_told(&self) -> Plan {
        let mut days: BTreeMap<(usize, usize), Vec<Stop>> = BTreeMap::new();
        let mut told = HashSet::new();
        for entry in &self.problem.published {
            let (start, duration) = (entry.start, self.problem.jobs[entry.job].duration);
            let visit = Visit::Job(entry.job);
            for worker in &entry.workers {
                let shifts = &self.problem.workers[*worker].shifts;
                let inside = |shift: &Shift| {
                    shift.span().is_some_and(|span| span.from <= start && start <= span.to)
                };
                let Some(shift) = shifts.iter().position(inside) else { continue };
                let stop = Stop { visit, arrive: start, start, end: start + duration };
                days.entry((*worker, shift)).or_default().push(stop);
                told.insert(entry.job);
            }
        }
        let route = |((worker, shift), mut stops): (_, Vec<Stop>)| {
            stops.sort_by_key(|stop| stop.start);
            let leave = stops.first().map_or(0, |stop| stop.start);
            let back = stops.last().map_or(0, |stop| stop.end);
            Route { worker, shift, leave, back, stops, breaks: Vec::new() }
        };
        Plan {
            routes: days.into_iter().map(route).collect(),
            unserved: (0..self.problem.jobs.len()).filter(|job| !told.contains(job)).collect(),
        }
    }
}

/// An instant as the search counts: seconds.
pub fn seconds(at: Timestamp) -> Time {
    at.timestamp()
}

/// The way back.
pub fn instant(at: Time) -> Timestamp {
    Timestamp::from_timestamp(at, 0).unwrap_or_default()
}

/// The day, as a number that grows by one a day.
pub fn day_number(day: NaiveDate) -> i32 {
    day.num_days_from_ce()
}

/// The week from Monday, as a number that grows by one a week.
pub fn week_number(day: NaiveDate) -> i32 {
    week_of(day_number(day))
}

/// The week of a day's number.
pub fn week_of(day: i32) -> i32 {
    (day - 1).div_euclid(7)
}

/// The weeks of a scene's days.
fn weeks(scene: &Scene) -> Vec<Week> {
    let next = scene.last.succ_opt().unwrap_or(scene.last);
    let monday = |week: i32| {
        let day = NaiveDate::from_num_days_from_ce_opt(week * 7 + 1).unwrap_or(scene.first);
        seconds(labour::midnight(scene.zone, day))
    };
    let span = |week| Window { from: monday(week), to: monday(week + 1) };
    // The rest of the week before may end with the work of the first days.
    let all = week_number(scene.first) - 1..=week_number(next);
    all.map(|week| Week { week, span: span(week) }).collect()
}

/// The scene with its travel times.
pub fn draw(scene: &Scene, spots: &Spots, travel: Matrix) -> Drawn {
    let words = Words::of(scene);
    let (windows, left_out) = windows(scene);
    let places: HashMap<TaskId, usize> =
        windows.iter().enumerate().map(|(job, (at, _))| (scene.works[*at].task.id, job)).collect();
    let (mut jobs, mut kept) = (Vec::new(), Vec::new());
    for (at, window) in windows {
        let mut job = words.job(scene, spots, &scene.works[at], window);
        let id = scene.works[at].task.id;
        job.after = words.after(id, &places);
        jobs.push(job);
        kept.push(at);
    }
    let free: HashSet<TaskId> = places.keys().copied().collect();
    let published = kept.iter().enumerate().filter_map(|(job, at)| {
        let task = &scene.works[*at].task;
        let workers: Vec<_> =
            task.workers.iter().filter_map(|w| words.people.get(w)).copied().collect();
        let start = seconds(task.starts_at);
        (!workers.is_empty()).then_some(Published { job, workers, start })
    });
    let published = published.collect();
    let shifts = |at: usize| {
        let person = &scene.people[at];
        by_calendar(scene, person, shifts(scene, person, &free))
    };
    let mut problem = words.problem(scene, spots, travel, shifts);
    for (worker, person) in problem.workers.iter_mut().zip(&scene.people) {
        worker.held = busy(scene, person, &free);
    }
    problem.taken = words.taken(scene, &problem.depots, |_, task| free.contains(&task));
    (problem.jobs, problem.published) = (jobs, published);
    Drawn { problem, jobs: kept, left_out }
}

/// The search names things by their place in a list; these are the lists.
pub(super) struct Words<'a> {
    people: HashMap<WorkerId, usize>,
    sites: BTreeMap<SiteId, usize>,
    skills: BTreeMap<SkillId, usize>,
    kinds: BTreeMap<CertificateKindId, usize>,
    tools: BTreeMap<&'a str, usize>,
    parts: BTreeMap<PartId, usize>,
    befores: HashMap<TaskId, Vec<TaskId>>,
}

fn numbered<T: Ord>(all: impl Iterator<Item = T>) -> BTreeMap<T, usize> {
    let all: BTreeSet<T> = all.collect();
    all.into_iter().enumerate().map(|(at, it)| (it, at)).collect()
}

impl<'a> Words<'a> {
    pub(super) fn of(scene: &'a Scene) -> Self {
        let tasks = || scene.works.iter().map(|work| &work.task);
        let mut befores: HashMap<TaskId, Vec<TaskId>> = HashMap::new();
        for before in &scene.befores {
            befores.entry(before.successor).or_default().push(before.predecessor);
        }
        Self {
            people: scene.people.iter().enumerate().map(|(at, p)| (p.id, at)).collect(),
            sites: numbered(tasks().map(|task| task.site_id)),
            skills: numbered(tasks().flat_map(|task| task.skills.iter().copied())),
            kinds: numbered(tasks().flat_map(|task| task.needs.certificates.iter().copied())),
            tools: numbered(tasks().flat_map(|task| task.needs.tools.iter().map(String::as_str))),
            parts: numbered(tasks().flat_map(|task| task.needs.parts.iter().map(|p| p.part_id))),
            befores,
        }
    }

    /// Everybody with the days that they work, and everything else but jobs.
    pub(super) fn problem(
        &self,
        scene: &Scene,
        spots: &Spots,
        travel: Matrix,
        shifts: impl Fn(usize) -> Vec<Shift>,
    ) -> Problem {
        let people = scene.people.iter().enumerate();
        let worker = |(at, person)| self.worker(scene, spots, person, shifts(at));
        Problem {
            now: seconds(scene.now),
            travel,
            workers: people.map(worker).collect(),
            jobs: Vec::new(),
            depots: self.depots(scene, spots),
            taken: Vec::new(),
            weeks: weeks(scene),
            published: Vec::new(),
            weights: scene.weights,
        }
    }

    fn after(&self, id: TaskId, places: &HashMap<TaskId, usize>) -> Vec<usize> {
        let before = self.befores.get(&id).into_iter().flatten();
        let mut after: Vec<_> = before.filter_map(|id| places.get(id)).copied().collect();
        after.sort_unstable();
        after.dedup();
        after
    }

    /// A skill counts twice: by its level, and by the day to which its certificate holds.
    pub(super) fn job(&self, scene: &Scene, spots: &Spots, work: &Work, window: Window) -> Job {
        let task = &work.task;
        let duration = duration(work);
        let skills = task.skills.iter();
        let skills: Vec<_> = skills
            .map(|id| (self.skills[id], u8::try_from(task.needs.level(*id)).unwrap_or(1)))
            .collect();
        let proofs = skills.iter().map(|(skill, _)| *skill);
        let kinds = task.needs.certificates.iter().map(|kind| self.skills.len() + self.kinds[kind]);
        let preferred = task.needs.preferred_workers.iter().filter_map(|id| self.people.get(id));
        Job {
            place: spots.site(task.site_id),
            duration,
            windows: vec![window],
            certificates: proofs.chain(kinds).collect(),
            skills,
            team: u8::try_from(task.workers_needed).unwrap_or(1).max(1),
            tools: task.needs.tools.iter().map(|tool| self.tools[tool.as_str()]).collect(),
            parts: task.needs.parts.iter().map(|p| (self.parts[&p.part_id], p.quantity)).collect(),
            load: u64::from(task.needs.load_kg),
            priority: match task.priority {
                Priority::Low => 0.5,
                Priority::Normal => 1.0,
                Priority::High => 3.0,
                Priority::Urgent => 10.0,
            },
            due: work.deadline.map(|at| seconds(at) - duration),
            preferred: preferred.copied().collect(),
            only: Vec::new(),
            site: self.sites.get(&task.site_id).copied(),
            after: Vec::new(),
            interruptible: !task.needs.unbroken && !scene.keep_times,
        }
    }

    fn worker(&self, scene: &Scene, spots: &Spots, person: &Person, shifts: Vec<Shift>) -> Worker {
        let place = spots.start(person);
        let first = scene.first;
        // A night's work ends in the day after the one it counts to: what must hold holds then too.
        let nights = shifts.iter().map(|it| (it.day, it.week, night_of(scene, it)));
        let nights: Vec<_> = nights.filter(|(.., night)| *night > 0).collect();
        let holds = |until: Option<NaiveDate>| {
            let until = until.map_or(i32::MAX, day_number);
            if nights.iter().any(|(day, ..)| *day == until) { until - 1 } else { until }
        };
        let proofs = person.skills.iter().filter_map(|held| {
            let kind = *self.skills.get(&held.id)?;
            Some(Certificate { kind, until: holds(held.valid_until) })
        });
        let kinds = person.certificates.iter().filter(|held| held.from <= first);
        let kinds = kinds.filter_map(|held| {
            let kind = self.skills.len() + self.kinds.get(&held.kind)?;
            Some(Certificate { kind, until: holds(held.until) })
        });
        let mut skills = vec![0; self.skills.len()];
        for held in &person.skills {
            if let Some(at) = self.skills.get(&held.id) {
                skills[*at] = u8::try_from(held.level).unwrap_or(0);
            }
        }
        let mut parts = vec![0; self.parts.len()];
        for (part, quantity) in &person.parts {
            if let Some(at) = self.parts.get(part) {
                parts[*at] = u32::try_from(*quantity).unwrap_or(u32::MAX);
            }
        }
        let Bounds { limits, mut worked, .. } =
            scene.limits.get(&person.id).cloned().unwrap_or_default();
        // The night from Sunday counts in the week that it began in; what of it lies in the next is
        // kept free there as well.
        let into = nights.iter().filter(|(day, week, _)| *week < week_of(day + 1));
        worked.weeks.extend(into.map(|(day, _, night)| (week_of(day + 1), *night)));
        Worker {
            start: place,
            end: place,
            shifts,
            held: Vec::new(),
            skills,
            certificates: proofs.chain(kinds).collect(),
            tools: person
                .tools
                .iter()
                .filter_map(|t| self.tools.get(t.as_str()))
                .copied()
                .collect(),
            parts,
            capacity: u64::from(person.capacity_kg.unwrap_or(0)),
            cost: 1.0,
            limits,
            worked,
        }
    }

    /// Depots that have something that is needed, the nearest first.
    fn depots(&self, scene: &Scene, spots: &Spots) -> Vec<Depot> {
        let Some(centre) = scene.works.first().map(|work| work.at) else { return Vec::new() };
        let mut near: Vec<&DepotStock> = scene.depots.iter().collect();
        let away = |depot: &DepotStock| kernel::distance_m(depot.at, centre);
        near.sort_by(|a, b| away(a).total_cmp(&away(b)));
        let drawn = near.into_iter().map(|depot| Depot {
            place: spots.depot(depot.id),
            duration: LOADING,
            tools: Some(
                depot
                    .tools
                    .iter()
                    .filter_map(|(tool, count)| Some((*self.tools.get(tool.as_str())?, *count)))
                    .collect(),
            ),
            parts: Some(depot.parts.keys().filter_map(|p| self.parts.get(p)).copied().collect()),
        });
        let useful = |depot: &Depot| {
            let tools = depot.tools.as_ref().is_some_and(|all| !all.is_empty());
            tools || depot.parts.as_ref().is_some_and(|all| !all.is_empty())
        };
        drawn.filter(useful).take(solver::MAX_DEPOTS).collect()
    }
}

#[cfg(test)]
pub(super) mod tests;
