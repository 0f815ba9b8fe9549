//! The limits of working time as a search keeps them, and what counts before it. No I/O.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, Duration, Months, NaiveDate, Weekday};
use chrono_tz::Tz;
use kernel::{TaskId, Timestamp};
use labour::{Kind, Rules, Span, union};
use solver::{Average, Limits, Pause, Time, WeeklyRest, Window, Worked, WorkedDay};

use super::draw::{day_number, seconds, week_number, week_of};
use super::person::Person;

/// Daily rest lies in the 24 hours from the start of work (Directive 2003/88/EC, art. 3).
const DAY: Time = 24 * 3600;
/// Of a weekly rest so much lies in the week it counts for.
const WITHIN: Time = 24 * 3600;
/// How long before a search's days work matters to its weeks' rest: the week before the one it begins
/// in, and the longest rest that may run into it.
const REST_BACK: Duration = Duration::days(14);
/// Days of an ordinary week, for leave in averages.
const WEEK_DAYS: Time = 5;

/// What of the law of working time a search keeps for somebody.
#[derive(Debug, Clone, Default)]
pub struct Bounds {
    /// The limits.
    pub limits: Limits,
    /// What counts beside the search.
    pub worked: Worked,
    /// Times of the day in which nothing is worked, as minutes of a day; past 1,440 in the next.
    pub nights: Vec<(u32, u32)>,
    /// Work of a night that lies in the day after the one it began on, by that day.
    pub nights_before: BTreeMap<i32, Time>,
    /// What was worked, breaks taken out.
    pub done: Vec<Span>,
    /// Leave around it.
    pub leave: Vec<Span>,
}

/// Beside what a search must keep the limits of working time.
#[derive(Debug, Clone)]
pub struct Past<'a> {
    /// What somebody worked, breaks taken out.
    pub worked: Vec<Span>,
    /// Leave, before the search's days and in them.
    pub leave: Vec<Span>,
    /// The moment of planning.
    pub now: Timestamp,
    /// The first day of the search.
    pub first: NaiveDate,
    /// The last day.
    pub last: NaiveDate,
    /// The tasks that the search may move: they hold nobody.
    pub free: &'a [TaskId],
    /// Whether the search has all that holds people on its days.
    pub beside: bool,
}

/// What of the law a search keeps for somebody, and what counts beside it: what was worked, and what
/// holds them besides the tasks that the search has itself.
pub fn bounds(rules: &Rules, zone: Tz, person: &Person, past: Past<'_>) -> Bounds {
    let mut nights = Vec::new();
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
            Kind::DailyRest => {
                limits.daily_rest = most(limits.daily_rest, time);
                limits.day_span = least(limits.day_span, (DAY - time).max(0));
            }
            Kind::Break { after } => {
                let after = Time::from(after) * 60;
                if limits.pause.is_none_or(|known| after < known.after) {
                    limits.pause = Some(Pause { after, length: time });
                }
            }
            Kind::WeeklyRest => {
                if limits.weekly_rest.is_none_or(|known| known.length < time) {
                    let within = time.min(WITHIN);
                    limits.weekly_rest = Some(WeeklyRest { length: time, within });
                }
            }
            Kind::Night { from, to } if limit.limit == 0 => nights.push((from, to)),
            // Where some work by night is let, so much is judged when a search is published.
            Kind::Night { .. } => {}
        }
    }
    let drawn = |span: &Span| {
        past.beside && (past.first..=past.last).contains(&person.day_at(zone, span.from))
    };
    let ahead = person
        .pieces(zone)
        .filter(|(held, _)| !past.free.contains(&held.id))
        .map(|(_, span)| span)
        .filter(|span| span.to > past.now && !drawn(span));
    let all = union(past.worked.iter().copied().chain(ahead));
    let (mut worked, nights_before) = worked(zone, &all, past.first);
    if let Some(average) = limits.average {
        worked.neutral = neutral(zone, &past.leave, &all, average);
    }
    Bounds { limits, worked, nights, nights_before, done: past.worked, leave: past.leave }
}

/// What leave counts as in an average, by week: each of its days as a fifth of a week at the limit, so
/// that it changes nothing. A day that is worked all the same counts as the work that it is.
fn neutral(zone: Tz, leave: &[Span], worked: &[Span], average: Average) -> Vec<(i32, Time)> {
    let days_of = |spans: &[Span]| -> BTreeSet<NaiveDate> {
        let whole = spans.iter().filter(|span| span.from < span.to);
        let days = whole.flat_map(|span| {
            let last = labour::day_of(zone, span.to - Duration::nanoseconds(1));
            labour::day_of(zone, span.from).iter_days().take_while(move |day| *day <= last)
        });
        days.collect()
    };
    let worked = days_of(worked);
    let mut weeks: BTreeMap<i32, Time> = BTreeMap::new();
    for day in days_of(leave).difference(&worked) {
        if !matches!(day.weekday(), Weekday::Sat | Weekday::Sun) {
            *weeks.entry(week_number(*day)).or_default() += average.limit / WEEK_DAYS;
        }
    }
    weeks.into_iter().collect()
}

/// Full years on a day, of those under age; all others are judged as adults.
fn age(person: &Person, day: NaiveDate) -> Option<u16> {
    let facts = facts(person);
    facts.born.map(|_| facts.age(day))
}

/// What the law must know of somebody: of age only that they are under eighteen.
pub fn facts(person: &Person) -> labour::Worker {
    let until = person.minor_until;
    labour::Worker { born: until.and_then(|day| day.checked_sub_months(Months::new(18 * 12))) }
}

/// Work by week and day of the zone, and what of nights lies in the day after their own. Work over
/// midnight counts on both days and in both weeks, each its part; the day it began on ends with it.
fn worked(zone: Tz, spans: &[Span], first: NaiveDate) -> (Worked, BTreeMap<i32, Time>) {
    let mut weeks: BTreeMap<i32, Time> = BTreeMap::new();
    let mut all: BTreeMap<NaiveDate, (Time, Window)> = BTreeMap::new();
    let mut nights: BTreeMap<i32, Time> = BTreeMap::new();
    for part in labour::parts(zone, spans) {
        let (day, length) = (day_number(part.day), part.span.seconds());
        *weeks.entry(week_of(day)).or_default() += length;
        let window = Window { from: seconds(part.span.from), to: seconds(part.span.to) };
        let known = all.entry(part.work_day).or_insert((0, window));
        if part.is_night() {
            *nights.entry(day).or_default() += length;
        } else {
            known.0 += length;
        }
        known.1.to = known.1.to.max(window.to);
    }
    let recent = all.into_iter().filter(|(day, _)| *day >= first - REST_BACK);
    let day = |(day, (work, span)): (NaiveDate, _)| WorkedDay {
        day: day_number(day),
        week: week_number(day),
        work,
        span,
    };
    let days = recent.map(day).collect();
    (Worked { weeks: weeks.into_iter().collect(), days, ..Worked::default() }, nights)
}

#[cfg(test)]
mod tests {
    use kernel::WorkerId;

    use super::*;
    use crate::dispatch::model::Held;
    use crate::law::hours::Hours;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn the_law_of_france_becomes_the_limits_of_a_search() {
        let rules = labour::law("FR").unwrap().rules();
        let held = |from: &str, to: &str| Held::sample(TaskId::new(), at(from), at(to));
        let mut person = Person::new(WorkerId::new(), "Awa Diop".into());
        person.hours = vec![Hours { day: 1, from: 8 * 60, to: 17 * 60 }];
        person.tasks = vec![
            held("2026-03-04T08:00:00Z", "2026-03-04T12:00:00Z"),
            held("2026-03-05T08:00:00Z", "2026-03-05T12:00:00Z"),
        ];
        let worked = [Span::new(at("2026-03-02T08:00:00Z"), at("2026-03-02T15:00:00Z"))];
        let free = [person.tasks[1].id];
        let past = Past {
            worked: worked.to_vec(),
            leave: vec![Span::new(at("2026-02-19T00:00:00Z"), at("2026-02-24T00:00:00Z"))],
            now: at("2026-03-03T06:00:00Z"),
            first: "2026-03-03".parse().unwrap(),
            last: "2026-03-04".parse().unwrap(),
            free: &free,
            beside: false,
        };
        let Bounds { limits, worked, nights, .. } = bounds(&rules, Tz::UTC, &person, past.clone());
        assert_eq!(limits.day, Some(10 * 3600));
        assert_eq!(limits.week, Some(48 * 3600));
        assert_eq!(limits.average, Some(Average { weeks: 12, limit: 44 * 3600 }));
        assert_eq!((limits.daily_rest, limits.day_span), (Some(11 * 3600), Some(13 * 3600)));
        let week = |text: &str| week_number(text.parse().unwrap());
        let fifth = 44 * 3600 / 5;
        assert_eq!(worked.neutral, [(week("2026-02-19"), 2 * fifth), (week("2026-02-23"), fifth)]);
        assert_eq!(limits.pause, Some(Pause { after: 6 * 3600, length: 20 * 60 }));
        assert_eq!(worked.weeks.len(), 1);
        assert_eq!(worked.weeks[0].1, 11 * 3600, "what was worked and what stays planned");
        let days: Vec<_> = worked.days.iter().map(|day| (day.day, day.work / 3600)).collect();
        let monday = day_number("2026-03-02".parse().unwrap());
        assert_eq!(days, [(monday, 7), (monday + 2, 4)]);
        assert_eq!(worked.days[0].span.to, seconds(at("2026-03-02T15:00:00Z")));
        let weekly = |hours: i64| Some(WeeklyRest { length: hours * 3600, within: 24 * 3600 });
        assert_eq!((limits.weekly_rest, nights), (weekly(35), vec![]), "L3132-2");
        person.minor_until = Some("2027-01-01".parse().unwrap());
        let young = bounds(&rules, Tz::UTC, &person, past.clone());
        assert_eq!(young.limits.day, Some(8 * 3600), "L3162-1");
        assert_eq!(young.limits.weekly_rest, weekly(48), "L3164-2");
        assert_eq!(young.nights, [(22 * 60, 30 * 60)], "L3163-2");
        // Where a place is sought beside what holds people, that is the search's own.
        let beside = bounds(&rules, Tz::UTC, &person, Past { beside: true, ..past });
        assert_eq!(beside.worked.weeks[0].1, 7 * 3600);
    }

    #[test]
    fn work_over_midnight_counts_on_both_days_and_ends_with_the_night() {
        // From Sunday to Monday, with a pause after midnight.
        let night = Span::new(at("2026-03-01T20:00:00Z"), at("2026-03-02T02:00:00Z"));
        let dawn = Span::new(at("2026-03-02T03:00:00Z"), at("2026-03-02T04:00:00Z"));
        let (worked, nights) = worked(Tz::UTC, &[night, dawn], "2026-03-03".parse().unwrap());
        let days: Vec<_> = worked.days.iter().map(|day| (day.day, day.work / 3600)).collect();
        let monday = day_number("2026-03-02".parse().unwrap());
        assert_eq!(days, [(monday - 1, 4)], "one day's work");
        assert_eq!(worked.days[0].span.to, seconds(dawn.to));
        assert_eq!(nights, [(monday, 3 * 3600)].into());
        let weeks: Vec<_> = worked.weeks.iter().map(|week| week.1 / 3600).collect();
        assert_eq!(weeks, [4, 3]);
    }
}
