//! What all formats have in common: a plan, and what is told about its tasks besides.

use chrono::{NaiveDateTime, NaiveTime};
use schedule::Plan;

use crate::Finding;

/// A plan with what people say about it. Tasks, calendars and resources refer to one another by
/// their place in the lists, as [`Plan`] does.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// What the project is called.
    pub name: String,
    /// Its currency's ISO 4217 code, where the file has one.
    pub currency: Option<String>,
    /// How long a "day" or a "month" of work is, and when days begin.
    pub settings: Settings,
    /// What is calculated.
    pub plan: Plan,
    /// What else is known of each of the plan's tasks, in the same order.
    pub tasks: Vec<TaskInfo>,
    /// What else is known of each of the plan's calendars, in the same order.
    pub calendars: Vec<CalendarInfo>,
    /// Who or what the work is done by.
    pub resources: Vec<Resource>,
    /// Which resource works on which task.
    pub assignments: Vec<Assignment>,
    /// What the file said and a plan cannot, for people to see; nothing here stops an import.
    pub remarks: Vec<Finding>,
}

/// How the file's own words for durations are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Minutes of work in what people call a day.
    pub minutes_per_day: i64,
    /// Minutes of work in what people call a week.
    pub minutes_per_week: i64,
    /// Days of work in what people call a month.
    pub days_per_month: i64,
    /// When a day of work begins where only the day is known.
    pub day_starts: NaiveTime,
    /// When it ends.
    pub day_ends: NaiveTime,
    /// The moment to which progress was reported; only the plan's own moves work for it.
    pub status_at: Option<NaiveDateTime>,
}

impl Default for Settings {
    /// Eight hours a day, five days a week, twenty days a month, from 8:00 to 17:00.
    fn default() -> Self {
        Self {
            minutes_per_day: 480,
            minutes_per_week: 2400,
            days_per_month: 20,
            day_starts: NaiveTime::MIN + chrono::TimeDelta::hours(8),
            day_ends: NaiveTime::MIN + chrono::TimeDelta::hours(17),
            status_at: None,
        }
    }
}

/// What is known of a task besides what its dates depend on.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TaskInfo {
    /// The number the file knows it by, unique among its tasks.
    pub uid: i64,
    /// Its code in the work breakdown ("1.2.3"), or the activity's own code (XER).
    pub wbs: String,
    /// What was written about it.
    pub notes: String,
    /// From 0 (least) to 1000 (most urgent); 500 is usual.
    pub priority: u16,
    /// Whether people see it as a milestone.
    pub milestone: bool,
    /// Whether people set its dates by hand: in the plan, its start is a must.
    pub manual: bool,
    /// Whether its duration is a guess.
    pub estimated: bool,
    /// The unit its duration is shown in.
    pub unit: Unit,
    /// The dates the file tells, which nobody has calculated yet.
    pub told: Option<(NaiveDateTime, NaiveDateTime)>,
    /// What was promised, by the baseline's number (0 to 10), in that order.
    pub baselines: Vec<Baseline>,
}

/// A unit of durations; each counts in working or in elapsed time, as [`schedule::Work`] says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Unit {
    /// Minutes.
    Minutes,
    /// Hours.
    Hours,
    /// Days.
    #[default]
    Days,
    /// Weeks.
    Weeks,
    /// Months.
    Months,
}

/// What was promised of a task when a baseline was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Baseline {
    /// Which one, from 0 to 10.
    pub number: u8,
    /// The start.
    pub start: Option<NaiveDateTime>,
    /// The end.
    pub finish: Option<NaiveDateTime>,
    /// Minutes of working time.
    pub duration: Option<i64>,
    /// Minutes people work.
    pub work: Option<i64>,
    /// In minor units of the document's currency.
    pub cost: Option<i64>,
}

/// What is known of a calendar besides its hours.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CalendarInfo {
    /// The number the file knows it by.
    pub uid: i64,
    /// The calendar it takes days from that it does not say itself; its hours are already in it.
    pub base: Option<usize>,
}

/// Someone or something that works, or is used up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    /// The number the file knows it by.
    pub uid: i64,
    /// What it is called.
    pub name: String,
    /// What kind of thing it is.
    pub kind: ResourceKind,
    /// The calendar it works by.
    pub calendar: Option<usize>,
    /// How many of it there are, in per cent (100 is one).
    pub units: i64,
}

/// What kind of thing a resource is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ResourceKind {
    /// Someone or something that spends time.
    #[default]
    Work,
    /// Something that is used up.
    Material,
    /// Money alone.
    Cost,
}

/// A resource on a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// The number the file knows it by.
    pub uid: i64,
    /// The task.
    pub task: usize,
    /// The resource.
    pub resource: usize,
    /// How much of it, in per cent.
    pub units: i64,
    /// Minutes people work.
    pub work: i64,
}
