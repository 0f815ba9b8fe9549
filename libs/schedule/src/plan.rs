//! What is to be scheduled, and what comes of it.
//!
//! A plan refers to its tasks and calendars by their place in its lists.

use chrono::NaiveDateTime;

use crate::Calendar;

/// Tasks, the links between them, and the calendars they are worked by.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// Nothing that is free to begin begins before this moment.
    pub start: NaiveDateTime,
    /// The moment to which progress was reported. What is not done by then is moved after it
    /// ("reschedule uncompleted work"); without it, progress keeps its place.
    pub status_at: Option<NaiveDateTime>,
    /// The calendars.
    pub calendars: Vec<Calendar>,
    /// The calendar of tasks that have none of their own.
    pub calendar: usize,
    /// Whose working time a lag is counted in.
    pub lag_calendar: LagCalendar,
    /// The tasks, each after its parent.
    pub tasks: Vec<Task>,
    /// The links between them.
    pub links: Vec<Link>,
}

/// Whose working time a link's lag is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LagCalendar {
    /// The successor's, as Microsoft Project counts.
    #[default]
    Successor,
    /// The predecessor's, as Primavera P6 counts unless told otherwise.
    Predecessor,
    /// The plan's.
    Plan,
}

/// A task, or a summary: what has children takes its dates from them.
#[derive(Debug, Clone, PartialEq)]
pub struct Task {
    /// What it is called.
    pub name: String,
    /// The summary it belongs to in the work breakdown.
    pub parent: Option<usize>,
    /// How much work it is. A milestone has none.
    pub work: Work,
    /// The calendar it is worked by, where it is not the plan's.
    pub calendar: Option<usize>,
    /// What binds its dates besides its links.
    pub constraint: Constraint,
    /// The moment it should be finished by; late dates honour it, early ones don't.
    pub deadline: Option<NaiveDateTime>,
    /// What was done of it.
    pub progress: Progress,
    /// Pauses that planners put in, each after so many minutes of work, so many minutes of working
    /// time long, in order.
    pub splits: Vec<(i64, i64)>,
    /// Whether it is left out of the calculation (cancelled): it has no dates and binds nobody.
    pub inactive: bool,
}

/// How much time a task takes, in minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// Of its calendar's working time.
    Working(i64),
    /// Of elapsed time, nights and holidays included.
    Elapsed(i64),
}

/// What binds a task's dates besides its links.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Constraint {
    /// Nothing.
    #[default]
    AsSoonAsPossible,
    /// As late as what depends on it allows.
    AsLateAsPossible,
    /// Its start is not before this.
    StartNoEarlierThan(NaiveDateTime),
    /// Its start is not after this.
    StartNoLaterThan(NaiveDateTime),
    /// Its end is not before this.
    FinishNoEarlierThan(NaiveDateTime),
    /// Its end is not after this.
    FinishNoLaterThan(NaiveDateTime),
    /// Its start is this.
    MustStartOn(NaiveDateTime),
    /// Its end is this.
    MustFinishOn(NaiveDateTime),
}

impl Constraint {
    /// The date it names, if it names one.
    pub fn date(self) -> Option<NaiveDateTime> {
        match self {
            Self::AsSoonAsPossible | Self::AsLateAsPossible => None,
            Self::StartNoEarlierThan(at)
            | Self::StartNoLaterThan(at)
            | Self::FinishNoEarlierThan(at)
            | Self::FinishNoLaterThan(at)
            | Self::MustStartOn(at)
            | Self::MustFinishOn(at) => Some(at),
        }
    }
}

/// What was done of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// When it began.
    pub started_at: Option<NaiveDateTime>,
    /// When it ended.
    pub finished_at: Option<NaiveDateTime>,
    /// Minutes of it that are done.
    pub done: i64,
}

/// The one begins or ends after the other did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link {
    /// The predecessor.
    pub from: usize,
    /// The successor.
    pub to: usize,
    /// Which ends it ties.
    pub kind: LinkKind,
    /// How much time passes between them; less than none overlaps them.
    pub lag: Lag,
}

/// Which ends of two tasks a link ties.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum LinkKind {
    /// The successor starts after the predecessor finished.
    #[default]
    FinishToStart,
    /// The successor starts after the predecessor started.
    StartToStart,
    /// The successor finishes after the predecessor finished.
    FinishToFinish,
    /// The successor finishes after the predecessor started.
    StartToFinish,
}

/// The time between the two ends of a link, in minutes; negative for a lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lag {
    /// Of working time, in the calendar that [`LagCalendar`] names.
    Working(i64),
    /// Of elapsed time.
    Elapsed(i64),
    /// Of the predecessor's duration, in per cent.
    Percent(i32),
}

/// When a task happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dates {
    /// When it is planned to start: the early start, or the late one where it goes as late as
    /// possible, or the actual one.
    pub start: NaiveDateTime,
    /// When it is planned to end.
    pub finish: NaiveDateTime,
    /// The soonest it can start.
    pub early_start: NaiveDateTime,
    /// The soonest it can end.
    pub early_finish: NaiveDateTime,
    /// The latest it may start without delaying the end.
    pub late_start: NaiveDateTime,
    /// The latest it may end without delaying the end.
    pub late_finish: NaiveDateTime,
    /// Minutes of its working time it can slip without delaying the end; negative where a hard
    /// date cannot be kept.
    pub total_float: i64,
    /// Minutes of its working time it can slip without delaying any other task.
    pub free_float: i64,
    /// Whether it has no float left.
    pub critical: bool,
}

/// A plan's dates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// Each task's, in the plan's order; none for inactive ones.
    pub dates: Vec<Option<Dates>>,
    /// When the last task ends; the plan's start where there is none.
    pub finish: NaiveDateTime,
}

/// Why a plan cannot be scheduled. Places are places in the plan's lists.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Each of these tasks depends on the one before it, and the first on the last.
    #[error("tasks depend on each other in a circle: {0:?}")]
    Cycle(Vec<usize>),
    /// A calendar in which work never comes to its end within the years we look ahead.
    #[error("calendar {0} has no working time")]
    NoWorkingTime(usize),
    /// A calendar's hours overlap, are out of order or out of the day.
    #[error("the hours of calendar {0} are not in order")]
    Hours(usize),
    /// A task's duration is negative or longer than the years we look ahead.
    #[error("the duration of task {0} is out of range")]
    Duration(usize),
    /// A link's lag is longer than the years we look ahead.
    #[error("the lag of link {0} is out of range")]
    Lag(usize),
    /// A link ties a task to itself, to its own summary, or to one that is not there.
    #[error("link {0} ties what cannot be tied")]
    Link(usize),
    /// A task's parent or calendar is not there, or comes after it.
    #[error("task {0} refers to what is not there")]
    Reference(usize),
    /// A date lies outside the years we look at, or work would end outside them.
    #[error("task {0} leaves the calendar's years")]
    Years(usize),
}
