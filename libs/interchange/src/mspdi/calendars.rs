//! Calendars: a base and what differs from it, made into whole weeks and lists of exceptions.

use std::collections::HashMap;

use chrono::{NaiveDate, NaiveDateTime};
use schedule::{Calendar, Exception, Hours};

use super::recur::Rule;
use super::words::{self, CLOCK, FLAG, INTEGER, MOMENT};
use super::xml::Node;
use crate::findings::Findings;
use crate::{CalendarInfo, Finding};

/// Stretches of work in a day at most; Project shows five.
const STRETCHES: usize = 48;

/// A calendar as the file says it, its base's days not yet in it.
pub struct Raw {
    uid: i64,
    name: String,
    base: Option<i64>,
    /// From Monday on; none where the base's day counts.
    week: [Option<Vec<Hours>>; 7],
    exceptions: Vec<Exception>,
    node: crate::Place,
}

/// Reads one `Calendar`; `room` is how many more exceptions may come.
pub fn read(node: &Node, found: &mut Findings, room: &mut usize) -> Raw {
    let uid = found.need(node, "UID", &INTEGER).unwrap_or(-1);
    let base = found
        .get(node, "BaseCalendarUID", &INTEGER)
        // Project writes -1, or 0 for a calendar that is a base itself.
        .filter(|base| *base > 0 && *base != uid)
        .filter(|_| found.get(node, "IsBaseCalendar", &FLAG) != Some(true));
    let mut raw = Raw {
        uid,
        name: node.text("Name").unwrap_or_default().to_owned(),
        base,
        week: Default::default(),
        exceptions: Vec::new(),
        node: node.place.clone(),
    };
    for weeks in node.all("WorkWeeks").flat_map(|w| w.all("WorkWeek")) {
        raw.work_week(weeks, found, room);
    }
    let listed = node.child("Exceptions");
    for day in node.all("WeekDays").flat_map(|w| w.all("WeekDay")) {
        match found.need(day, "DayType", &INTEGER) {
            Some(sunday @ 1..=7) => {
                raw.week[weekday(sunday)] = Some(worked(day, found));
            }
            // Older files say exceptions here; newer ones say them twice.
            Some(0) if listed.is_none() => raw.exception(day, found, room),
            Some(0) | None => {}
            Some(_) => found.push(Finding::new(
                day.place.clone(),
                "bad-value",
                "DayType va de 0 à 7.",
                "DayType goes from 0 to 7.",
            )),
        }
    }
    for exception in listed.iter().flat_map(|e| e.all("Exception")) {
        raw.exception(exception, found, room);
    }
    raw
}

/// The place in a week from Monday on of a day numbered from Sunday = 1.
fn weekday(sunday: i64) -> usize {
    usize::try_from((sunday + 5) % 7).unwrap_or_default()
}

/// The hours of a day; none on a day off.
fn worked(day: &Node, found: &mut Findings) -> Vec<Hours> {
    if found.get(day, "DayWorking", &FLAG) != Some(true) {
        return Vec::new();
    }
    let mut hours = Vec::new();
    for time in day.all("WorkingTimes").flat_map(|t| t.all("WorkingTime")) {
        let from = found.get(time, "FromTime", &CLOCK);
        let to = found.get(time, "ToTime", &CLOCK);
        let (Some(from), Some(to)) = (from, to) else { continue };
        match words::hours(from, to) {
            Some(stretch) => hours.push(stretch),
            None => found.push(Finding::new(
                time.place.clone(),
                "bad-hours",
                "Ces heures finissent avant de commencer.",
                "These hours end before they begin.",
            )),
        }
    }
    hours.sort_by_key(|h| h.from);
    // They are copied to each day a rule means, and so cannot be without end.
    if hours.windows(2).any(|pair| pair[1].from < pair[0].to) || hours.len() > STRETCHES {
        found.push(Finding::new(
            day.place.clone(),
            "bad-hours",
            "Ces heures se chevauchent, ou sont trop nombreuses.",
            "These hours overlap, or are too many.",
        ));
        hours.truncate(STRETCHES);
    }
    hours
}

/// The days a `TimePeriod` covers.
fn period(node: &Node, found: &mut Findings) -> Option<(NaiveDate, NaiveDate)> {
    let period = node.child("TimePeriod")?;
    let from = found.need(period, "FromDate", &MOMENT)?;
    let to = found.need(period, "ToDate", &MOMENT)?;
    let (from, to) = (from.date(), last_day(from, to));
    if to < from {
        found.push(Finding::new(
            period.place.clone(),
            "bad-period",
            "Cette période finit avant de commencer.",
            "This period ends before it begins.",
        ));
        return None;
    }
    Some((from, to))
}

/// A period that ends at midnight ends the day before.
fn last_day(from: NaiveDateTime, to: NaiveDateTime) -> NaiveDate {
    let midnight = to.time() == chrono::NaiveTime::MIN && to.date() > from.date();
    if midnight { to.date().pred_opt().unwrap_or(to.date()) } else { to.date() }
}

impl Raw {
    fn exception(&mut self, node: &Node, found: &mut Findings, room: &mut usize) {
        let Some((from, to)) = period(node, found) else { return };
        let hours = worked(node, found);
        let name = node.text("Name").unwrap_or_default().to_owned();
        let number = |found: &mut Findings, name: &str| found.get(node, name, &INTEGER);
        let rule = Rule {
            kind: number(found, "Type").unwrap_or(1),
            every: number(found, "Period").unwrap_or(1),
            weekdays: number(found, "DaysOfWeek").unwrap_or(0),
            item: number(found, "MonthItem").unwrap_or(0),
            position: number(found, "MonthPosition").unwrap_or(0),
            month: number(found, "Month").unwrap_or(0),
            day: number(found, "MonthDay").unwrap_or(1).clamp(1, 31),
            times: number(found, "Occurrences").filter(|times| {
                *times > 0 && found.get(node, "EnteredByOccurrences", &FLAG) == Some(true)
            }),
        };
        // Each costs something, also a rule that never meets a day.
        let whole = !(2..=6).contains(&rule.kind) && rule.every <= 1;
        let spans = if whole {
            (vec![(from, to)], *room > 0)
        } else {
            let (days, all) = rule.days(from, to, *room);
            (days.into_iter().map(|day| (day, day)).collect(), all && *room > 0)
        };
        self.add(node, spans, &name, &hours, found, room);
    }

    /// Another week for a time is an exception on each of its days.
    fn work_week(&mut self, node: &Node, found: &mut Findings, room: &mut usize) {
        let Some((from, to)) = period(node, found) else { return };
        let name = node.text("Name").unwrap_or_default().to_owned();
        for day in node.all("WeekDays").flat_map(|w| w.all("WeekDay")) {
            let Some(number @ 1..=7) = found.need(day, "DayType", &INTEGER) else { continue };
            let hours = worked(day, found);
            let rule = Rule {
                kind: 6,
                every: 1,
                weekdays: 1 << (number - 1),
                item: 0,
                position: 0,
                month: 0,
                day: 1,
                times: None,
            };
            let (days, all) = rule.days(from, to, *room);
            let spans = days.into_iter().map(|day| (day, day)).collect();
            self.add(node, (spans, all), &name, &hours, found, room);
        }
    }

    fn add(
        &mut self,
        node: &Node,
        (spans, all): (Vec<(NaiveDate, NaiveDate)>, bool),
        name: &str,
        hours: &[Hours],
        found: &mut Findings,
        room: &mut usize,
    ) {
        if !all {
            found.push(Finding::new(
                node.place.clone(),
                "limit",
                "Trop d'exceptions dans les calendriers.",
                "Too many exceptions in the calendars.",
            ));
        }
        *room = room.saturating_sub(spans.len().max(1));
        let named =
            |(from, to)| Exception { name: name.to_owned(), from, to, hours: hours.to_vec() };
        self.exceptions.extend(spans.into_iter().map(named));
    }
}

/// The calendars with their bases' days in them, in the file's order.
pub fn resolve(
    raws: &[Raw],
    found: &mut Findings,
    mut room: usize,
) -> (Vec<Calendar>, Vec<CalendarInfo>) {
    let mut places = HashMap::new();
    for (place, raw) in raws.iter().enumerate() {
        if places.insert(raw.uid, place).is_some() {
            found.push(Finding::new(
                raw.node.clone(),
                "twice",
                format!("Deux calendriers portent l'UID {}.", raw.uid),
                format!("Two calendars have the UID {}.", raw.uid),
            ));
        }
    }
    let bases: Vec<Option<usize>> = raws
        .iter()
        .map(|raw| {
            let base = raw.base?;
            let place = places.get(&base).copied();
            if place.is_none() {
                found.push(unknown(raw, base));
            }
            place
        })
        .collect();
    let mut whole: Vec<Option<Calendar>> = raws.iter().map(|_| None).collect();
    for at in 0..raws.len() {
        let mut chain = vec![];
        let mut next = Some(at);
        while let Some(one) = next.filter(|one| whole[*one].is_none()) {
            if chain.contains(&one) {
                found.push(circle(&raws[one]));
                whole[one] = Some(raws[one].over(None));
                break;
            }
            chain.push(one);
            next = bases[one];
        }
        while let Some(one) = chain.pop() {
            if whole[one].is_some() {
                continue;
            }
            let base = bases[one].and_then(|base| whole[base].as_ref());
            let inherited = base.map_or(0, |base| base.exceptions.len());
            if inherited > room {
                found.push(Finding::new(
                    raws[one].node.clone(),
                    "limit",
                    "Trop d'exceptions dans les calendriers.",
                    "Too many exceptions in the calendars.",
                ));
                return (Vec::new(), Vec::new());
            }
            room -= inherited;
            whole[one] = Some(raws[one].over(base));
        }
    }
    let infos = raws.iter().zip(bases).map(|(raw, base)| CalendarInfo { uid: raw.uid, base });
    (whole.into_iter().flatten().collect(), infos.collect())
}

fn unknown(raw: &Raw, base: i64) -> Finding {
    Finding::new(
        raw.node.clone(),
        "unknown-calendar",
        format!("Calendrier de base {base} inconnu."),
        format!("Unknown base calendar {base}."),
    )
}

fn circle(raw: &Raw) -> Finding {
    Finding::new(
        raw.node.clone(),
        "cycle",
        format!("Le calendrier « {} » se fonde sur lui-même.", raw.name),
        format!("Calendar \"{}\" is its own base.", raw.name),
    )
}

impl Raw {
    /// The calendar, what it does not say taken from `base`.
    fn over(&self, base: Option<&Calendar>) -> Calendar {
        let mut calendar = match base {
            Some(base) => Calendar { name: self.name.clone(), ..base.clone() },
            None => Calendar {
                name: self.name.clone(),
                week: Default::default(),
                exceptions: Vec::new(),
            },
        };
        for (day, hours) in self.week.iter().enumerate() {
            if let Some(hours) = hours {
                calendar.week[day].clone_from(hours);
            }
        }
        calendar.exceptions.extend(self.exceptions.iter().cloned());
        calendar
    }
}
