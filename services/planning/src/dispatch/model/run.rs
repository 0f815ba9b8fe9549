//! A search: what it was asked, where it stands, and what may become of it. No I/O.

use chrono::{DateTime, Utc};
use contracts::{DispatchChange, DispatchChanged, DispatchState};
use kernel::{DispatchRunId, ProjectId, SiteId, SkillId, TaskId, UserId, WorkerId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web::Versioned;

use super::ask::Ask;
use super::proposal::Progress;
use crate::tasks::{Needs, Task};

/// What a search is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[schema(as = DispatchKind)]
pub enum Kind {
    /// A good plan.
    Plan,
    /// As few changes as can be after something happened.
    Replan,
}

/// A search for who does what and when.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = DispatchRun)]
pub struct Run {
    /// Its id.
    pub id: DispatchRunId,
    /// What it is for.
    pub kind: Kind,
    /// Where it stands.
    pub state: DispatchState,
    /// What was asked.
    pub ask: Ask,
    /// The sites whose tasks it is about.
    pub site_ids: Vec<SiteId>,
    /// Their projects.
    pub project_ids: Vec<ProjectId>,
    /// The sites with the project of each.
    #[serde(skip)]
    pub places: Vec<(ProjectId, SiteId)>,
    /// Whether it only asks what would be: it is not published unless that is said again.
    pub what_if: bool,
    /// Who asked.
    pub asked_by: Option<UserId>,
    /// When.
    pub asked_at: DateTime<Utc>,
    /// Whether somebody wants it stopped.
    pub stop: bool,
    /// When it began.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
    /// How far it is.
    pub progress: Progress,
    /// Why it could not be done, in a word for programs.
    pub failure: Option<String>,
    /// Who made its proposal the plan.
    pub published_by: Option<UserId>,
    /// When.
    pub published_at: Option<DateTime<Utc>>,
    /// Counts its changes.
    pub version: i64,
}

impl Versioned for Run {
    fn version(&self) -> i64 {
        self.version
    }
}

impl Run {
    /// Whether nothing more is searched.
    pub fn is_over(&self) -> bool {
        !matches!(self.state, DispatchState::Queued | DispatchState::Running)
    }

    /// Whether there may be a proposal to publish.
    pub fn is_publishable(&self) -> bool {
        matches!(self.state, DispatchState::Done | DispatchState::Cancelled)
    }

    /// The news of it.
    pub fn news(&self, change: DispatchChange) -> DispatchChanged {
        let one = |ids: &[ProjectId]| if let [one] = ids { Some(*one) } else { None };
        DispatchChanged {
            run: self.id,
            version: self.version,
            change,
            state: self.state,
            project: one(&self.project_ids),
            site: if let [one] = self.site_ids.as_slice() { Some(*one) } else { None },
            percent: self.progress.percent,
            tasks: self.progress.tasks,
            unserved: self.progress.unserved,
        }
    }
}

/// A task as it was when a search began: whatever of it decides who can do it and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Basis {
    /// The task.
    pub id: TaskId,
    /// Its version.
    pub version: i64,
    /// Planned start.
    pub starts_at: DateTime<Utc>,
    /// Planned end.
    pub ends_at: DateTime<Utc>,
    /// Minutes of planned work.
    pub duration_min: i32,
    /// How many workers it takes.
    pub workers_needed: i16,
    /// Its skills.
    pub skills: Vec<SkillId>,
    /// Who was on it.
    pub workers: Vec<WorkerId>,
    /// What else it asks.
    pub needs: Needs,
}

impl From<&Task> for Basis {
    fn from(task: &Task) -> Self {
        Self {
            id: task.id,
            version: task.version,
            starts_at: task.starts_at,
            ends_at: task.ends_at,
            duration_min: task.duration_min,
            workers_needed: task.workers_needed,
            skills: task.skills.clone(),
            workers: task.workers.clone(),
            needs: task.needs.clone(),
        }
    }
}

/// What of a task became another since a search began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = DispatchMoved)]
pub enum Moved {
    /// The task is gone.
    Gone,
    /// Work on it has begun, or it is done or cancelled.
    Status,
    /// Somebody put others on it.
    Workers,
    /// Somebody moved it.
    Dates,
    /// What it asks of those who do it.
    Needs,
}

impl Basis {
    /// What of the task became another; none where all that counts is the same.
    pub fn moved(&self, now: Option<&Task>) -> Option<Moved> {
        let Some(task) = now else { return Some(Moved::Gone) };
        let same = Self::from(task);
        if !task.is_open() || task.started_at.is_some() {
            Some(Moved::Status)
        } else if same.workers != self.workers {
            Some(Moved::Workers)
        } else if (same.starts_at, same.ends_at) != (self.starts_at, self.ends_at) {
            Some(Moved::Dates)
        } else if (&same.skills, &same.needs) != (&self.skills, &self.needs)
            || same.workers_needed != self.workers_needed
            || same.duration_min != self.duration_min
        {
            Some(Moved::Needs)
        } else {
            None
        }
    }
}

/// A task that is no longer as a proposal took it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = DispatchStale)]
pub struct Stale {
    /// The task.
    pub task_id: TaskId,
    /// Its title, where it is still there.
    pub title: Option<String>,
    /// What became another.
    pub what: Moved,
    /// Its version when the search began.
    pub version_then: i64,
    /// Its version now.
    pub version_now: Option<i64>,
}
