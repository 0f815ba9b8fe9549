//! What a task's dates depend on, and the links between tasks. No I/O.

use chrono::{DateTime, Utc};
use kernel::{CalendarId, DependencyId, ProjectId, TaskId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web::Versioned;

/// What binds a task's dates besides its links and its `not_before`.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema, sqlx::Type,
)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[schema(as = TaskConstraintKind)]
pub enum Bound {
    /// Nothing.
    #[default]
    AsSoonAsPossible,
    /// As late as what depends on it allows.
    AsLateAsPossible,
    /// Its end is not before a moment.
    FinishNoEarlierThan,
    /// Its start is not after a moment: a move that would break it is refused.
    StartNoLaterThan,
    /// Its end is not after a moment: a move that would break it is refused.
    FinishNoLaterThan,
    /// Its start is at a moment: a move that would break it is refused.
    MustStartOn,
    /// Its end is at a moment: a move that would break it is refused.
    MustFinishOn,
}

impl Bound {
    /// Whether it names a moment.
    pub fn has_moment(self) -> bool {
        !matches!(self, Self::AsSoonAsPossible | Self::AsLateAsPossible)
    }
}

/// Which ends of two tasks a link ties.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, ToSchema, sqlx::Type,
)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[schema(as = DependencyKind)]
pub enum Kind {
    /// The successor starts after the predecessor ended.
    #[default]
    FinishToStart,
    /// The successor starts after the predecessor started.
    StartToStart,
    /// The successor ends after the predecessor ended.
    FinishToFinish,
    /// The successor ends after the predecessor started.
    StartToFinish,
}

impl Kind {
    /// The word in JSON and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::FinishToStart => "finish_to_start",
            Self::StartToStart => "start_to_start",
            Self::FinishToFinish => "finish_to_finish",
            Self::StartToFinish => "start_to_finish",
        }
    }
}

impl From<Kind> for engine::LinkKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::FinishToStart => Self::FinishToStart,
            Kind::StartToStart => Self::StartToStart,
            Kind::FinishToFinish => Self::FinishToFinish,
            Kind::StartToFinish => Self::StartToFinish,
        }
    }
}

impl From<engine::LinkKind> for Kind {
    fn from(kind: engine::LinkKind) -> Self {
        match kind {
            engine::LinkKind::FinishToStart => Self::FinishToStart,
            engine::LinkKind::StartToStart => Self::StartToStart,
            engine::LinkKind::FinishToFinish => Self::FinishToFinish,
            engine::LinkKind::StartToFinish => Self::StartToFinish,
        }
    }
}

/// A link between two tasks of a project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Dependency {
    /// Its id.
    pub id: DependencyId,
    /// The project of both tasks.
    pub project_id: ProjectId,
    /// The task that comes first.
    pub predecessor: TaskId,
    /// The task that comes after.
    pub successor: TaskId,
    /// Which ends it ties.
    pub kind: Kind,
    /// Minutes between them; less than none overlaps them.
    pub lag_min: i32,
    /// Whether these minutes pass at night and on holidays too, or only in the successor's working
    /// time.
    pub lag_elapsed: bool,
    /// Always 1: a link is removed and made anew, never changed.
    pub version: i64,
}

impl Versioned for Dependency {
    fn version(&self) -> i64 {
        self.version
    }
}

/// What a task's dates depend on: what people set, and what a move changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// The summary it belongs to.
    pub parent_id: Option<TaskId>,
    /// Its place there.
    pub position: i32,
    /// Minutes of planned work, as people are told; none of a milestone.
    pub duration_min: i32,
    /// Minutes it takes.
    pub work_min: i32,
    /// Whether these are of elapsed time or of its calendar's working time.
    pub work_elapsed: bool,
    /// It does not start before this; none where it is free to.
    pub not_before: Option<DateTime<Utc>>,
    /// What else binds it.
    pub constraint_kind: Bound,
    /// The moment that binds it.
    pub constraint_at: Option<DateTime<Utc>>,
    /// It should end by this.
    pub deadline: Option<DateTime<Utc>>,
    /// Its own calendar.
    pub calendar_id: Option<CalendarId>,
    /// How many of `work_min` are done.
    pub done_min: i32,
    /// Planned pauses: after so many minutes of work, so many minutes long.
    pub splits: Vec<(i64, i64)>,
}

impl Terms {
    /// Minutes between two moments, without their seconds: what a task takes that was planned by
    /// its ends.
    pub fn minutes(from: DateTime<Utc>, to: DateTime<Utc>) -> i32 {
        let (start, end) = super::wall::Wall(chrono_tz::Tz::UTC).span(from, to);
        i32::try_from((end - start).num_minutes()).unwrap_or(i32::MAX)
    }

    /// Those of a task that starts at a moment and takes so much elapsed time.
    pub fn pinned(span: crate::tasks::model::Span) -> Self {
        Self {
            parent_id: None,
            position: 0,
            duration_min: span.duration_min,
            work_min: Self::minutes(span.starts_at, span.ends_at),
            work_elapsed: true,
            not_before: Some(span.starts_at),
            constraint_kind: Bound::AsSoonAsPossible,
            constraint_at: None,
            deadline: None,
            calendar_id: None,
            done_min: 0,
            splits: Vec::new(),
        }
    }

    /// Lets the task start at a moment, or when its links let it. What says how early or late it
    /// goes gives way; what it must keep stays, and is checked when the plan is calculated.
    pub fn start_at(&mut self, moment: DateTime<Utc>) {
        match self.constraint_kind {
            Bound::AsLateAsPossible | Bound::FinishNoEarlierThan => {
                self.constraint_kind = Bound::AsSoonAsPossible;
                self.constraint_at = None;
            }
            Bound::AsSoonAsPossible
            | Bound::StartNoLaterThan
            | Bound::FinishNoLaterThan
            | Bound::MustStartOn
            | Bound::MustFinishOn => {}
        }
        self.not_before = Some(moment);
    }

    /// Binds the task otherwise.
    pub fn bind(&mut self, kind: Bound, moment: Option<DateTime<Utc>>) {
        if !matches!(kind, Bound::StartNoLaterThan | Bound::FinishNoLaterThan) {
            self.not_before = None;
        }
        self.constraint_kind = kind;
        self.constraint_at = moment.filter(|_| kind.has_moment());
    }
}
