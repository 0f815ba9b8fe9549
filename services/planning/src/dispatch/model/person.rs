//! What is known of somebody who might be put on a task, and of what lies in the depots.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{NaiveDate, TimeDelta};
use chrono_tz::Tz;
use kernel::{
    CertificateKindId, DepotId, PartId, Position, ProjectId, SiteId, SkillId, TaskId, Timestamp,
    VehicleId, WorkerId,
};
use labour::Span;

use crate::law::hours::{self, Hours};
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
    /// The skills held.
    pub skills: Vec<HeldSkill>,
    /// The certificates held.
    pub certificates: Vec<HeldCertificate>,
    /// The usual hours.
    pub hours: Vec<Hours>,
    /// When the worker is away.
    pub absences: Vec<(Timestamp, Timestamp)>,
    /// The tasks that hold the worker.
    pub tasks: Vec<Held>,
    /// Where the day starts and ends, where that is known, and the depot that it is, if one.
    pub start: Option<(Position, Option<DepotId>)>,
    /// The kinds of tools carried, on one's own or in the vehicle.
    pub tools: BTreeSet<String>,
    /// How many of which part are in the vehicle.
    pub parts: BTreeMap<PartId, i64>,
    /// The vehicle driven in that time, or usually driven.
    pub vehicle: Option<VehicleId>,
    /// What the vehicle carries, in kilograms; none without a vehicle that tells.
    pub capacity_kg: Option<u32>,
    /// The day that a worker under age comes of age.
    pub minor_until: Option<NaiveDate>,
}

/// A skill that somebody holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeldSkill {
    /// The skill.
    pub id: SkillId,
    /// The last day it is valid, where it ends.
    pub valid_until: Option<NaiveDate>,
    /// From 1, who learns it, to 5, who teaches it.
    pub level: i16,
}

/// A certificate that somebody holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeldCertificate {
    /// Its kind.
    pub kind: CertificateKindId,
    /// The first day it is valid.
    pub from: NaiveDate,
    /// The last day it is valid, where it ends.
    pub until: Option<NaiveDate>,
}

/// A task that holds a worker for a span of time.
#[derive(Debug, Clone, PartialEq)]
pub struct Held {
    /// The task.
    pub id: TaskId,
    /// Its version, as it was read.
    pub version: i64,
    /// Its title.
    pub title: String,
    /// From when.
    pub from: Timestamp,
    /// To when.
    pub to: Timestamp,
    /// Its project.
    pub project: ProjectId,
    /// Its site.
    pub site: SiteId,
    /// Where that is.
    pub at: Position,
    /// How much of it is to be worked.
    pub work: TimeDelta,
    /// The kinds of tools that each who is on it needs.
    pub tools: Vec<String>,
    /// From when to when it may be moved; none where it stays as it is: it is under way, promised,
    /// or held by a team.
    pub movable: Option<(Timestamp, Timestamp)>,
    /// Whether the caller sees it.
    pub seen: bool,
}

/// What lies in a depot.
#[derive(Debug, Clone)]
pub struct DepotStock {
    /// The depot.
    pub id: DepotId,
    /// Where it is.
    pub at: Position,
    /// How many tools of which kind are there.
    pub tools: BTreeMap<String, u32>,
    /// How many of which part are there.
    pub parts: BTreeMap<PartId, i64>,
}

impl Held {
    /// A hold of which nothing counts but its time.
    #[cfg(test)]
    pub fn sample(id: TaskId, from: Timestamp, to: Timestamp) -> Self {
        Self {
            id,
            version: 1,
            title: "Tranchée".into(),
            from,
            to,
            project: ProjectId::new(),
            site: SiteId::new(),
            at: Position { lat: 14.7, lon: -17.4, accuracy_m: None },
            work: to - from,
            tools: Vec::new(),
            movable: None,
            seen: true,
        }
    }

    /// The hold of a task as it is to be; where it is, nobody asks.
    pub fn of(task: &Task) -> Self {
        Self {
            id: task.id,
            version: task.version,
            title: task.title.clone(),
            from: task.starts_at,
            to: task.ends_at,
            project: task.project_id,
            site: task.site_id,
            at: Position { lat: 0.0, lon: 0.0, accuracy_m: None },
            work: TimeDelta::minutes(task.duration_min.into()),
            tools: task.needs.tools.clone(),
            movable: None,
            seen: true,
        }
    }
}

impl Person {
    /// Somebody of whom nothing is known yet.
    #[cfg(test)]
    pub fn new(id: WorkerId, name: String) -> Self {
        Self {
            id,
            name,
            active: true,
            skills: Vec::new(),
            certificates: Vec::new(),
            hours: Vec::new(),
            absences: Vec::new(),
            tasks: Vec::new(),
            start: None,
            tools: BTreeSet::new(),
            parts: BTreeMap::new(),
            vehicle: None,
            capacity_kg: None,
            minor_until: None,
        }
    }

    /// The usual hours of a day's work, in order; they may end in the next day.
    pub fn hours_of(&self, zone: Tz, day: NaiveDate) -> Vec<Span> {
        hours::of_day(&self.hours, zone, day)
    }

    /// The day whose work an instant lies in: hours over midnight are the day's on which they began.
    pub fn day_at(&self, zone: Tz, at: Timestamp) -> NaiveDate {
        let day = labour::day_of(zone, at);
        let Some(before) = day.pred_opt() else { return day };
        let runs_on = self.hours_of(zone, before).iter().any(|hours| at < hours.to);
        if runs_on { before } else { day }
    }

    /// What is worked of the tasks that hold somebody, day by day.
    pub fn pieces(&self, zone: Tz) -> impl Iterator<Item = (&Held, Span)> {
        self.tasks.iter().flat_map(move |held| {
            let pieces = self.work_in(Span::new(held.from, held.to), held.work, zone);
            pieces.into_iter().map(move |span| (held, span))
        })
    }

    /// What of a task's span is work, by the usual hours; `work` is how much is to be worked of it.
    pub fn work_in(&self, span: Span, work: TimeDelta, zone: Tz) -> Vec<Span> {
        hours::pieces(span, work, zone, &self.hours)
    }

    /// A skill as it is held.
    pub fn skill(&self, id: SkillId) -> Option<&HeldSkill> {
        self.skills.iter().find(|held| held.id == id)
    }
}
