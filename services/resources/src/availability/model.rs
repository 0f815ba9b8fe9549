//! From what is known of a worker or a vehicle to when it is free, and why not. No I/O.

use chrono::{Datelike, Duration, NaiveDate, NaiveTime};
use chrono_tz::Tz;
use kernel::{SkillId, TaskId, Timestamp, WorkerId};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::Error;
use crate::absences::model::instant;

/// The longest time that is asked about at once.
const HORIZON: Duration = Duration::days(31);

/// From when until when.
pub(super) type Span = (Timestamp, Timestamp);

/// What is asked.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked {
    /// About which time.
    pub span: Span,
    /// Where: usual hours are local.
    pub zone: Tz,
    /// With which skill, at which level at least.
    pub skill: Option<(SkillId, i16)>,
}

impl Asked {
    /// The question, where its time is one and not too long.
    pub fn new(span: Span, zone: Tz, skill: Option<(SkillId, i16)>) -> Result<Self, Error> {
        if span.1 <= span.0 || span.1 > span.0 + HORIZON {
            return Err(Error::Horizon);
        }
        Ok(Self { span, zone, skill })
    }
}

/// Why somebody or something is not free.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(tag = "rule", rename_all = "snake_case")]
#[schema(as = UnavailableRule)]
pub enum Reason {
    /// Is no longer planned or used.
    Inactive,
    /// The worker has no usual hours at all.
    NoWorkingTime,
    /// Outside the worker's usual hours.
    OutsideHours,
    /// The worker is away.
    Absent,
    /// The worker does not hold the skill that was asked for.
    SkillMissing,
    /// The worker holds the skill at a lower level.
    SkillTooLow {
        /// The level held.
        level: i16,
    },
    /// The skill, or the certificate that proves it, holds no longer.
    SkillExpired {
        /// The last day it held.
        valid_until: NaiveDate,
    },
    /// A task holds the worker.
    Assigned {
        /// The task.
        task_id: TaskId,
    },
    /// Somebody drives the vehicle.
    Taken {
        /// Who.
        worker_id: WorkerId,
    },
}

/// A time at which somebody or something is free.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = FreeTime)]
pub struct Free {
    /// From when.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub from: Timestamp,
    /// Until when.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub to: Timestamp,
}

/// A time at which somebody or something is not free.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = BusyTime)]
pub struct Busy {
    /// From when.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub from: Timestamp,
    /// Until when.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub to: Timestamp,
    /// Why.
    pub why: Reason,
}

/// When a worker or a vehicle is free, and why not, within the time asked about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Availability {
    /// The worker or the vehicle.
    pub id: Uuid,
    /// The worker's name or the vehicle's plate.
    pub name: String,
    /// When it is free; the spans follow each other without touching.
    pub free: Vec<Free>,
    /// When it is not, by each reason on its own: these may overlap.
    pub busy: Vec<Busy>,
}

/// A skill as a worker holds it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Held {
    pub skill: SkillId,
    pub level: i16,
    pub valid_until: Option<NaiveDate>,
}

/// What is known of a worker.
#[derive(Debug, Clone)]
pub(super) struct Person {
    pub id: WorkerId,
    pub name: String,
    pub active: bool,
    /// Week day (1 is Monday), from and to which minute of it; past 1,440 in the next.
    pub hours: Vec<(i16, i32, i32)>,
    pub skills: Vec<Held>,
    pub absences: Vec<Span>,
    pub tasks: Vec<(TaskId, Span)>,
}

/// What is known of a vehicle.
#[derive(Debug, Clone)]
pub(super) struct Machine {
    pub id: Uuid,
    pub plate: String,
    pub active: bool,
    pub drives: Vec<(WorkerId, Span)>,
}

impl Person {
    /// When this worker is free, and why not.
    pub fn availability(&self, asked: &Asked) -> Availability {
        let mut busy = Busies::of(asked.span);
        if !self.active {
            busy.all(Reason::Inactive);
        }
        if self.hours.is_empty() {
            busy.all(Reason::NoWorkingTime);
        } else {
            for span in rest(asked.span, &self.worked(asked)) {
                busy.add(span, Reason::OutsideHours);
            }
        }
        if let Some((skill, level)) = asked.skill {
            match self.skills.iter().find(|held| held.skill == skill) {
                None => busy.all(Reason::SkillMissing),
                Some(held) => {
                    if held.level < level {
                        busy.all(Reason::SkillTooLow { level: held.level });
                    }
                    if let Some(valid_until) = held.valid_until {
                        let after = valid_until + Duration::days(1);
                        let from = instant(asked.zone, after, NaiveTime::MIN);
                        busy.add((from, asked.span.1), Reason::SkillExpired { valid_until });
                    }
                }
            }
        }
        for span in &self.absences {
            busy.add(*span, Reason::Absent);
        }
        for (task_id, span) in &self.tasks {
            busy.add(*span, Reason::Assigned { task_id: *task_id });
        }
        busy.told(self.id.uuid(), self.name.clone())
    }

    /// The usual hours of the days asked about, and of the night before them.
    fn worked(&self, asked: &Asked) -> Vec<Span> {
        let first = asked.span.0.with_timezone(&asked.zone).date_naive() - Duration::days(1);
        let last = asked.span.1.with_timezone(&asked.zone).date_naive();
        let days = first.iter_days().take_while(|day| *day <= last);
        let of_day = |day: NaiveDate| {
            let week_day = i16::try_from(day.weekday().number_from_monday()).unwrap_or_default();
            let hours = self.hours.iter().filter(move |(on, _, _)| *on == week_day);
            let at = move |minute| minute_of(asked.zone, day, minute);
            hours.map(move |(_, from, to)| (at(*from), at(*to)))
        };
        days.flat_map(of_day).collect()
    }
}

/// The instant of a minute of a day, past 1,440 of the next.
fn minute_of(zone: Tz, day: NaiveDate, minute: i32) -> Timestamp {
    let at = day.and_time(NaiveTime::MIN) + Duration::minutes(minute.into());
    instant(zone, at.date(), at.time())
}

impl Machine {
    /// When this vehicle is free, and why not.
    pub fn availability(&self, asked: &Asked) -> Availability {
        let mut busy = Busies::of(asked.span);
        if !self.active {
            busy.all(Reason::Inactive);
        }
        for (worker_id, span) in &self.drives {
            busy.add(*span, Reason::Taken { worker_id: *worker_id });
        }
        busy.told(self.id, self.plate.clone())
    }
}

/// What stands against it, cut to the time asked about.
struct Busies {
    within: Span,
    all: Vec<Busy>,
}

impl Busies {
    fn of(within: Span) -> Self {
        Self { within, all: Vec::new() }
    }

    fn all(&mut self, why: Reason) {
        self.add(self.within, why);
    }

    fn add(&mut self, (from, to): Span, why: Reason) {
        let (from, to) = (from.max(self.within.0), to.min(self.within.1));
        if from < to {
            self.all.push(Busy { from, to, why });
        }
    }

    fn told(mut self, id: Uuid, name: String) -> Availability {
        self.all.sort_by_key(|busy| (busy.from, busy.to));
        let spans: Vec<_> = self.all.iter().map(|busy| (busy.from, busy.to)).collect();
        let free = rest(self.within, &spans);
        let free = free.into_iter().map(|(from, to)| Free { from, to }).collect();
        Availability { id, name, free, busy: self.all }
    }
}

/// What is left of a time without these spans.
fn rest(within: Span, spans: &[Span]) -> Vec<Span> {
    let mut sorted = spans.to_vec();
    sorted.sort_unstable();
    let (mut from, mut left) = (within.0, Vec::new());
    for (start, end) in sorted {
        if start.min(within.1) > from {
            left.push((from, start.min(within.1)));
        }
        from = from.max(end);
    }
    if from < within.1 {
        left.push((from, within.1));
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    /// Monday, the second of March 2026, to Wednesday, in Dakar (UTC).
    fn asked(skill: Option<(SkillId, i16)>) -> Asked {
        let span = (at("2026-03-02T00:00:00Z"), at("2026-03-04T00:00:00Z"));
        Asked::new(span, Tz::Africa__Dakar, skill).unwrap()
    }

    fn person() -> Person {
        let usual = |day| (day, 8 * 60, 17 * 60);
        Person {
            id: WorkerId::new(),
            name: "Awa Diop".to_owned(),
            active: true,
            hours: vec![usual(1), usual(2)],
            skills: vec![],
            absences: vec![],
            tasks: vec![],
        }
    }

    fn free(of: &Availability) -> Vec<(String, String)> {
        let text = |at: Timestamp| at.format("%dT%H:%M").to_string();
        of.free.iter().map(|free| (text(free.from), text(free.to))).collect()
    }

    fn spans(all: &[(&str, &str)]) -> Vec<(String, String)> {
        all.iter().map(|(from, to)| ((*from).to_owned(), (*to).to_owned())).collect()
    }

    #[test]
    fn who_has_nothing_else_is_free_in_the_usual_hours() {
        let told = person().availability(&asked(None));
        assert_eq!(free(&told), spans(&[("02T08:00", "02T17:00"), ("03T08:00", "03T17:00")]));
        assert!(told.busy.iter().all(|busy| busy.why == Reason::OutsideHours));
        assert_eq!(told.busy.len(), 3);
    }

    #[test]
    fn absences_and_tasks_are_cut_out_and_each_is_told() {
        let mut worker = person();
        worker.absences.push((at("2026-03-01T12:00:00Z"), at("2026-03-02T12:00:00Z")));
        let task = TaskId::new();
        worker.tasks.push((task, (at("2026-03-03T09:00:00Z"), at("2026-03-03T10:30:00Z"))));
        let told = worker.availability(&asked(None));
        assert_eq!(
            free(&told),
            spans(&[("02T12:00", "02T17:00"), ("03T08:00", "03T09:00"), ("03T10:30", "03T17:00")])
        );
        let absent = told.busy.iter().find(|busy| busy.why == Reason::Absent).unwrap();
        assert_eq!(absent.from, at("2026-03-02T00:00:00Z"), "cut to what was asked");
        assert!(told.busy.iter().any(|b| b.why == Reason::Assigned { task_id: task }));
    }

    #[test]
    fn who_has_no_working_time_or_is_inactive_is_never_free_and_it_is_said() {
        let none = Person { hours: vec![], ..person() }.availability(&asked(None));
        assert!(none.free.is_empty());
        assert_eq!(none.busy.iter().map(|b| &b.why).collect::<Vec<_>>(), [&Reason::NoWorkingTime]);
        let gone = Person { active: false, ..person() }.availability(&asked(None));
        assert!(gone.free.is_empty());
        assert!(gone.busy.iter().any(|busy| busy.why == Reason::Inactive));
    }

    #[test]
    fn a_skill_that_is_missing_too_low_or_past_stands_against_it() {
        let skill = SkillId::new();
        let told = |held: Option<(i16, Option<&str>)>| {
            let skills = held
                .map(|(level, until)| Held {
                    skill,
                    level,
                    valid_until: until.map(|day| day.parse().unwrap()),
                })
                .into_iter()
                .collect();
            Person { skills, ..person() }.availability(&asked(Some((skill, 3))))
        };
        assert!(told(None).free.is_empty());
        assert!(told(None).busy.iter().any(|b| b.why == Reason::SkillMissing));
        let low = told(Some((2, None)));
        assert!(low.free.is_empty());
        assert!(low.busy.iter().any(|b| b.why == Reason::SkillTooLow { level: 2 }));
        assert_eq!(told(Some((3, None))).free.len(), 2);
        let until_monday = told(Some((4, Some("2026-03-02"))));
        assert_eq!(free(&until_monday), spans(&[("02T08:00", "02T17:00")]));
        assert_eq!(told(Some((4, Some("2026-03-03")))).free.len(), 2);
        assert!(told(Some((4, Some("2026-03-01")))).free.is_empty());
    }

    #[test]
    fn a_night_reaches_into_the_days_asked_about() {
        let nights = vec![(7, 22 * 60, 30 * 60), (1, 21 * 60, 26 * 60), (1, 26 * 60 + 30, 30 * 60)];
        let told = Person { hours: nights, ..person() }.availability(&asked(None));
        assert_eq!(
            free(&told),
            spans(&[("02T00:00", "02T06:00"), ("02T21:00", "03T02:00"), ("03T02:30", "03T06:00"),])
        );
    }

    #[test]
    fn hours_are_local_and_summer_time_makes_the_day_shorter() {
        let span = (at("2026-03-28T23:00:00Z"), at("2026-03-29T22:00:00Z"));
        let asked = Asked::new(span, Tz::Europe__Paris, None).unwrap();
        let night = (7, 0, 8 * 60);
        let told = Person { hours: vec![night], ..person() }.availability(&asked);
        assert_eq!(told.free.len(), 1);
        assert_eq!(told.free[0].to - told.free[0].from, Duration::hours(7));
    }

    #[test]
    fn a_vehicle_is_taken_while_somebody_drives_it() {
        let worker_id = WorkerId::new();
        let drive = (at("2026-03-02T08:00:00Z"), at("2026-03-02T18:00:00Z"));
        let van = Machine {
            id: Uuid::now_v7(),
            plate: "DK 1234 AA".to_owned(),
            active: true,
            drives: vec![(worker_id, drive)],
        };
        let told = van.availability(&asked(None));
        assert_eq!(free(&told), spans(&[("02T00:00", "02T08:00"), ("02T18:00", "04T00:00")]));
        assert_eq!(told.busy[0].why, Reason::Taken { worker_id });
        assert!(Machine { active: false, ..van }.availability(&asked(None)).free.is_empty());
    }

    #[test]
    fn the_time_asked_about_is_one_and_a_month_at_most() {
        let ask = |from: &str, to: &str| Asked::new((at(from), at(to)), Tz::UTC, None);
        assert!(ask("2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z").is_ok());
        for (from, to) in [
            ("2026-03-01T00:00:00Z", "2026-03-01T00:00:00Z"),
            ("2026-03-02T00:00:00Z", "2026-03-01T00:00:00Z"),
            ("2026-03-01T00:00:00Z", "2026-04-01T00:00:01Z"),
        ] {
            assert!(matches!(ask(from, to), Err(Error::Horizon)), "{from} {to}");
        }
    }
}
