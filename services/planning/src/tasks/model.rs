//! A task, its span of time and the steps it takes. No I/O.

mod execution;
mod moment;
mod step;

use auth::Target;
use chrono::{DateTime, Datelike, Duration, Utc};
use contracts::TaskStatus;
use kernel::{
    ChecklistId, MilestoneId, PhaseId, ProjectId, SiteId, SkillId, TaskId, Timestamp, WorkerId,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web::Versioned;

pub use self::execution::{Block, Execution, Measure, ProgressError, Report, Reported};
pub use self::moment::Moment;
pub use self::step::{Step, StepError};
use super::needs::Needs;

/// How urgent a task is.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Default,
    Serialize,
    Deserialize,
    ToSchema,
    sqlx::Type,
)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[schema(as = TaskPriority)]
pub enum Priority {
    /// When there is time.
    Low,
    /// As planned.
    #[default]
    Normal,
    /// Before others.
    High,
    /// Now.
    Urgent,
}

/// A piece of work on a site.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Task {
    /// Its id.
    pub id: TaskId,
    /// The site it is done on.
    pub site_id: SiteId,
    /// The site's project.
    pub project_id: ProjectId,
    /// The project's phase it belongs to.
    pub phase_id: Option<PhaseId>,
    /// The milestone it leads to.
    pub milestone_id: Option<MilestoneId>,
    /// What is to be done, in a few words.
    pub title: String,
    /// What is to be done, at length.
    pub description: String,
    /// How urgent it is.
    pub priority: Priority,
    /// How many workers it takes, 1 to 50.
    pub workers_needed: i16,
    /// Planned start.
    pub starts_at: DateTime<Utc>,
    /// Planned end.
    pub ends_at: DateTime<Utc>,
    /// Minutes of planned work.
    pub duration_min: i32,
    /// Where it stands.
    pub status: TaskStatus,
    /// When work began, by the device's clock.
    pub started_at: Option<DateTime<Utc>>,
    /// When the worker finished, by the device's clock.
    pub finished_at: Option<DateTime<Utc>>,
    /// When the site lead agreed, by the device's clock.
    pub validated_at: Option<DateTime<Utc>>,
    /// The site's IANA time zone, in which its days are read.
    pub zone: String,
    /// The skills that each of its workers must hold.
    pub skills: Vec<SkillId>,
    /// The checklists to be answered.
    pub checklists: Vec<ChecklistId>,
    /// Who is on it.
    pub workers: Vec<WorkerId>,
    /// The tasks that come before it.
    pub predecessors: Vec<TaskId>,
    /// What it asks of those who do it, beside its skills.
    #[serde(skip_serializing_if = "Needs::is_empty")]
    pub needs: Needs,
    /// How the work on it goes.
    pub execution: Execution,
    /// Counts its changes.
    pub version: i64,
}

impl Versioned for Task {
    fn version(&self) -> i64 {
        self.version
    }
}

impl Task {
    /// What an action on it is checked against: a crew member reaches it by being on it.
    pub fn target(&self) -> Target {
        Target::site(self.project_id, self.site_id).with_workers(self.workers.iter().copied())
    }

    /// Whether work on it is ahead or under way. What is done must be reopened before its plan,
    /// its workers or its checklists change.
    pub fn is_open(&self) -> bool {
        self.status.is_open()
    }

    /// Its planned span.
    pub fn span(&self) -> Span {
        Span { starts_at: self.starts_at, ends_at: self.ends_at, duration_min: self.duration_min }
    }

    /// Gives it another planned span.
    pub fn move_to(&mut self, span: Span) {
        self.starts_at = span.starts_at;
        self.ends_at = span.ends_at;
        self.duration_min = span.duration_min;
    }
}

/// A task as a problem names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TaskRef {
    /// Its id.
    pub id: TaskId,
    /// Its title.
    pub title: String,
    /// Where it stands.
    pub status: TaskStatus,
}

/// From when to when a task is planned, and how many minutes of work that is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Planned start.
    pub starts_at: DateTime<Utc>,
    /// Planned end.
    pub ends_at: DateTime<Utc>,
    /// Minutes of planned work.
    pub duration_min: i32,
}

/// Why a span is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpanError {
    /// Neither an end nor a duration was given.
    Open,
    /// It ends before it starts.
    Backwards,
    /// It is longer than three years or leaves the years that can be planned.
    Endless,
}

impl Span {
    /// A span from what was given: an end, a duration, or both.
    pub fn plan(
        starts_at: Timestamp,
        ends_at: Option<Timestamp>,
        duration_min: Option<i32>,
    ) -> Result<Self, SpanError> {
        let span = match (ends_at, duration_min) {
            (None, None) => return Err(SpanError::Open),
            (None, Some(duration_min)) => Self {
                starts_at,
                ends_at: starts_at + Duration::minutes(duration_min.into()),
                duration_min,
            },
            (Some(ends_at), duration) => {
                let minutes = (ends_at - starts_at).num_minutes().max(1);
                let duration_min = duration.or(i32::try_from(minutes).ok());
                let duration_min = duration_min.ok_or(SpanError::Endless)?;
                Self { starts_at, ends_at, duration_min }
            }
        };
        span.check()
    }

    /// The span with some of its values changed. Where the start alone is, the whole moves; where
    /// nothing is, it stays whatever it is: what was done within a minute, and a milestone, have no
    /// length.
    pub fn replan(
        self,
        starts_at: Option<Timestamp>,
        ends_at: Option<Timestamp>,
        duration_min: Option<i32>,
    ) -> Result<Self, SpanError> {
        match (starts_at, ends_at, duration_min) {
            (None, None, None) => Ok(self),
            (Some(starts_at), None, None) => self.starting(starts_at),
            (starts_at, None, Some(_)) => {
                Self::plan(starts_at.unwrap_or(self.starts_at), None, duration_min)
            }
            (starts_at, ends_at, duration_min) => Self {
                starts_at: starts_at.unwrap_or(self.starts_at),
                ends_at: ends_at.unwrap_or(self.ends_at),
                duration_min: duration_min.unwrap_or(self.duration_min),
            }
            .check(),
        }
    }

    /// The same span at another start.
    pub fn starting(self, starts_at: Timestamp) -> Result<Self, SpanError> {
        Self { starts_at, ends_at: starts_at + (self.ends_at - self.starts_at), ..self }.in_time()
    }

    fn check(self) -> Result<Self, SpanError> {
        if self.ends_at <= self.starts_at {
            return Err(SpanError::Backwards);
        }
        self.in_time()
    }

    fn in_time(self) -> Result<Self, SpanError> {
        if self.ends_at - self.starts_at > Duration::days(3 * 366) || self.ends_at.year() > 2101 {
            return Err(SpanError::Endless);
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_span_takes_an_end_or_a_duration_or_both() {
        let start = at("2026-03-02T08:00:00Z");
        let end = at("2026-03-02T12:00:00Z");
        assert_eq!(Span::plan(start, Some(end), None).unwrap().duration_min, 240);
        assert_eq!(Span::plan(start, None, Some(240)).unwrap().ends_at, end);
        assert_eq!(Span::plan(start, Some(end), Some(90)).unwrap().duration_min, 90);
        assert_eq!(Span::plan(start, None, None), Err(SpanError::Open));
        assert_eq!(Span::plan(end, Some(start), None), Err(SpanError::Backwards));
        assert_eq!(Span::plan(start, Some(start), None), Err(SpanError::Backwards));
        let far = at("2031-03-02T12:00:00Z");
        assert_eq!(Span::plan(start, Some(far), None), Err(SpanError::Endless));
    }

    #[test]
    fn moving_the_start_moves_the_whole_and_a_duration_moves_the_end() {
        let span = Span::plan(at("2026-03-02T08:00:00Z"), None, Some(120)).unwrap();
        let later = span.replan(Some(at("2026-03-02T09:00:00Z")), None, None).unwrap();
        assert_eq!(later.ends_at, at("2026-03-02T11:00:00Z"));
        assert_eq!(later.duration_min, 120);
        let longer = span.replan(None, None, Some(180)).unwrap();
        assert_eq!(longer.ends_at, at("2026-03-02T11:00:00Z"));
        let end_alone = span.replan(None, Some(at("2026-03-02T18:00:00Z")), None).unwrap();
        assert_eq!((end_alone.starts_at, end_alone.duration_min), (span.starts_at, 120));
        assert!(span.replan(None, Some(at("2026-03-02T07:00:00Z")), None).is_err());
    }

    #[test]
    fn what_has_no_length_keeps_none_whatever_else_changes() {
        let start = at("2026-03-02T08:00:00Z");
        let done = Span { starts_at: start, ends_at: start, duration_min: 60 };
        assert_eq!(done.replan(None, None, None), Ok(done));
        let later = start + Duration::hours(1);
        let moved = Span { starts_at: later, ends_at: later, ..done };
        assert_eq!(done.replan(Some(later), None, None), Ok(moved));
        assert_eq!(
            done.replan(None, None, Some(30)).unwrap().ends_at,
            later - Duration::minutes(30)
        );
        let far = at("2120-03-02T08:00:00Z");
        assert_eq!(done.replan(Some(far), None, None), Err(SpanError::Endless));
    }
}
