//! The rules for who can be on a task: one list, asked by hand, by the fill and by the search.

use std::collections::BTreeMap;

use chrono::{DateTime, Duration, NaiveDate, Utc};
use chrono_tz::Tz;
use kernel::{CertificateKindId, PartId, SkillId, TaskId, Timestamp, WorkerId};
use labour::Span;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::person::{DepotStock, Person};
use crate::law::hours;
use crate::tasks::Task;

/// Why a worker cannot be on a task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
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
    /// A skill is held at too low a level. May be overridden.
    LevelTooLow {
        /// The skill.
        skill_id: SkillId,
        /// The level held.
        level: i16,
        /// The level needed.
        needed: i16,
    },
    /// A certificate is not held.
    CertificateMissing {
        /// Its kind.
        certificate_kind_id: CertificateKindId,
    },
    /// A certificate is not valid on all days of the task.
    CertificateExpired {
        /// Its kind.
        certificate_kind_id: CertificateKindId,
        /// The last day it is valid; none where it is not valid yet.
        valid_until: Option<NaiveDate>,
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
        /// The other task; none where the caller does not see it.
        task_id: Option<TaskId>,
        /// Its title, where the caller sees it.
        title: Option<String>,
        /// From when.
        from: DateTime<Utc>,
        /// To when.
        to: DateTime<Utc>,
    },
    /// The worker has no usual hours at all. May be overridden.
    NoHours,
    /// The task lies outside the worker's usual hours of that day. May be overridden.
    OutsideHours {
        /// When they begin that day; none on a day off.
        from: Option<DateTime<Utc>>,
        /// When they end.
        to: Option<DateTime<Utc>>,
    },
    /// A tool is neither carried nor in a depot. May be overridden.
    ToolMissing {
        /// Its kind.
        tool: String,
    },
    /// All tools of a kind that the depots have are out that day with others, and none is carried.
    /// May be overridden.
    ToolOut {
        /// Their kind.
        tool: String,
        /// The day.
        day: NaiveDate,
        /// How many the depots have.
        there: u32,
        /// How many others have one out that day.
        out: u32,
    },
    /// Parts are neither in the vehicle nor in a depot. May be overridden.
    PartMissing {
        /// The part.
        part_id: PartId,
        /// How many are needed.
        needed: u32,
    },
    /// The load is more than the vehicle carries, or there is no vehicle. May be overridden.
    Overload {
        /// The load in kilograms.
        load_kg: u32,
        /// What the vehicle carries.
        capacity_kg: u32,
    },
    /// A limit of working time would be broken.
    WorkingTime {
        /// The limit's name among the country's.
        code: String,
        /// Where it stands.
        article: String,
        /// The agreement that set it, where one did.
        agreement: Option<String>,
        /// The limit: minutes, or days where days are limited.
        limit: u32,
        /// What it would be.
        found: u32,
        /// From when it is judged.
        from: DateTime<Utc>,
        /// To when.
        to: DateTime<Utc>,
    },
    /// There is no time to get there between the tasks around it.
    NoRoom,
}

/// A rule that people may agree to leave aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SoftRule {
    /// A skill is held at too low a level: somebody is beside them.
    LevelTooLow,
    /// The worker has no usual hours.
    NoHours,
    /// The task lies outside the worker's usual hours: they agreed.
    OutsideHours,
    /// A tool is missing: it is hired, or on the site.
    ToolMissing,
    /// All tools of a kind are out: they share one, or it is hired.
    ToolOut,
    /// Parts are missing: they are delivered.
    PartMissing,
    /// The load is too much for the vehicle: it is delivered.
    Overload,
}

impl SoftRule {
    /// The word in JSON and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LevelTooLow => "level_too_low",
            Self::NoHours => "no_hours",
            Self::OutsideHours => "outside_hours",
            Self::ToolMissing => "tool_missing",
            Self::ToolOut => "tool_out",
            Self::PartMissing => "part_missing",
            Self::Overload => "overload",
        }
    }
}

impl Reason {
    /// The rule's word, as in JSON.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Inactive => "inactive",
            Self::SkillMissing { .. } => "skill_missing",
            Self::SkillExpired { .. } => "skill_expired",
            Self::LevelTooLow { .. } => "level_too_low",
            Self::CertificateMissing { .. } => "certificate_missing",
            Self::CertificateExpired { .. } => "certificate_expired",
            Self::Absent { .. } => "absent",
            Self::Overlap { .. } => "overlap",
            Self::NoHours => "no_hours",
            Self::OutsideHours { .. } => "outside_hours",
            Self::ToolMissing { .. } => "tool_missing",
            Self::ToolOut { .. } => "tool_out",
            Self::PartMissing { .. } => "part_missing",
            Self::Overload { .. } => "overload",
            Self::WorkingTime { .. } => "working_time",
            Self::NoRoom => "no_room",
        }
    }

    /// The rule, where it is one that may be left aside. What protects people never is: skills,
    /// certificates, absences, working time.
    pub fn soft(&self) -> Option<SoftRule> {
        match self {
            Self::LevelTooLow { .. } => Some(SoftRule::LevelTooLow),
            Self::NoHours => Some(SoftRule::NoHours),
            Self::OutsideHours { .. } => Some(SoftRule::OutsideHours),
            Self::ToolMissing { .. } => Some(SoftRule::ToolMissing),
            Self::ToolOut { .. } => Some(SoftRule::ToolOut),
            Self::PartMissing { .. } => Some(SoftRule::PartMissing),
            Self::Overload { .. } => Some(SoftRule::Overload),
            Self::Unknown
            | Self::Inactive
            | Self::SkillMissing { .. }
            | Self::SkillExpired { .. }
            | Self::CertificateMissing { .. }
            | Self::CertificateExpired { .. }
            | Self::Absent { .. }
            | Self::Overlap { .. }
            | Self::WorkingTime { .. }
            | Self::NoRoom => None,
        }
    }
}

/// A worker who cannot be on a task, with every reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = Misfit)]
pub struct Refusal {
    /// The worker.
    pub worker_id: WorkerId,
    /// The worker's name, where there is such a worker.
    pub name: Option<String>,
    /// Why not.
    pub reasons: Vec<Reason>,
}

/// A rule that was left aside.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = RuleLeftAside)]
pub struct LeftAside {
    /// For whom.
    pub worker_id: WorkerId,
    /// Which rules.
    pub rules: Vec<String>,
    /// Why.
    pub reason: String,
    /// When that was said.
    pub at: DateTime<Utc>,
}

fn overlap(a: (Timestamp, Timestamp), b: (Timestamp, Timestamp)) -> bool {
    a.0 < b.1 && b.0 < a.1
}

/// The first and the last day of a task, in its site's zone: certificates must hold until the
/// last.
pub fn days_of(task: &Task) -> (NaiveDate, NaiveDate) {
    days_between(zone(task), task.starts_at, task.ends_at)
}

fn days_between(zone: Tz, from: Timestamp, to: Timestamp) -> (NaiveDate, NaiveDate) {
    (labour::day_of(zone, from), labour::day_of(zone, (to - Duration::seconds(1)).max(from)))
}

/// How much of a task is to be worked.
pub fn work(task: &Task) -> Duration {
    Duration::minutes(task.duration_min.into())
}

/// The zone of a task's site.
pub fn zone(task: &Task) -> Tz {
    task.zone.parse().unwrap_or(Tz::UTC)
}

impl Person {
    /// Every reason why this worker cannot be on `task`, except for what takes more than one task to
    /// judge, working time and tools that are out; none where nothing stands against it.
    pub fn reasons(&self, task: &Task, depots: &[DepotStock]) -> Vec<Reason> {
        let mut reasons = Vec::new();
        reasons.extend((!self.active).then_some(Reason::Inactive));
        self.skilled(task, &mut reasons);
        self.certified(task, &mut reasons);
        self.there(task, &mut reasons);
        reasons.extend(self.hours_reason(
            zone(task),
            Span::new(task.starts_at, task.ends_at),
            work(task),
        ));
        self.equipped(task, depots, &mut reasons);
        reasons
    }

    fn skilled(&self, task: &Task, reasons: &mut Vec<Reason>) {
        let (_, last) = days_of(task);
        for &skill_id in &task.skills {
            let Some(held) = self.skill(skill_id) else {
                reasons.push(Reason::SkillMissing { skill_id });
                continue;
            };
            if let Some(valid_until) = held.valid_until.filter(|until| *until < last) {
                reasons.push(Reason::SkillExpired { skill_id, valid_until });
            }
            let needed = task.needs.level(skill_id);
            if held.level < needed {
                reasons.push(Reason::LevelTooLow { skill_id, level: held.level, needed });
            }
        }
    }

    fn certified(&self, task: &Task, reasons: &mut Vec<Reason>) {
        let (first, last) = days_of(task);
        for &certificate_kind_id in &task.needs.certificates {
            let held = || self.certificates.iter().filter(|c| c.kind == certificate_kind_id);
            if held().any(|c| c.from <= first && c.until.is_none_or(|until| until >= last)) {
                continue;
            }
            reasons.push(if held().next().is_none() {
                Reason::CertificateMissing { certificate_kind_id }
            } else {
                let valid_until = held().filter(|c| c.from <= first).filter_map(|c| c.until).max();
                Reason::CertificateExpired { certificate_kind_id, valid_until }
            });
        }
    }

    fn there(&self, task: &Task, reasons: &mut Vec<Reason>) {
        let span = (task.starts_at, task.ends_at);
        let away = self.absences.iter().filter(|(from, to)| overlap(span, (*from, *to)));
        reasons.extend(away.map(|&(from, to)| Reason::Absent { from, to }));
        let others = self.tasks.iter().filter(|held| held.id != task.id);
        let held = others.filter(|held| overlap(span, (held.from, held.to)));
        reasons.extend(held.map(|held| Reason::Overlap {
            task_id: held.seen.then_some(held.id),
            title: held.seen.then(|| held.title.clone()),
            from: held.from,
            to: held.to,
        }));
    }

    /// Whether usual hours and absences let somebody work from one instant to another.
    pub fn free(&self, zone: Tz, from: Timestamp, to: Timestamp) -> bool {
        let away = self.absences.iter().any(|away| overlap((from, to), *away));
        !away && self.hours_reason(zone, Span::new(from, to), to - from).is_none()
    }

    /// What fits in a day's work lies between its first hour and its last; what is longer is worked in
    /// the hours of each day, of which there must be some.
    fn hours_reason(&self, zone: Tz, span: Span, work: Duration) -> Option<Reason> {
        if self.hours.is_empty() {
            return Some(Reason::NoHours);
        }
        let (first, last) = days_between(zone, span.from, span.to);
        let day = |day| hours::whole(&self.hours, zone, day);
        if first != last && !hours::in_one_go(span, work, zone, &self.hours) {
            let mut all = first.iter_days().take_while(|day| *day <= last).take(7);
            let off = !all.any(|on| day(on).is_some());
            return off.then_some(Reason::OutsideHours { from: None, to: None });
        }
        let near: Vec<_> = hours::days_near(span, zone).filter_map(day).collect();
        if near.iter().any(|day| day.from <= span.from && span.to <= day.to) {
            return None;
        }
        // Of hours that it lies partly in, else of those of its day.
        let partly = near.into_iter().find(|day| day.from < span.to && span.from < day.to);
        let (from, to) = partly.or(day(first)).map(|day| (day.from, day.to)).unzip();
        Some(Reason::OutsideHours { from, to })
    }

    fn equipped(&self, task: &Task, depots: &[DepotStock], reasons: &mut Vec<Reason>) {
        let needs = &task.needs;
        for tool in &needs.tools {
            if !self.tools.contains(tool) && !depots.iter().any(|d| d.tools.contains_key(tool)) {
                reasons.push(Reason::ToolMissing { tool: tool.clone() });
            }
        }
        // What a team uses up, one of them brings: it is asked of all together.
        if task.workers.iter().all(|worker| *worker == self.id) {
            reasons.extend(lacking(task, &[self], depots));
        }
    }
}

/// What none of those who are on a task together has, nor a depot: the parts that it uses up, and a
/// vehicle that carries its load.
pub fn lacking(task: &Task, team: &[&Person], depots: &[DepotStock]) -> Vec<Reason> {
    let needs = &task.needs;
    let missing = needs.parts.iter().filter(|part| {
        let enough = |parts: &BTreeMap<PartId, i64>| {
            parts.get(&part.part_id).is_some_and(|there| *there >= i64::from(part.quantity))
        };
        !team.iter().any(|it| enough(&it.parts)) && !depots.iter().any(|d| enough(&d.parts))
    });
    let missing =
        missing.map(|part| Reason::PartMissing { part_id: part.part_id, needed: part.quantity });
    let mut lacking: Vec<_> = missing.collect();
    let (load_kg, capacities) = (needs.load_kg, team.iter().filter_map(|it| it.capacity_kg));
    let capacity_kg = capacities.max().unwrap_or(0);
    lacking.extend((load_kg > capacity_kg).then_some(Reason::Overload { load_kg, capacity_kg }));
    lacking
}
