//! Templates of recurring tasks, and when their tasks are done. No I/O.

mod rule;

use auth::Target;
use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use chrono_tz::Tz;
use kernel::{ChecklistId, ProjectId, SiteId, SkillId, TaskId, TaskTemplateId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web::Versioned;

pub use self::rule::Rule;
use crate::schedule::model::wall::Wall;
use crate::schedule::model::{Calendar, calendar};
use crate::tasks::model::Priority;

/// How many days ahead tasks are planned at most.
pub const FURTHEST: i32 = 366;
/// How many days a shifted task may come later at most.
const SHIFT: u64 = 31;

/// What becomes of an occurrence on a day on which the site does not work.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema, sqlx::Type,
)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[schema(as = ClosedDays)]
pub enum Closed {
    /// It is left out.
    #[default]
    Skip,
    /// It comes on the next day on which the site works.
    Shift,
    /// It is done all the same.
    Keep,
}

/// A task that recurs: what is planned ahead, again and again.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct TaskTemplate {
    /// Its id.
    pub id: TaskTemplateId,
    /// The site its tasks are done on.
    pub site_id: SiteId,
    /// The site's project.
    pub project_id: ProjectId,
    /// What is to be done, in a few words.
    pub title: String,
    /// What is to be done, at length.
    pub description: String,
    /// How urgent it is.
    pub priority: Priority,
    /// How many workers it takes.
    pub workers_needed: i16,
    /// Minutes of planned work.
    pub duration_min: i32,
    /// The skills that each of its workers must hold.
    pub skills: Vec<SkillId>,
    /// The checklists to be answered.
    pub checklists: Vec<ChecklistId>,
    /// When it recurs, in the words of RFC 5545.
    pub rule: String,
    /// The first day; counting begins here.
    pub starts_on: NaiveDate,
    /// When in the day of the site's zone its tasks begin.
    #[schema(value_type = String, example = "08:00:00")]
    pub starts_at: NaiveTime,
    /// What becomes of a day on which the site does not work.
    pub closed: Closed,
    /// How many days ahead its tasks are planned.
    pub horizon_days: i32,
    /// Whether it goes on.
    pub active: bool,
    /// The site's zone.
    pub zone: String,
    /// Counts its changes.
    pub version: i64,
}

impl Versioned for TaskTemplate {
    fn version(&self) -> i64 {
        self.version
    }
}

/// One time that a template is done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = TaskOccurrence)]
pub struct Occurrence {
    /// The day by the rule, which names it.
    pub on_date: NaiveDate,
    /// When its task begins; another day where the site does not work on that one.
    pub starts_at: DateTime<Utc>,
    /// The task that was planned for it.
    pub task_id: Option<TaskId>,
}

impl TaskTemplate {
    /// What an action on it is checked against.
    pub fn target(&self) -> Target {
        Target::site(self.project_id, self.site_id)
    }

    /// The times at which it is done, of the days from `from` on as far ahead as it is planned.
    pub fn ahead(&self, now: Timestamp, open: &Opening) -> Vec<Occurrence> {
        let Ok(rule) = self.rule.parse::<Rule>() else { return Vec::new() };
        let zone: Tz = self.zone.parse().unwrap_or(Tz::UTC);
        let today = now.with_timezone(&zone).date_naive();
        let days = u64::try_from(self.horizon_days).unwrap_or(0);
        let last = today.checked_add_days(Days::new(days)).unwrap_or(today);
        let occurrence = |day: NaiveDate| {
            let on = match (open.works_on(day), self.closed) {
                (true, _) | (false, Closed::Keep) => day,
                (false, Closed::Skip) => return None,
                (false, Closed::Shift) => open.next_after(day)?,
            };
            let starts_at = Wall(zone).moment(NaiveDateTime::new(on, self.starts_at));
            Some(Occurrence { on_date: day, starts_at, task_id: None })
        };
        let all = rule.days(self.starts_on, last).into_iter().filter_map(occurrence);
        all.filter(|occurrence| occurrence.starts_at > now).collect()
    }
}

/// On which days a site works: by its calendar, or every day where it has none.
#[derive(Debug, Default)]
pub struct Opening(Option<engine::Calendar>);

impl Opening {
    /// By this calendar, for years from `year` on.
    pub fn of(own: Option<&Calendar>, year: i32) -> Self {
        Self(own.map(|own| own.engine(year)))
    }

    fn works_on(&self, day: NaiveDate) -> bool {
        let from = day.and_time(NaiveTime::MIN);
        self.0
            .as_ref()
            .is_none_or(|own| calendar::minutes_between(own, from, from + TimeDelta::days(1)) > 0)
    }

    fn next_after(&self, day: NaiveDate) -> Option<NaiveDate> {
        (1..=SHIFT)
            .filter_map(|days| day.checked_add_days(Days::new(days)))
            .find(|day| self.works_on(*day))
    }
}

#[cfg(test)]
mod tests {
    use kernel::CalendarId;

    use super::*;
    use crate::schedule::model::calendar::Hours;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn template(rule: &str, zone: &str, time: &str) -> TaskTemplate {
        TaskTemplate {
            id: TaskTemplateId::new(),
            site_id: SiteId::new(),
            project_id: ProjectId::new(),
            title: "Ronde".into(),
            description: String::new(),
            priority: Priority::Normal,
            workers_needed: 1,
            duration_min: 60,
            skills: Vec::new(),
            checklists: Vec::new(),
            rule: rule.into(),
            starts_on: "2026-03-01".parse().unwrap(),
            starts_at: time.parse().unwrap(),
            closed: Closed::Skip,
            horizon_days: 40,
            active: true,
            zone: zone.into(),
            version: 1,
        }
    }

    fn starts(template: &TaskTemplate, now: &str, open: &Opening) -> Vec<String> {
        let ahead = template.ahead(at(now), open);
        ahead.iter().map(|o| o.starts_at.format("%m-%dT%H:%M").to_string()).collect()
    }

    /// Works on Mondays to Fridays, and not on French holidays.
    fn weekdays() -> Opening {
        let day = || vec![Hours { from: "08:00".into(), to: "17:00".into() }];
        let week = vec![day(), day(), day(), day(), day(), vec![], vec![]];
        let own = Calendar {
            id: CalendarId::new(),
            project_id: ProjectId::new(),
            name: "Semaine".into(),
            country: Some("FR".into()),
            week,
            exceptions: Vec::new(),
            version: 1,
        };
        Opening::of(Some(&own), 2026)
    }

    #[test]
    fn the_hour_stays_that_of_the_site_where_clocks_change_and_none_is_lost_or_doubled() {
        let mut daily = template("FREQ=DAILY", "Europe/Paris", "08:00");
        daily.horizon_days = 3;
        let every_day = starts(&daily, "2026-03-27T12:00:00Z", &Opening::default());
        assert_eq!(every_day, ["03-28T07:00", "03-29T06:00", "03-30T06:00"]);
        // 02:30 is skipped on the 29th, and comes twice on 25 October.
        let mut night = template("FREQ=DAILY", "Europe/Paris", "02:30");
        night.horizon_days = 3;
        let spring = starts(&night, "2026-03-27T12:00:00Z", &Opening::default());
        assert_eq!(spring, ["03-28T01:30", "03-29T01:00", "03-30T00:30"]);
        let autumn = starts(&night, "2026-10-23T12:00:00Z", &Opening::default());
        assert_eq!(autumn, ["10-24T00:30", "10-25T00:30", "10-26T01:30"]);
    }

    #[test]
    fn a_day_on_which_the_site_does_not_work_is_left_out_or_comes_later() {
        // 5 April 2026 is Easter: the 6th is a holiday.
        let mut weekly = template("FREQ=WEEKLY;BYDAY=SA,MO", "Europe/Paris", "09:00");
        weekly.horizon_days = 10;
        let now = "2026-04-01T12:00:00Z";
        assert_eq!(starts(&weekly, now, &weekdays()), Vec::<String>::new());
        weekly.closed = Closed::Shift;
        let later = starts(&weekly, now, &weekdays());
        assert_eq!(later, ["04-07T07:00", "04-07T07:00", "04-13T07:00"]);
        let days: Vec<_> = weekly.ahead(at(now), &weekdays()).iter().map(|o| o.on_date).collect();
        assert_eq!(days[0].to_string(), "2026-04-04", "each is named by its own day");
        weekly.closed = Closed::Keep;
        let kept = starts(&weekly, now, &weekdays());
        assert_eq!(kept, ["04-04T07:00", "04-06T07:00", "04-11T07:00"]);
    }

    #[test]
    fn what_is_past_is_not_planned_and_what_lies_beyond_the_horizon_waits() {
        let mut weekly = template("FREQ=WEEKLY;COUNT=6", "Africa/Dakar", "08:00");
        weekly.horizon_days = 14;
        let now = starts(&weekly, "2026-03-08T08:00:00Z", &Opening::default());
        assert_eq!(now, ["03-15T08:00", "03-22T08:00"]);
        weekly.rule = "no rule".into();
        assert!(starts(&weekly, "2026-03-08T08:00:00Z", &Opening::default()).is_empty());
    }
}
