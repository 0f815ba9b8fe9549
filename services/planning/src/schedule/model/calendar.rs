//! A calendar as people write it, and as the engine reads it. No I/O.

use chrono::{Datelike, NaiveDate, NaiveDateTime, TimeDelta};
use kernel::{CalendarId, ProjectId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::{Validate, ValidationError};
use web::Versioned;

const DAY: i32 = 24 * 60;

/// A stretch of a day's work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = WorkHours)]
pub struct Hours {
    /// When it begins: `08:00`.
    #[schema(pattern = r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
    pub from: String,
    /// When it ends: `12:00`; `24:00` is midnight.
    #[schema(pattern = r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$")]
    pub to: String,
}

/// Why a day differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = CalendarExceptionKind)]
pub enum ExceptionKind {
    /// A public holiday.
    Holiday,
    /// The site is closed.
    Closure,
    /// The weather stops the work.
    Weather,
    /// Work on a day that usually has none, or other hours.
    Extra,
}

/// Days that differ from the usual week.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CalendarException)]
pub struct Exception {
    /// What it is, as people call it.
    #[validate(length(min = 1, max = 200), custom(function = web::check::text))]
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    /// First day.
    #[validate(custom(function = web::check::day))]
    pub from: NaiveDate,
    /// Last day; at most a year after the first.
    #[validate(custom(function = web::check::day))]
    pub to: NaiveDate,
    /// Why it differs.
    pub kind: ExceptionKind,
    /// The hours worked on each of these days, in order and apart; none on a day off.
    #[serde(default)]
    #[validate(length(max = 8), custom(function = hours))]
    #[schema(max_items = 8)]
    pub hours: Vec<Hours>,
}

/// When work is done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = WorkCalendar)]
pub struct Calendar {
    /// Its id.
    pub id: CalendarId,
    /// The project it belongs to.
    pub project_id: ProjectId,
    /// What people call it.
    pub name: String,
    /// ISO 3166-1 alpha-2: the country whose public holidays are days off.
    pub country: Option<String>,
    /// Seven lists of hours, Monday's first.
    pub week: Vec<Vec<Hours>>,
    /// The days that differ; where two cover a day, the later in the list counts.
    pub exceptions: Vec<Exception>,
    /// Counts its changes.
    pub version: i64,
}

impl Versioned for Calendar {
    fn version(&self) -> i64 {
        self.version
    }
}

fn minute(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    let digits = |part: &str| part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
    if !digits(hour) || !digits(minute) {
        return None;
    }
    let (hour, minute) = (hour.parse::<u16>().ok()?, minute.parse::<u16>().ok()?);
    let fits = (hour < 24 && minute < 60) || (hour, minute) == (24, 0);
    fits.then_some(hour * 60 + minute)
}

/// Whether these are hours of a day, in order and apart.
pub fn hours(day: &[Hours]) -> Result<(), ValidationError> {
    let mut free_from = 0;
    for (nth, stretch) in day.iter().enumerate() {
        match (minute(&stretch.from), minute(&stretch.to)) {
            (Some(from), Some(to)) if from < to && (nth == 0 || from >= free_from) => {
                free_from = to;
            }
            _ => {
                return Err(ValidationError::new("hours").with_message(
                    "heures HH:MM dans l'ordre et sans recouvrement | hours HH:MM in order and apart"
                        .into(),
                ));
            }
        }
    }
    Ok(())
}

/// Whether these are the hours of seven days, with some work in them.
pub fn week(week: &[Vec<Hours>]) -> Result<(), ValidationError> {
    if week.len() != 7 {
        return Err(ValidationError::new("length")
            .with_message("sept jours, lundi d'abord | seven days, Monday first".into()));
    }
    for day in week {
        if day.len() > 8 {
            return Err(ValidationError::new("length")
                .with_message("au plus 8 plages par jour | at most 8 stretches a day".into()));
        }
        hours(day)?;
    }
    if week.iter().all(Vec::is_empty) {
        return Err(ValidationError::new("no_working_time").with_message(
            "un calendrier sans temps de travail | a calendar without working time".into(),
        ));
    }
    Ok(())
}

/// Whether each exception ends after it begins, within a year.
pub fn exceptions(exceptions: &[Exception]) -> Result<(), ValidationError> {
    let fits = |e: &Exception| e.from <= e.to && e.to - e.from <= TimeDelta::days(366);
    if exceptions.iter().all(fits) {
        return Ok(());
    }
    Err(ValidationError::new("order").with_message(
        "une exception finit après son début, un an plus tard au plus | an exception ends after \
         it begins, a year later at most"
            .into(),
    ))
}

/// The ISO 3166-1 alpha-2 code of a country whose holidays are known.
pub fn country(code: &str) -> Result<(), ValidationError> {
    if engine::holidays::countries().any(|known| known == code) {
        return Ok(());
    }
    Err(ValidationError::new("country").with_message(
        "code ISO 3166-1 (SN, FR…) d'un pays dont les jours fériés sont connus | ISO 3166-1 code \
         (SN, FR…) of a country whose holidays are known"
            .into(),
    ))
}

fn read(day: &[Hours]) -> Vec<engine::Hours> {
    let read = |h: &Hours| Some(engine::Hours { from: minute(&h.from)?, to: minute(&h.to)? });
    let stretches: Vec<_> = day.iter().filter_map(read).collect();
    hours_moved(std::iter::once((0, stretches.as_slice())), 0) // joins what touches
}

/// Writes hours as people read them.
pub fn written(day: &[engine::Hours]) -> Vec<Hours> {
    let clock = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
    day.iter().map(|h| Hours { from: clock(h.from), to: clock(h.to) }).collect()
}

/// How many years of public holidays a plan knows, from the one before it begins.
const HOLIDAYS: i32 = 15;

impl Calendar {
    /// The calendar as the engine reads it, for a plan that begins in this year: its country's
    /// holidays first, then its own exceptions, which count where both cover a day.
    pub fn engine(&self, year: i32) -> engine::Calendar {
        let mut week: [Vec<engine::Hours>; 7] = Default::default();
        for (day, hours) in week.iter_mut().zip(&self.week) {
            *day = read(hours);
        }
        let holidays = self.country.iter().flat_map(|country| {
            (year - 1..year - 1 + HOLIDAYS)
                .flat_map(|year| engine::holidays::of(country, year).unwrap_or_default())
                .map(|holiday| engine::Exception {
                    name: holiday.name_fr,
                    from: holiday.day,
                    to: holiday.day,
                    hours: Vec::new(),
                })
        });
        let own = self.exceptions.iter().map(|e| engine::Exception {
            name: e.name.clone(),
            from: e.from,
            to: e.to,
            hours: read(&e.hours),
        });
        let exceptions = holidays.chain(own).collect();
        engine::Calendar { name: self.name.clone(), week, exceptions }
    }
}

/// Work at every hour: for what has no calendar.
pub fn always() -> engine::Calendar {
    let day = vec![engine::Hours { from: 0, to: 1440 }];
    engine::Calendar {
        name: String::new(),
        week: std::array::from_fn(|_| day.clone()),
        exceptions: Vec::new(),
    }
}

/// The usual week: eight hours a day from Monday to Friday, for plans that say nothing else.
pub fn usual() -> engine::Calendar {
    let day = vec![engine::Hours { from: 480, to: 720 }, engine::Hours { from: 780, to: 1020 }];
    let week = std::array::from_fn(|nth| if nth < 5 { day.clone() } else { Vec::new() });
    engine::Calendar { name: "Semaine de 40 h".into(), week, exceptions: Vec::new() }
}

/// The hours that are worked on a day.
pub fn hours_on(calendar: &engine::Calendar, day: NaiveDate) -> &[engine::Hours] {
    let differs = calendar.exceptions.iter().rev().find(|e| e.from <= day && day <= e.to);
    let usual = &calendar.week[day.weekday().num_days_from_monday() as usize];
    differs.map_or(usual, |e| &e.hours)
}

/// The hours of one day on a clock that is `later` minutes behind: from those of the day before,
/// the day itself and the day after.
fn hours_moved<'a>(
    days: impl Iterator<Item = (i32, &'a [engine::Hours])>,
    later: i32,
) -> Vec<engine::Hours> {
    let mut moved: Vec<engine::Hours> = Vec::new();
    for (nth, hours) in days {
        for stretch in hours {
            let from = (i32::from(stretch.from) + nth * DAY + later).clamp(0, DAY);
            let to = (i32::from(stretch.to) + nth * DAY + later).clamp(0, DAY);
            match moved.last_mut() {
                _ if from == to => {}
                Some(last) if i32::from(last.to) == from => last.to = to as u16,
                _ => moved.push(engine::Hours { from: from as u16, to: to as u16 }),
            }
        }
    }
    moved
}

/// The same working time as a clock shows it that is `later` minutes ahead (less than none:
/// behind) of the calendar's own.
pub fn moved(calendar: &engine::Calendar, later: i32) -> engine::Calendar {
    if later == 0 {
        return calendar.clone();
    }
    let week = std::array::from_fn(|day: usize| {
        let near = [(-1, day + 6), (0, day), (1, day + 1)];
        hours_moved(
            near.into_iter().map(|(nth, of)| (nth, calendar.week[of % 7].as_slice())),
            later,
        )
    });
    let mut days: Vec<NaiveDate> = calendar
        .exceptions
        .iter()
        .flat_map(|e| {
            (e.from - TimeDelta::days(1))
                .iter_days()
                .take_while(|d| *d <= e.to + TimeDelta::days(1))
        })
        .collect();
    days.sort();
    days.dedup();
    let exceptions = days.into_iter().map(|day| {
        let near =
            (-1..=1).map(|nth: i32| (nth, hours_on(calendar, day + TimeDelta::days(nth.into()))));
        engine::Exception {
            name: String::new(),
            from: day,
            to: day,
            hours: hours_moved(near, later),
        }
    });
    engine::Calendar { name: calendar.name.clone(), week, exceptions: exceptions.collect() }
}

/// Minutes of working time between two moments of the calendar's clock, at most `limit` days.
pub fn minutes_between(calendar: &engine::Calendar, from: NaiveDateTime, to: NaiveDateTime) -> i64 {
    from.date()
        .iter_days()
        .take_while(|day| *day <= to.date())
        .map(|day| {
            let midnight = day.and_time(chrono::NaiveTime::MIN);
            let part = |at: NaiveDateTime| (at - midnight).num_minutes();
            hours_on(calendar, day)
                .iter()
                .map(|h| {
                    let (begins, ends) = (i64::from(h.from), i64::from(h.to));
                    (part(to).min(ends) - part(from).max(begins)).max(0)
                })
                .sum::<i64>()
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stretch(from: &str, to: &str) -> Hours {
        Hours { from: from.into(), to: to.into() }
    }

    fn office() -> engine::Calendar {
        let day = vec![stretch("08:00", "12:00"), stretch("13:00", "17:00")];
        let off = Exception {
            name: "Tabaski".into(),
            from: "2026-05-27".parse().unwrap(),
            to: "2026-05-28".parse().unwrap(),
            kind: ExceptionKind::Holiday,
            hours: vec![],
        };
        let mut week = vec![day; 5];
        week.extend([vec![], vec![]]);
        Calendar {
            id: CalendarId::new(),
            project_id: ProjectId::new(),
            name: "Bureau".into(),
            country: None,
            week,
            exceptions: vec![off],
            version: 1,
        }
        .engine(2026)
    }

    #[test]
    fn hours_are_in_order_apart_and_within_the_day() {
        let good = [stretch("00:00", "12:00"), stretch("12:00", "24:00")];
        assert!(hours(&good).is_ok());
        for bad in [
            vec![stretch("12:00", "08:00")],
            vec![stretch("08:00", "08:00")],
            vec![stretch("08:00", "24:01")],
            vec![stretch("8:00", "12:00")],
            vec![stretch("08:00", "12:60")],
            vec![stretch("08:00", "12:00"), stretch("11:00", "13:00")],
        ] {
            assert!(hours(&bad).is_err(), "{bad:?}");
        }
        assert!(week(&vec![vec![]; 7]).is_err(), "no working time");
        assert!(week(&vec![good.to_vec(); 6]).is_err(), "six days");
    }

    #[test]
    fn working_minutes_skip_lunch_nights_weekends_and_days_off() {
        let minutes = |from: &str, to: &str| {
            minutes_between(&office(), from.parse().unwrap(), to.parse().unwrap())
        };
        assert_eq!(minutes("2026-03-02T08:00:00", "2026-03-02T17:00:00"), 480);
        assert_eq!(minutes("2026-03-06T16:00:00", "2026-03-09T09:00:00"), 120);
        assert_eq!(minutes("2026-03-02T18:00:00", "2026-03-03T07:00:00"), 0);
        assert_eq!(minutes("2026-05-26T16:00:00", "2026-05-29T09:00:00"), 120);
        assert_eq!(minutes("2026-03-02T12:30:00", "2026-03-02T13:30:00"), 30);
    }

    #[test]
    fn another_zones_clock_shows_the_same_working_time_elsewhere() {
        // Réunion is four hours ahead of Dakar: 8 to 17 there is 4 to 13 here.
        let here = moved(&office(), -240);
        assert_eq!(written(&here.week[0]), [stretch("04:00", "08:00"), stretch("09:00", "13:00")]);
        assert!(here.week[5].is_empty());
        // Work until midnight there runs over two days here.
        let mut late = office();
        late.week[4] = vec![engine::Hours { from: 1200, to: 1440 }];
        let there = moved(&late, 120);
        assert_eq!(written(&there.week[4]), [stretch("22:00", "24:00")]);
        assert_eq!(written(&there.week[5]), [stretch("00:00", "02:00")]);
        let day_off = hours_on(&here, "2026-05-27".parse().unwrap());
        assert!(day_off.is_empty());
        assert_eq!(hours_on(&here, "2026-05-29".parse().unwrap()).len(), 2);
    }
}
