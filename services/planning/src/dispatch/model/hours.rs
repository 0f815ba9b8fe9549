//! The limits of working time as a search keeps them, and what counts before it. No I/O.

use chrono::{Duration, Months, NaiveDate};
use chrono_tz::Tz;
use kernel::{TaskId, Timestamp};
use labour::{Kind, Rules, Span, union};
use solver::{Average, Limits, Pause, Time, Worked};

use super::days;
use super::draw::{seconds, week_number};
use super::person::Person;

/// Before what a search must keep the limits of working time.
pub struct Past<'a> {
    /// What somebody worked, breaks taken out.
    pub worked: &'a [Span],
    /// The moment of planning.
    pub now: Timestamp,
    /// The first day of the search.
    pub first: NaiveDate,
    /// The tasks that the search may move: they hold nobody.
    pub free: &'a [TaskId],
}

/// The limits of a search for somebody, and what counts before it: what was worked, and what holds
/// them besides the tasks that the search may move.
pub fn limits(rules: &Rules, zone: Tz, person: &Person, past: &Past<'_>) -> (Limits, Worked) {
    let mut limits =
        Limits { ordinary_week: Some(Time::from(rules.overtime.after) * 60), ..Limits::default() };
    let least = |known: Option<Time>, new: Time| Some(known.map_or(new, |k| k.min(new)));
    let most = |known: Option<Time>, new: Time| Some(known.map_or(new, |k| k.max(new)));
    for limit in rules.for_age(age(person, past.first)) {
        let time = Time::from(limit.limit) * 60;
        match limit.rule.kind {
            Kind::DayWork => limits.day = least(limits.day, time),
            Kind::WeekWork => limits.week = least(limits.week, time),
            Kind::AverageWork { weeks } => {
                let weeks = u8::try_from(weeks).unwrap_or(u8::MAX);
                if limits.average.is_none_or(|known| time < known.limit) {
                    limits.average = Some(Average { weeks, limit: time });
                }
            }
            Kind::DaysAWeek => {
                let days = u8::try_from(limit.limit).unwrap_or(u8::MAX);
                limits.days_a_week = Some(limits.days_a_week.map_or(days, |known| known.min(days)));
            }
            Kind::DailyRest => limits.daily_rest = most(limits.daily_rest, time),
            Kind::Break { after } => {
                let after = Time::from(after) * 60;
                if limits.pause.is_none_or(|known| after < known.after) {
                    limits.pause = Some(Pause { after, length: time });
                }
            }
            // A search does not know these; what it leaves of them is judged when it is published.
            Kind::WeeklyRest | Kind::Night { .. } => {}
        }
    }
    let held = person.tasks.iter().filter(|held| !past.free.contains(&held.id));
    let hours: Vec<_> = person.hours.iter().map(|h| (h.day, h.starts, h.ends)).collect();
    let ahead = held
        .flat_map(|held| crate::law::pieces(Span::new(held.from, held.to), zone, &hours))
        .filter(|span| span.to > past.now);
    let all = union(past.worked.iter().copied().chain(ahead));
    (limits, worked(zone, &all, past.now))
}

/// Full years on a day, of those under age; all others are judged as adults.
fn age(person: &Person, day: NaiveDate) -> Option<u16> {
    let born = person.minor_until?.checked_sub_months(Months::new(18 * 12));
    Some(labour::Worker { born }.age(day))
}

/// Work by week and day of the zone.
fn worked(zone: Tz, spans: &[Span], now: Timestamp) -> Worked {
    let mut worked = Worked::default();
    let mut seen: Vec<NaiveDate> = Vec::new();
    for span in spans {
        let last = days::day(zone, span.to - Duration::seconds(1));
        for day in days::day(zone, span.from).iter_days().take_while(|day| *day <= last) {
            let next = days::start(zone, day + Duration::days(1));
            let length = span.within(&Span::new(days::start(zone, day), next));
            let week = week_number(day);
            add(&mut worked.weeks, week, length);
            if !seen.contains(&day) {
                seen.push(day);
                add(&mut worked.days, week, 1);
            }
        }
    }
    let ended = spans.iter().filter(|span| span.to <= now).map(|span| seconds(span.to));
    worked.last_end = ended.max();
    worked
}

fn add<T: std::ops::AddAssign>(sums: &mut Vec<(i32, T)>, week: i32, more: T) {
    match sums.iter_mut().find(|(known, _)| *known == week) {
        Some((_, sum)) => *sum += more,
        None => sums.push((week, more)),
    }
}

#[cfg(test)]
mod tests {
    use kernel::WorkerId;

    use super::*;
    use crate::dispatch::model::{Held, Hours};

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn the_law_of_france_becomes_the_limits_of_a_search() {
        let rules = labour::law("FR").unwrap().rules();
        let held = |from: &str, to: &str| Held::sample(TaskId::new(), at(from), at(to));
        let time = |text: &str| text.parse().unwrap();
        let mut person = Person::new(WorkerId::new(), "Awa Diop".into());
        person.hours = vec![Hours { day: 1, starts: time("08:00:00"), ends: time("17:00:00") }];
        person.tasks = vec![
            held("2026-03-04T08:00:00Z", "2026-03-04T12:00:00Z"),
            held("2026-03-05T08:00:00Z", "2026-03-05T12:00:00Z"),
        ];
        let worked = [Span::new(at("2026-03-02T08:00:00Z"), at("2026-03-02T15:00:00Z"))];
        let free = [person.tasks[1].id];
        let past = Past {
            worked: &worked,
            now: at("2026-03-03T06:00:00Z"),
            first: "2026-03-03".parse().unwrap(),
            free: &free,
        };
        let (limits, worked) = super::limits(&rules, Tz::UTC, &person, &past);
        assert_eq!(limits.day, Some(10 * 3600));
        assert_eq!(limits.week, Some(48 * 3600));
        assert_eq!(limits.average, Some(Average { weeks: 12, limit: 44 * 3600 }));
        assert_eq!(limits.daily_rest, Some(11 * 3600));
        assert_eq!(limits.pause, Some(Pause { after: 6 * 3600, length: 20 * 60 }));
        assert_eq!(worked.weeks.len(), 1);
        assert_eq!(worked.weeks[0].1, 11 * 3600, "what was worked and what stays planned");
        assert_eq!(worked.days[0].1, 2);
        assert_eq!(worked.last_end, Some(seconds(at("2026-03-02T15:00:00Z"))));
        person.minor_until = Some("2027-01-01".parse().unwrap());
        let (young, _) = super::limits(&rules, Tz::UTC, &person, &past);
        assert_eq!(young.day, Some(8 * 3600), "L3162-1");
    }
}
