//! Who can do a task, who cannot and why, and whom the automatic assignment takes. No I/O.

use chrono::{DateTime, Duration, NaiveDate, NaiveTime, TimeZone, Utc};
use chrono_tz::Tz;
use kernel::{SkillId, TaskId, Timestamp, WorkerId};
use serde::Serialize;
use utoipa::ToSchema;

use crate::tasks::Task;

/// What is known of a worker who might be assigned.
#[derive(Debug, Clone)]
pub struct Person {
    /// The worker.
    pub id: WorkerId,
    /// The worker's name.
    pub name: String,
    /// Whether the worker is still planned.
    pub active: bool,
    /// The skills held, each with the last day it is valid, where it ends.
    pub skills: Vec<(SkillId, Option<NaiveDate>)>,
    /// When the worker is away.
    pub absences: Vec<(Timestamp, Timestamp)>,
    /// The tasks that hold the worker.
    pub tasks: Vec<Held>,
}

/// A task that holds a worker for a span of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// The task.
    pub id: TaskId,
    /// Its title.
    pub title: String,
    /// From when.
    pub from: Timestamp,
    /// To when.
    pub to: Timestamp,
}

/// Why a worker cannot be on a task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(tag = "rule", rename_all = "snake_case")]
#[schema(as = MisfitRule)]
pub enum Reason {
    /// There is no such worker.
    Unknown,
    /// The worker is not planned any more.
    Inactive,
    /// A skill of the task is not held.
    SkillMissing {
        /// The skill.
        skill_id: SkillId,
    },
    /// A skill's certificate ends before the task's last day.
    SkillExpired {
        /// The skill.
        skill_id: SkillId,
        /// The last day it was valid.
        valid_until: NaiveDate,
    },
    /// The worker is away.
    Absent {
        /// From when.
        from: DateTime<Utc>,
        /// To when.
        to: DateTime<Utc>,
    },
    /// Another task holds the worker at that time.
    Overlap {
        /// The other task.
        task_id: TaskId,
        /// Its title.
        title: String,
        /// From when.
        from: DateTime<Utc>,
        /// To when.
        to: DateTime<Utc>,
    },
}

/// A worker who cannot be on a task, with every reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Misfit)]
pub struct Refusal {
    /// The worker.
    pub worker_id: WorkerId,
    /// The worker's name, where there is such a worker.
    pub name: Option<String>,
    /// Why not.
    pub reasons: Vec<Reason>,
}

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

/// The last day of a task, in its site's zone: certificates must hold until then.
fn last_day(task: &Task) -> NaiveDate {
    (task.ends_at - Duration::seconds(1)).with_timezone(&zone(task)).date_naive()
}

/// The task's first day, in its site's zone, from midnight to midnight.
fn first_day(task: &Task) -> (Timestamp, Timestamp) {
    let zone = zone(task);
    let day = task.starts_at.with_timezone(&zone).date_naive();
    (midnight(zone, day), midnight(zone, day + Duration::days(1)))
}

fn zone(task: &Task) -> Tz {
    task.zone.parse().unwrap_or(Tz::UTC)
}

/// Where summer time skips midnight, the day begins an hour later.
fn midnight(zone: Tz, day: NaiveDate) -> Timestamp {
    let at = day.and_time(NaiveTime::MIN);
    let local = zone.from_local_datetime(&at).earliest();
    let local = local.or_else(|| zone.from_local_datetime(&(at + Duration::hours(1))).earliest());
    local.map_or_else(|| at.and_utc(), |l| l.with_timezone(&Utc))
}

fn overlap(a: (Timestamp, Timestamp), b: (Timestamp, Timestamp)) -> bool {
    a.0 < b.1 && b.0 < a.1
}

impl Person {
    /// Every reason why this worker cannot be on `task`; none where nothing stands against it.
    pub fn reasons(&self, task: &Task) -> Vec<Reason> {
        let span = (task.starts_at, task.ends_at);
        let last_day = last_day(task);
        let inactive = (!self.active).then_some(Reason::Inactive);
        let skills = task.skills.iter().filter_map(|&skill_id| {
            match self.skills.iter().find(|(id, _)| *id == skill_id) {
                None => Some(Reason::SkillMissing { skill_id }),
                Some((_, Some(valid_until))) if *valid_until < last_day => {
                    Some(Reason::SkillExpired { skill_id, valid_until: *valid_until })
                }
                Some(_) => None,
            }
        });
        let absences = self
            .absences
            .iter()
            .filter(|(from, to)| overlap(span, (*from, *to)))
            .map(|&(from, to)| Reason::Absent { from, to });
        let tasks = self
            .tasks
            .iter()
            .filter(|held| held.id != task.id && overlap(span, (held.from, held.to)))
            .map(|held| Reason::Overlap {
                task_id: held.id,
                title: held.title.clone(),
                from: held.from,
                to: held.to,
            });
        inactive.into_iter().chain(skills).chain(absences).chain(tasks).collect()
    }

    /// Minutes that other tasks hold the worker on the task's first day.
    pub fn minutes_that_day(&self, task: &Task) -> i64 {
        let (from, to) = first_day(task);
        let held = self.tasks.iter().filter(|h| h.id != task.id);
        held.map(|h| (h.to.min(to) - h.from.max(from)).num_minutes().max(0)).sum()
    }

    fn candidate(&self, task: &Task) -> Candidate {
        let needed = self.skills.iter().filter(|(id, _)| task.skills.contains(id));
        Candidate {
            worker_id: self.id,
            name: self.name.clone(),
            minutes_that_day: self.minutes_that_day(task),
            valid_until: needed.filter_map(|(_, until)| *until).min(),
        }
    }
}

/// Who can be on the task, the one with the fewest hours that day first, then by id; and who
/// cannot, those with the fewest reasons first.
pub fn sort_out(people: &[Person], task: &Task) -> (Vec<Candidate>, Vec<Refusal>) {
    let (mut fit, mut unfit) = (Vec::new(), Vec::new());
    for person in people.iter().filter(|p| !task.workers.contains(&p.id)) {
        let reasons = person.reasons(task);
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
pub fn fill(mut people: Vec<Person>, tasks: &[Task]) -> Vec<(TaskId, Vec<WorkerId>)> {
    let mut order: Vec<_> = tasks.iter().collect();
    order.sort_by_key(|t| (std::cmp::Reverse(t.priority), t.starts_at, t.id));
    let mut taken = Vec::new();
    for task in order {
        let places = usize::try_from(task.workers_needed).unwrap_or(0);
        let places = places.saturating_sub(task.workers.len());
        let (fit, _) = sort_out(&people, task);
        let chosen: Vec<_> = fit.into_iter().take(places).map(|c| c.worker_id).collect();
        for person in people.iter_mut().filter(|p| chosen.contains(&p.id)) {
            person.tasks.push(Held {
                id: task.id,
                title: task.title.clone(),
                from: task.starts_at,
                to: task.ends_at,
            });
        }
        taken.push((task.id, chosen));
    }
    taken
}

#[cfg(test)]
mod tests {
    use contracts::TaskStatus;
    use kernel::{ProjectId, SiteId};

    use super::*;
    use crate::tasks::model::{Execution, Priority};

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
            execution: Execution::default(),
            version: 1,
        }
    }

    fn person(skills: &[(SkillId, Option<NaiveDate>)]) -> Person {
        Person {
            id: WorkerId::new(),
            name: "Awa Diop".into(),
            active: true,
            skills: skills.to_vec(),
            absences: vec![],
            tasks: vec![],
        }
    }

    #[test]
    fn a_certificate_must_hold_until_the_last_day_in_the_zone_of_the_site() {
        let skill = SkillId::new();
        let until = |day: &str| person(&[(skill, Some(day.parse().unwrap()))]);
        let task = task("2026-03-02T08:00:00Z", "2026-03-03T17:00:00Z", &[skill]);
        assert_eq!(until("2026-03-03").reasons(&task), []);
        let valid_until = "2026-03-02".parse().unwrap();
        assert_eq!(
            until("2026-03-02").reasons(&task),
            [Reason::SkillExpired { skill_id: skill, valid_until }]
        );
        assert_eq!(person(&[]).reasons(&task), [Reason::SkillMissing { skill_id: skill }]);
        // Ends at midnight in Paris: the day before is the last one.
        let paris = Task {
            zone: "Europe/Paris".into(),
            ends_at: at("2026-03-02T23:00:00Z"),
            ..task.clone()
        };
        assert_eq!(until("2026-03-02").reasons(&paris), []);
    }

    #[test]
    fn absences_and_other_tasks_stand_against_it_only_where_they_overlap() {
        let task = task("2026-03-02T08:00:00Z", "2026-03-02T12:00:00Z", &[]);
        let mut worker = person(&[]);
        worker.absences.push((at("2026-03-02T12:00:00Z"), at("2026-03-02T18:00:00Z")));
        let before = Held {
            id: TaskId::new(),
            title: "Tranchée".into(),
            from: at("2026-03-02T06:00:00Z"),
            to: at("2026-03-02T08:00:00Z"),
        };
        worker.tasks.push(before.clone());
        assert_eq!(worker.reasons(&task), []);
        assert_eq!(worker.minutes_that_day(&task), 120);
        worker.tasks.push(Held { to: at("2026-03-02T08:01:00Z"), ..before });
        worker.absences.push((at("2026-03-02T11:59:00Z"), at("2026-03-02T18:00:00Z")));
        worker.active = false;
        assert_eq!(worker.reasons(&task).len(), 3);
    }

    #[test]
    fn the_one_with_the_fewest_hours_comes_first_and_nobody_is_taken_twice() {
        let morning = task("2026-03-02T08:00:00Z", "2026-03-02T12:00:00Z", &[]);
        let late_morning = task("2026-03-02T10:00:00Z", "2026-03-02T13:00:00Z", &[]);
        let afternoon = task("2026-03-02T14:00:00Z", "2026-03-02T16:00:00Z", &[]);
        let people = [person(&[]), person(&[])];
        let tasks = [afternoon, late_morning, morning];
        let taken = fill(people.to_vec(), &tasks);
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
        let taken = fill(people.clone(), &[usual.clone(), urgent.clone()]);
        assert_eq!(taken, [(urgent.id, vec![people[0].id]), (usual.id, vec![])]);
        usual.workers.push(WorkerId::new());
        assert_eq!(fill(people, &[usual.clone()]), [(usual.id, vec![])]);
    }
}
