//! Who can do a task, who cannot and why, and whom the automatic assignment takes. No I/O.

mod ask;
#[cfg(test)]
mod by_hand;
mod draw;
mod found;
mod hours;
mod matrix;
mod person;
mod proposal;
mod rules;
mod run;
mod scene;
mod shifts;
mod slots;
mod tools;

use std::collections::BTreeSet;

use chrono::{Duration, NaiveDate};
use kernel::{TaskId, WorkerId};
use serde::Serialize;
use utoipa::ToSchema;

pub use self::ask::{Ask, Away, Delay, Weights};
pub use self::draw::{Drawn, LeftOut, draw, duration, in_one_go, placeable, seconds};
pub use self::hours::{Bounds, Past, bounds};
pub use self::matrix::{Fault as MatrixFault, MatrixInfo, read as read_matrix};
pub use self::person::{DepotStock, Held, HeldCertificate, HeldSkill, Person};
pub use self::proposal::{Placed, Progress, Proposal};
pub use self::rules::{LeftAside, Reason, Refusal, SoftRule, days_of, lacking, work, zone};
pub use self::run::{Basis, Kind, Run, Stale};
pub use self::scene::{Before, Scene, Spot, Spots, Work};
pub use self::slots::{Beside, Question, Slot, lasting};
pub use self::tools::ToolsOut;
use crate::error::UnfitTask;
use crate::tasks::Task;

/// Two tasks that would hold a worker at the same time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Clash {
    /// The worker.
    pub worker_id: WorkerId,
    /// The task that moved.
    pub task_id: TaskId,
    /// The task it meets.
    pub other_id: TaskId,
    /// That one's title.
    pub other_title: String,
}

/// A worker who can be on a task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = WorkerCandidate)]
pub struct Candidate {
    /// The worker.
    pub worker_id: WorkerId,
    /// The worker's name.
    pub name: String,
    /// Minutes that other tasks hold the worker on the task's first day.
    pub minutes_that_day: i64,
    /// The certificate of the task's skills that ends first, where one does.
    pub valid_until: Option<NaiveDate>,
}

impl Person {
    /// Minutes that other tasks hold the worker on the task's first day.
    pub fn minutes_that_day(&self, task: &Task) -> i64 {
        let (first, _) = rules::days_of(task);
        let zone = rules::zone(task);
        let (from, to) =
            (labour::midnight(zone, first), labour::midnight(zone, first + Duration::days(1)));
        let held = self.tasks.iter().filter(|h| h.id != task.id);
        held.map(|h| (h.to.min(to) - h.from.max(from)).num_minutes().max(0)).sum()
    }

    fn candidate(&self, task: &Task) -> Candidate {
        let needed = self.skills.iter().filter(|held| task.skills.contains(&held.id));
        Candidate {
            worker_id: self.id,
            name: self.name.clone(),
            minutes_that_day: self.minutes_that_day(task),
            valid_until: needed.filter_map(|held| held.valid_until).min(),
        }
    }
}

/// Who can be on the task where these rules are left aside, the one with the fewest hours that day first, then by id; and who
/// cannot, those with the fewest reasons first.
pub fn sort_out(
    people: &[Person],
    depots: &[DepotStock],
    aside: &[SoftRule],
    task: &Task,
) -> (Vec<Candidate>, Vec<Refusal>) {
    let (mut fit, mut unfit) = (Vec::new(), Vec::new());
    let tools = ToolsOut::of(people.iter(), rules::zone(task), |_, _| task.needs.tools.is_empty());
    for person in people.iter().filter(|p| !task.workers.contains(&p.id)) {
        let mut reasons = person.reasons(task, depots);
        reasons.extend(tools.reasons(person, task, depots, &[task.id]));
        reasons.retain(|reason| !reason.soft().is_some_and(|rule| aside.contains(&rule)));
        if reasons.is_empty() {
            fit.push(person.candidate(task));
        } else {
            unfit.push(Refusal { worker_id: person.id, name: Some(person.name.clone()), reasons });
        }
    }
    fit.sort_by_key(|c| (c.minutes_that_day, c.worker_id));
    unfit.sort_by_key(|r| (r.reasons.len(), r.worker_id));
    (fit, unfit)
}

/// Fills the tasks' open places: the most urgent task first, then the earliest, then by id; each
/// takes those who come first in [`sort_out`]. Who is taken counts at once for the tasks after.
pub fn fill(
    mut people: Vec<Person>,
    depots: &[DepotStock],
    aside: &[SoftRule],
    tasks: &[Task],
) -> Vec<(TaskId, Vec<WorkerId>)> {
    let mut order: Vec<_> = tasks.iter().collect();
    order.sort_by_key(|t| (std::cmp::Reverse(t.priority), t.starts_at, t.id));
    let mut taken = Vec::new();
    for task in order {
        let places = usize::try_from(task.workers_needed).unwrap_or(0);
        let places = places.saturating_sub(task.workers.len());
        let (fit, _) = sort_out(&people, depots, aside, task);
        let chosen: Vec<_> = fit.into_iter().take(places).map(|c| c.worker_id).collect();
        for person in people.iter_mut().filter(|p| chosen.contains(&p.id)) {
            person.tasks.push(Held::of(task));
        }
        taken.push((task.id, chosen));
    }
    taken
}

/// Takes whoever cannot be on tasks off them. Where the law of working time stands against several of
/// somebody's tasks together, the one of them goes that [`fill`] filled last, one at a time: what is
/// left may be within the law.
pub fn take_off(chosen: &mut [(TaskId, Vec<WorkerId>)], tasks: &[Task], unfit: &[UnfitTask]) {
    let mut judged = BTreeSet::new();
    for UnfitTask { task_id, reasons, .. } in unfit {
        for Refusal { worker_id, reasons, .. } in reasons {
            let law = reasons.iter().filter_map(|reason| match reason {
                Reason::WorkingTime { from, to, .. } => Some((*from, *to)),
                _ => None,
            });
            let law: Vec<_> = law.collect();
            let together = law.len() == reasons.len();
            if together && !judged.insert(*worker_id) {
                continue;
            }
            let among = |task: &Task| {
                together
                    && law.iter().any(|(from, to)| task.starts_at < *to && task.ends_at > *from)
            };
            let meant = |id| id == *task_id || tasks.iter().any(|it| it.id == id && among(it));
            let mut last_first = chosen.iter_mut().rev();
            let theirs = last_first.find(|(id, on)| on.contains(worker_id) && meant(*id));
            if let Some((_, workers)) = theirs {
                workers.retain(|worker| worker != worker_id);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use contracts::TaskStatus;
    use kernel::{CertificateKindId, PartId, ProjectId, SiteId, SkillId, Timestamp};

    use super::*;
    use crate::law::hours::Hours;
    use crate::tasks::model::{Execution, Priority};
    use crate::tasks::{Needs, PartNeed, SkillLevel};

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn task(from: &str, to: &str, skills: &[SkillId]) -> Task {
        Task {
            id: TaskId::new(),
            site_id: SiteId::new(),
            project_id: ProjectId::new(),
            phase_id: None,
            milestone_id: None,
            title: "Pose du coffret".into(),
            description: String::new(),
            priority: Priority::Normal,
            workers_needed: 1,
            starts_at: at(from),
            ends_at: at(to),
            duration_min: 60,
            status: TaskStatus::Planned,
            started_at: None,
            finished_at: None,
            validated_at: None,
            zone: "Africa/Dakar".into(),
            skills: skills.to_vec(),
            checklists: vec![],
            workers: vec![],
            predecessors: vec![],
            needs: crate::tasks::Needs::default(),
            execution: Execution::default(),
            version: 1,
        }
    }

    /// Works every day from six to eight in the evening.
    fn person(skills: &[(SkillId, Option<NaiveDate>)]) -> Person {
        let mut person = Person::new(WorkerId::new(), "Awa Diop".into());
        person.hours = (1..=7).map(|day| Hours { day, from: 6 * 60, to: 20 * 60 }).collect();
        person.skills = skills
            .iter()
            .map(|&(id, valid_until)| HeldSkill { id, valid_until, level: 3 })
            .collect();
        person
    }

    fn reasons(person: &Person, task: &Task) -> Vec<Reason> {
        person.reasons(task, &[])
    }

    #[test]
    fn a_certificate_must_hold_until_the_last_day_in_the_zone_of_the_site() {
        let skill = SkillId::new();
        let until = |day: &str| person(&[(skill, Some(day.parse().unwrap()))]);
        let task = task("2026-03-02T08:00:00Z", "2026-03-03T17:00:00Z", &[skill]);
        assert_eq!(reasons(&until("2026-03-03"), &task), []);
        let valid_until = "2026-03-02".parse().unwrap();
        assert_eq!(
            reasons(&until("2026-03-02"), &task),
            [Reason::SkillExpired { skill_id: skill, valid_until }]
        );
        assert_eq!(reasons(&person(&[]), &task), [Reason::SkillMissing { skill_id: skill }]);
        // Ends at midnight in Paris: the day before is the last one.
        let paris = Task {
            zone: "Europe/Paris".into(),
            ends_at: at("2026-03-02T23:00:00Z"),
            ..task.clone()
        };
        let rules = reasons(&until("2026-03-02"), &paris);
        assert!(rules.iter().all(|reason| reason.soft().is_some()), "{rules:?}");
    }

    #[test]
    fn absences_and_other_tasks_stand_against_it_only_where_they_overlap() {
        let task = task("2026-03-02T08:00:00Z", "2026-03-02T12:00:00Z", &[]);
        let mut worker = person(&[]);
        worker.absences.push((at("2026-03-02T12:00:00Z"), at("2026-03-02T18:00:00Z")));
        let (six, eight) = (at("2026-03-02T06:00:00Z"), at("2026-03-02T08:00:00Z"));
        worker.tasks.push(Held::sample(TaskId::new(), six, eight));
        assert_eq!(reasons(&worker, &task), []);
        assert_eq!(worker.minutes_that_day(&task), 120);
        worker.tasks.push(Held::sample(TaskId::new(), six, at("2026-03-02T08:01:00Z")));
        worker.absences.push((at("2026-03-02T11:59:00Z"), at("2026-03-02T18:00:00Z")));
        worker.active = false;
        assert_eq!(reasons(&worker, &task).len(), 3);
        worker.tasks[1].seen = false;
        let hidden = reasons(&worker, &task);
        assert!(
            hidden.iter().any(|r| matches!(r, Reason::Overlap { task_id: None, title: None, .. }))
        );
    }

    #[test]
    fn levels_certificates_hours_tools_parts_and_loads_count() {
        let (skill, kind, part) = (SkillId::new(), CertificateKindId::new(), PartId::new());
        let mut task = task("2026-03-02T05:00:00Z", "2026-03-02T12:00:00Z", &[skill]);
        task.needs = Needs {
            levels: vec![SkillLevel { skill_id: skill, level: 4 }],
            certificates: vec![kind],
            tools: vec!["nacelle".into()],
            parts: vec![PartNeed { part_id: part, quantity: 3 }],
            load_kg: 50,
            ..Needs::default()
        };
        let mut worker = person(&[(skill, None)]);
        let words = |worker: &Person, depots: &[DepotStock]| {
            worker.reasons(&task, depots).iter().map(Reason::word).collect::<Vec<_>>()
        };
        assert_eq!(
            words(&worker, &[]),
            [
                "level_too_low",
                "certificate_missing",
                "outside_hours",
                "tool_missing",
                "part_missing",
                "overload"
            ]
        );
        let (from, until) = ("2026-01-01".parse().unwrap(), "2026-03-01".parse().unwrap());
        worker.certificates.push(HeldCertificate { kind, from, until: Some(until) });
        assert!(words(&worker, &[]).contains(&"certificate_expired"));
        worker.certificates.push(HeldCertificate { kind, from, until: None });
        worker.skills[0].level = 4;
        worker.hours[0].from = 5 * 60;
        worker.tools.insert("nacelle".into());
        worker.capacity_kg = Some(50);
        let depot = DepotStock {
            id: kernel::DepotId::new(),
            at: kernel::Position { lat: 14.7, lon: -17.4, accuracy_m: None },
            tools: std::collections::BTreeMap::new(),
            parts: [(part, 3)].into(),
        };
        assert_eq!(words(&worker, &[depot]), [""; 0]);
        worker.hours.clear();
        assert!(words(&worker, &[]).contains(&"no_hours"));
    }

    #[test]
    fn the_one_with_the_fewest_hours_comes_first_and_nobody_is_taken_twice() {
        let morning = task("2026-03-02T08:00:00Z", "2026-03-02T12:00:00Z", &[]);
        let late_morning = task("2026-03-02T10:00:00Z", "2026-03-02T13:00:00Z", &[]);
        let afternoon = task("2026-03-02T14:00:00Z", "2026-03-02T16:00:00Z", &[]);
        let people = [person(&[]), person(&[])];
        let tasks = [afternoon, late_morning, morning];
        let taken = fill(people.to_vec(), &[], &[], &tasks);
        let who = |task: &Task| taken.iter().find(|(id, _)| *id == task.id).unwrap().1.clone();
        assert_eq!(who(&tasks[2]), [people[0].id]);
        assert_eq!(who(&tasks[1]), [people[1].id]);
        assert_eq!(who(&tasks[0]), [people[1].id], "three hours against four");
    }

    #[test]
    fn the_urgent_task_is_served_first_and_full_places_take_nobody() {
        let mut usual = task("2026-03-02T08:00:00Z", "2026-03-02T12:00:00Z", &[]);
        let urgent = Task {
            priority: Priority::Urgent,
            ..task("2026-03-02T09:00:00Z", "2026-03-02T10:00:00Z", &[])
        };
        let people = vec![person(&[])];
        let taken = fill(people.clone(), &[], &[], &[usual.clone(), urgent.clone()]);
        assert_eq!(taken, [(urgent.id, vec![people[0].id]), (usual.id, vec![])]);
        usual.workers.push(WorkerId::new());
        assert_eq!(fill(people, &[], &[], &[usual.clone()]), [(usual.id, vec![])]);
    }

    #[test]
    fn of_what_the_law_forbids_together_the_last_filled_goes_one_at_a_time() {
        let one = |from: &str, to: &str| {
            task(&format!("2026-03-{from}:00Z"), &format!("2026-03-{to}:00Z"), &[])
        };
        let tasks = [
            one("02T06:00", "02T10:00"),
            one("02T11:00", "02T15:00"),
            one("02T16:00", "02T20:00"),
            one("03T06:00", "03T10:00"),
        ];
        let (awa, binta) = (WorkerId::new(), WorkerId::new());
        let mut chosen: Vec<_> = tasks.iter().map(|task| (task.id, vec![awa, binta])).collect();
        let on = |chosen: &[(TaskId, Vec<WorkerId>)], worker| {
            chosen.iter().map(|(_, on)| on.contains(&worker)).collect::<Vec<_>>()
        };
        let day = Reason::WorkingTime {
            code: "day".into(),
            article: String::new(),
            agreement: None,
            limit: 600,
            found: 720,
            from: at("2026-03-02T00:00:00Z"),
            to: at("2026-03-03T00:00:00Z"),
        };
        let unfit = |task: usize, worker_id, reasons: &[Reason]| UnfitTask {
            task_id: tasks[task].id,
            title: String::new(),
            reasons: vec![Refusal { worker_id, name: None, reasons: reasons.to_vec() }],
        };
        take_off(&mut chosen, &tasks, &[unfit(0, awa, std::slice::from_ref(&day))]);
        assert_eq!(on(&chosen, awa), [true, true, false, true]);
        take_off(
            &mut chosen,
            &tasks,
            &[unfit(0, awa, std::slice::from_ref(&day)), unfit(1, awa, std::slice::from_ref(&day))],
        );
        assert_eq!(on(&chosen, awa), [true, false, false, true], "one at a time");
        assert_eq!(on(&chosen, binta), [true; 4]);
        // What stands against one task alone takes them off that one.
        take_off(&mut chosen, &tasks, &[unfit(0, binta, &[day, Reason::NoHours])]);
        assert_eq!(on(&chosen, binta), [false, true, true, true]);
    }
}
