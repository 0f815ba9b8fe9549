//! What a roadmap shows, and how progress and lateness are told.

use chrono::NaiveDate;
use contracts::{MilestoneStatus, ProjectStatus};
use kernel::{MilestoneId, PhaseId, ProjectId, SiteId};
use serde::Serialize;
use utoipa::ToSchema;

/// The most phases, milestones and sites of one project that a roadmap shows.
pub(super) const MOST: i64 = 200;

/// How far the work is, weighed by the planned minutes of the tasks that are not cancelled; of
/// those that the caller sees.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, ToSchema)]
pub struct Progress {
    /// How many tasks there are.
    pub tasks: i64,
    /// How many of them are done or validated.
    pub done: i64,
    /// How many are not done although their planned end has passed.
    pub late: i64,
    /// How much of the planned work is done, in percent; none where nothing is planned.
    pub done_percent: Option<f64>,
    /// How much of it should be done by now, each task being worked on evenly over its span.
    pub planned_percent: Option<f64>,
}

/// Minutes of work by where they stand, as the tasks say.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Minutes {
    pub tasks: i64,
    pub done: i64,
    pub late: i64,
    /// Planned in all.
    pub all_min: f64,
    /// Of tasks that are done.
    pub done_min: f64,
    /// That should be done by now.
    pub due_min: f64,
}

impl Minutes {
    /// Both together.
    pub fn plus(self, other: Self) -> Self {
        Self {
            tasks: self.tasks + other.tasks,
            done: self.done + other.done,
            late: self.late + other.late,
            all_min: self.all_min + other.all_min,
            done_min: self.done_min + other.done_min,
            due_min: self.due_min + other.due_min,
        }
    }

    /// As people read it.
    pub fn progress(self) -> Progress {
        let percent =
            |part: f64| (self.all_min > 0.0).then(|| (part / self.all_min * 1000.0).round() / 10.0);
        Progress {
            tasks: self.tasks,
            done: self.done,
            late: self.late,
            done_percent: percent(self.done_min),
            planned_percent: percent(self.due_min),
        }
    }
}

/// A phase on the roadmap.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct RoadmapPhase {
    /// The phase.
    pub id: PhaseId,
    /// Its name.
    pub name: String,
    /// Its place among the project's phases.
    pub place: i32,
    /// First planned day.
    pub starts_on: Option<NaiveDate>,
    /// Last planned day.
    pub ends_on: Option<NaiveDate>,
    /// How far it is.
    pub progress: Progress,
    /// By how many days its last planned day has passed while work is left.
    pub late_days: i64,
}

/// A milestone on the roadmap.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct RoadmapMilestone {
    /// The milestone.
    pub id: MilestoneId,
    /// Its name.
    pub name: String,
    /// The phase it ends, if any.
    pub phase_id: Option<PhaseId>,
    /// The day it is due.
    pub due_on: NaiveDate,
    /// Where it stands.
    pub status: MilestoneStatus,
    /// By how many days it is overdue.
    pub late_days: i64,
}

/// A site on the roadmap.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct RoadmapSite {
    /// The site.
    pub id: SiteId,
    /// Its name.
    pub name: String,
    /// IANA time zone.
    pub zone: String,
    /// How far it is.
    pub progress: Progress,
}

/// A project on the roadmap.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct RoadmapProject {
    /// The project.
    pub id: ProjectId,
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub status: ProjectStatus,
    /// First planned day.
    pub starts_on: Option<NaiveDate>,
    /// Last planned day.
    pub ends_on: Option<NaiveDate>,
    /// How far it is.
    pub progress: Progress,
    /// By how many days its last planned day has passed while it is not closed.
    pub late_days: i64,
    /// Its phases by their place, the first 200.
    pub phases: Vec<RoadmapPhase>,
    /// Its milestones by their day, the first 200.
    pub milestones: Vec<RoadmapMilestone>,
    /// Those of its sites that the caller sees, the first 200.
    pub sites: Vec<RoadmapSite>,
    /// Whether it has more phases, milestones or sites than are shown.
    pub cut: bool,
}

/// A page of the roadmap.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Roadmap {
    /// The firm's day that lateness is counted to.
    pub today: NaiveDate,
    /// The projects, oldest first.
    pub items: Vec<RoadmapProject>,
    /// The cursor of the page after this one; none at the end.
    pub next: Option<String>,
}

/// By how many days `due` has passed while `open`; 0 where it has not.
pub(super) fn late_days(due: Option<NaiveDate>, open: bool, today: NaiveDate) -> i64 {
    due.filter(|_| open).map_or(0, |due| (today - due).num_days().max(0))
}

/// Whether work is left.
pub(super) fn unfinished(progress: &Progress) -> bool {
    progress.tasks == 0 || progress.done < progress.tasks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_weighs_tasks_by_their_work_and_says_nothing_of_none() {
        assert_eq!(Minutes::default().progress().done_percent, None);
        let one = Minutes {
            tasks: 1,
            done: 1,
            all_min: 60.0,
            done_min: 60.0,
            due_min: 60.0,
            ..Minutes::default()
        };
        let other =
            Minutes { tasks: 1, late: 1, all_min: 120.0, due_min: 90.0, ..Minutes::default() };
        let both = one.plus(other).progress();
        assert_eq!((both.tasks, both.done, both.late), (2, 1, 1));
        assert_eq!((both.done_percent, both.planned_percent), (Some(33.3), Some(83.3)));
    }

    #[test]
    fn lateness_counts_days_after_the_due_day_while_it_is_open() {
        let day = |d| NaiveDate::from_ymd_opt(2026, 6, d);
        let today = day(10).unwrap();
        assert_eq!(late_days(day(7), true, today), 3);
        assert_eq!(late_days(day(7), false, today), 0);
        assert_eq!(late_days(day(10), true, today), 0);
        assert_eq!(late_days(day(20), true, today), 0);
        assert_eq!(late_days(None, true, today), 0);
    }
}
