//! A worker's day. No I/O.

mod fetch;

use chrono::{DateTime, Datelike, Duration, NaiveDate, Utc};
use chrono_tz::Tz;
use kernel::{
    ChecklistId, ChecklistRunId, DepotId, PartId, SiteId, TaskId, TimeEntryId, Timestamp,
    VehicleId, WorkerId,
};
use serde::Serialize;
use utoipa::ToSchema;
use web::Opening;

pub use self::fetch::{Asked, Fetching, Load};
use crate::checklists::model::{Checklist, Run};
use crate::dispatch::travel::TravelSource;
use crate::field::{FieldSite, FieldWorker};
use crate::incidents::OpenIncident;
use crate::tasks::Task;
use crate::timeclock::{Activity, SegmentKind, TimeEntry};

/// A worker's day, over all the sites it leads to.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WorkerDay)]
pub struct Day {
    /// The worker.
    pub worker_id: WorkerId,
    /// The worker's name.
    pub name: String,
    /// The day that was asked for; none: each site's own today.
    pub date: Option<NaiveDate>,
    /// Whether the worker is clocked in now, where the caller sees it.
    pub clock: Option<Clocked>,
    /// When the worker was on which site that day, as far as the caller sees it.
    pub stays: Vec<Stay>,
    /// When the worker is away; for the worker and those who plan.
    pub absences: Vec<Away>,
    /// What is to be done, in order.
    pub stops: Vec<Stop>,
    /// When the worker is held by tasks that the caller does not see.
    pub elsewhere: Vec<Away>,
    /// The sites of the stops.
    pub sites: Vec<DaySite>,
    /// The vehicle the worker drives, or usually drives.
    pub vehicle: Option<Vehicle>,
    /// The depots where something is to be fetched.
    pub depots: Vec<Depot>,
    /// The parts that are named.
    pub parts: Vec<Part>,
    /// What the travel times were calculated by.
    pub travel_source: TravelSource,
    /// Whether there is more on that day than is shown: at most 100 stops are.
    pub more: bool,
}

/// A task of the day.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DayStop)]
pub struct Stop {
    /// The day in the site's zone.
    pub date: NaiveDate,
    /// The part of it that lies on that day: from when.
    pub from: DateTime<Utc>,
    /// To when.
    pub to: DateTime<Utc>,
    /// Which of its planned days this is, from 1; none where it is done on another day than planned.
    pub day: Option<i64>,
    /// How many days it is planned over, in the site's zone.
    pub days: i64,
    /// Whether its planned end is past and it is still open.
    pub late: bool,
    /// Minutes there from the stop before, or from where the day starts; none where that is not
    /// known or not for the caller.
    pub travel_min: Option<i64>,
    /// The task, with its window, whether it is an appointment, and what it asks.
    pub task: Task,
    /// Who else is on it.
    pub team: Vec<FieldWorker>,
    /// Its checklists.
    pub checklists: Vec<Answering>,
    /// What it takes along; empty once it has begun.
    pub bring: Load,
    /// What went wrong on it and is not resolved.
    pub incidents: Vec<OpenIncident>,
}

/// A checklist of a task, and how far it is answered.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = DayChecklist)]
pub struct Answering {
    /// The template.
    pub checklist_id: ChecklistId,
    /// What it is for.
    pub name: String,
    /// Its run, where one was begun.
    pub run_id: Option<ChecklistRunId>,
    /// How many questions are answered.
    pub answered: i32,
    /// How many are asked by now.
    pub asked: i32,
    /// How many answers are outside their limits.
    pub nonconformities: i32,
    /// Whether all that is required is answered.
    pub complete: bool,
}

impl From<&Run> for Answering {
    fn from(run: &Run) -> Self {
        let (answered, asked) = run.counts();
        Self {
            checklist_id: run.checklist_id,
            name: run.name.clone(),
            run_id: Some(run.id),
            answered,
            asked,
            nonconformities: run.nonconformities,
            complete: run.completed_at.is_some(),
        }
    }
}

impl From<&Checklist> for Answering {
    fn from(list: &Checklist) -> Self {
        // As many as a run of it would ask at first.
        let run = Run::begin(ChecklistRunId::new(), TaskId::new(), list);
        Self { run_id: None, ..Self::from(&run) }
    }
}

/// A site of the day.
#[derive(Debug, Serialize, ToSchema)]
pub struct DaySite {
    /// The site: where it is, whom to call, how to get in.
    #[serde(flatten)]
    pub site: FieldSite,
    /// The day in its zone.
    pub date: NaiveDate,
    /// When that day begins there.
    pub from: DateTime<Utc>,
    /// When it ends.
    pub to: DateTime<Utc>,
    /// When the site is open on that day, in its zone; empty where nobody said, or never.
    pub open: Vec<Opening>,
}

impl DaySite {
    /// A site on a day.
    pub fn on(bounds: Bounds, site: FieldSite) -> Self {
        let week_day = i64::from(bounds.date.weekday().number_from_monday());
        let open =
            site.opening_hours.iter().filter(|o| i64::from(o.day) == week_day).cloned().collect();
        let Bounds { date, from, to } = bounds;
        Self { site, date, from, to, open }
    }
}

/// Where a worker is clocked in.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = DayClock)]
pub struct Clocked {
    /// The stay.
    pub entry_id: TimeEntryId,
    /// Its site.
    pub site_id: SiteId,
    /// Since when.
    pub since: DateTime<Utc>,
    /// What the worker does.
    pub activity: Activity,
    /// Since when.
    pub activity_since: DateTime<Utc>,
    /// Whether nobody clocked out where somebody should have, and an end is proposed.
    pub end_proposed: bool,
    /// The stay's version.
    pub version: i64,
}

impl Clocked {
    /// The state of the clock by a stay; none where the worker has left.
    pub fn of(entry: &TimeEntry) -> Option<Self> {
        if entry.out_at.is_some() {
            return None;
        }
        let last = entry.segments.last();
        let activity = match entry.at_present() {
            None => Activity::Work,
            Some(SegmentKind::Break) => Activity::Break,
            Some(SegmentKind::Travel) => Activity::Travel,
        };
        let activity_since = last.map_or(entry.in_at, |segment| segment.to.unwrap_or(segment.from));
        Some(Self {
            entry_id: entry.id,
            site_id: entry.site_id,
            since: entry.in_at,
            activity,
            activity_since,
            end_proposed: entry.proposal.is_some(),
            version: entry.version,
        })
    }
}

/// When a worker was on a site.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DayStay)]
pub struct Stay {
    /// The stay.
    pub entry_id: TimeEntryId,
    /// The site.
    pub site_id: SiteId,
    /// When the worker came.
    pub in_at: DateTime<Utc>,
    /// When the worker left.
    pub out_at: Option<DateTime<Utc>>,
}

/// A span of time in which a worker is not to be had.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = DaySpan)]
pub struct Away {
    /// From when.
    pub from: DateTime<Utc>,
    /// To when.
    pub to: DateTime<Utc>,
}

/// A vehicle.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DayVehicle)]
pub struct Vehicle {
    /// The vehicle.
    pub id: VehicleId,
    /// Its name, where it has one.
    pub name: Option<String>,
    /// Its number plate.
    pub plate: String,
}

/// A depot.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DayDepot)]
pub struct Depot {
    /// The depot.
    pub id: DepotId,
    /// Its name.
    pub name: String,
    /// Its latitude in degrees.
    pub lat: f64,
    /// Its longitude in degrees.
    pub lon: f64,
}

/// A part as it is called.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DayPartName)]
pub struct Part {
    /// The part.
    pub id: PartId,
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// What it is counted in.
    pub unit: String,
}

/// A worker in the list of those who work on a day.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DayWorker)]
pub struct Working {
    /// The worker.
    pub worker_id: WorkerId,
    /// The worker's name.
    pub name: String,
    /// How many tasks of that day the caller sees.
    pub tasks: i64,
    /// How many of them are done.
    pub done: i64,
    /// How many of them something keeps from going on.
    pub blocked: i64,
    /// When the first begins.
    pub from: DateTime<Utc>,
    /// When the last ends.
    pub to: DateTime<Utc>,
    /// Their sites, in the order of their ids.
    pub site_ids: Vec<SiteId>,
    /// The task that is under way, or comes next.
    pub next_task_id: Option<TaskId>,
    /// Whether the worker is clocked in now, where the caller sees it.
    pub clock: Option<Clocked>,
}

/// A day of a place: the clock of some places shows 23 or 25 hours on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// The day.
    pub date: NaiveDate,
    /// When it begins.
    pub from: Timestamp,
    /// When it ends.
    pub to: Timestamp,
}

impl Bounds {
    /// The day of a place: the one that was asked for, or the one it is there now.
    pub fn of(zone: Tz, date: Option<NaiveDate>, now: Timestamp) -> Self {
        let date = date.unwrap_or_else(|| labour::day_of(zone, now));
        let next = date.succ_opt().unwrap_or(date);
        Self { date, from: labour::midnight(zone, date), to: labour::midnight(zone, next) }
    }
}

/// The part of a task that lies on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// From when.
    pub from: Timestamp,
    /// To when.
    pub to: Timestamp,
    /// Which of its planned days this is, from 1; none where it is done on another.
    pub day: Option<i64>,
    /// How many days it is planned over.
    pub days: i64,
}

impl Share {
    /// The part of `task` on a day: of its plan, or of the work itself where it is done on another
    /// day than planned.
    pub fn of(task: &Task, zone: Tz, bounds: &Bounds, now: Timestamp) -> Self {
        let first = labour::day_of(zone, task.starts_at);
        // What ends at midnight does not touch the day that begins there.
        let end = (task.ends_at - Duration::microseconds(1)).max(task.starts_at);
        let last = labour::day_of(zone, end);
        let day = (first..=last).contains(&bounds.date);
        let (from, to) = match task.started_at.filter(|_| !day) {
            Some(started) => (started, task.finished_at.unwrap_or(now).max(started)),
            None => (task.starts_at, task.ends_at),
        };
        Self {
            from: from.clamp(bounds.from, bounds.to),
            to: to.clamp(bounds.from, bounds.to),
            day: day.then(|| (bounds.date - first).num_days() + 1),
            days: (last - first).num_days() + 1,
        }
    }
}

/// Whether what is to be fetched for a task still is: it has not begun.
pub fn ahead(task: &Task) -> bool {
    task.is_open() && task.started_at.is_none()
}

#[cfg(test)]
mod tests;
