//! What worked and planned spans break.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Datelike, Days, NaiveDate, Utc, Weekday};
use chrono_tz::Tz;
use serde::Serialize;

use crate::Refused;
use crate::day::parts;
use crate::law::{Ages, Kind, Limit, Rules};
use crate::local::{self, day_of, monday};
use crate::rest;
use crate::span::{Span, Work, in_order};

/// What the law must know of somebody.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Worker {
    /// The day of birth; judged as an adult where it is not known.
    pub born: Option<NaiveDate>,
}

impl Worker {
    /// Full years on a day; an adult's where the birth is not known.
    pub fn age(self, day: NaiveDate) -> u16 {
        let years = self.born.map(|born| day.years_since(born).unwrap_or(0));
        years.map_or(Ages::ADULT.from, |years| u16::try_from(years).unwrap_or(u16::MAX - 1))
    }
}

/// A limit that is not kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Breach {
    /// The rule's code among the country's.
    pub rule: &'static str,
    /// What it limits.
    #[serde(flatten)]
    pub kind: Kind,
    /// Where it stands.
    pub article: &'static str,
    /// The agreement that set the limit, where one did.
    pub agreed: Option<String>,
    /// The limit, in the rule's unit: minutes, or days where days are limited.
    pub limit: u32,
    /// What was found, in the same unit, rounded away from the limit.
    pub found: u32,
    /// The first instant that was judged: the day's, the week's, the shift's.
    pub from: DateTime<Utc>,
    /// The end of what was judged.
    pub to: DateTime<Utc>,
    /// Whether planned work takes part; else it has happened already.
    pub planned: bool,
}

/// A day's work.
#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    seconds: i64,
    days: u32,
    planned: bool,
}

impl Sum {
    fn add(&mut self, other: Self) {
        self.seconds += other.seconds;
        self.days += other.days;
        self.planned |= other.planned;
    }
}

/// What is judged: work in order, and its sums by the days and weeks of a place.
pub(crate) struct Case<'a> {
    pub worker: Worker,
    pub zone: Tz,
    pub work: &'a [Work],
    days: BTreeMap<NaiveDate, Sum>,
    weeks: BTreeMap<NaiveDate, Sum>,
    /// Days of leave by week, of Monday to Friday, without those that were worked all the same.
    leave: BTreeMap<NaiveDate, u32>,
}

impl<'a> Case<'a> {
    fn new(worker: Worker, zone: Tz, work: &'a [Work], leave: &[Span]) -> Self {
        let mut days: BTreeMap<NaiveDate, Sum> = BTreeMap::new();
        for Work { span, planned } in work {
            for day in local::days(zone, *span) {
                let seconds = span.within(&local::day(zone, day));
                days.entry(day).or_default().add(Sum { seconds, days: 0, planned: *planned });
            }
        }
        for part in parts(zone, work.iter().map(|work| &work.span)) {
            days.entry(part.work_day).or_default().days = 1;
        }
        let mut weeks: BTreeMap<NaiveDate, Sum> = BTreeMap::new();
        for (day, sum) in &days {
            weeks.entry(monday(*day)).or_default().add(*sum);
        }
        let leave = leave.iter().filter(|span| span.from < span.to);
        let away: BTreeSet<_> = leave.flat_map(|span| local::days(zone, *span)).collect();
        let mut leave: BTreeMap<NaiveDate, u32> = BTreeMap::new();
        for day in away.into_iter().filter(|day| counts(*day) && !days.contains_key(day)) {
            *leave.entry(monday(day)).or_default() += 1;
        }
        Self { worker, zone, work, days, weeks, leave }
    }

    /// Whether a rule is for the worker on a day.
    pub fn applies(&self, limit: &Limit, day: NaiveDate) -> bool {
        limit.rule.ages.contains(self.worker.age(day))
    }

    /// Mondays of the weeks with work.
    pub fn weeks(&self) -> impl Iterator<Item = NaiveDate> {
        self.weeks.keys().copied()
    }

    /// Whether planned work lies in a span.
    pub fn planned_in(&self, span: Span) -> bool {
        self.work.iter().any(|work| work.planned && work.span.within(&span) > 0)
    }
}

/// Whether a day of leave counts: an ordinary week has five.
fn counts(day: NaiveDate) -> bool {
    !matches!(day.weekday(), Weekday::Sat | Weekday::Sun)
}

/// What breaks the rules, of the spans that are done and those that are planned together, in the order of time.
///
/// A planned span may not overlap one that is done: the caller cuts plans at what has happened, see
/// [`crate::ahead`].
pub fn check(
    rules: &Rules,
    worker: Worker,
    zone: Tz,
    done: &[Span],
    planned: &[Span],
) -> Result<Vec<Breach>, Refused> {
    check_with_leave(rules, worker, zone, (done, planned), &[])
}

/// The same of somebody who was on leave, or will be. Leave is neutral to averages: each day of it
/// takes a fifth of its week out of them (Directive 2003/88/EC, art. 16 (b)).
pub fn check_with_leave(
    rules: &Rules,
    worker: Worker,
    zone: Tz,
    (done, planned): (&[Span], &[Span]),
    leave: &[Span],
) -> Result<Vec<Breach>, Refused> {
    let work = in_order(done, planned)?;
    let case = Case::new(worker, zone, &work, leave);
    let mut breaches: Vec<Breach> = rules.limits.iter().flat_map(|l| judge(&case, l)).collect();
    breaches.sort_by_key(|breach| (breach.from, breach.rule));
    Ok(breaches)
}

fn judge(case: &Case<'_>, limit: &Limit) -> Vec<Breach> {
    match limit.rule.kind {
        Kind::DayWork => day_work(case, limit),
        Kind::WeekWork => week_work(case, limit),
        Kind::AverageWork { weeks } => average_work(case, limit, weeks),
        Kind::DaysAWeek => days_a_week(case, limit),
        Kind::DailyRest => rest::daily(case, limit),
        Kind::WeeklyRest => rest::weekly(case, limit),
        Kind::Break { after } => rest::breaks(case, limit, after),
        Kind::Night { from, to } => night(case, limit, from, to),
    }
}

impl Limit {
    pub(crate) fn broken(&self, found: i64, judged: Span, planned: bool) -> Breach {
        let rule = self.rule;
        Breach {
            rule: rule.code,
            kind: rule.kind,
            article: rule.article,
            agreed: self.agreed.clone(),
            limit: self.limit,
            found: u32::try_from(found).unwrap_or(u32::MAX),
            from: judged.from,
            to: judged.to,
            planned,
        }
    }

    /// A breach where more seconds than the limit's minutes were worked.
    fn above(&self, seconds: i64, judged: Span, planned: bool) -> Option<Breach> {
        let broken = seconds > i64::from(self.limit) * 60;
        broken.then(|| {
            self.broken(seconds.div_euclid(60) + i64::from(seconds % 60 > 0), judged, planned)
        })
    }
}

fn day_work(case: &Case<'_>, limit: &Limit) -> Vec<Breach> {
    let days = case.days.iter().filter(|(day, _)| case.applies(limit, **day));
    days.filter_map(|(day, sum)| limit.above(sum.seconds, local::day(case.zone, *day), sum.planned))
        .collect()
}

fn week_work(case: &Case<'_>, limit: &Limit) -> Vec<Breach> {
    let weeks = case.weeks.iter().filter(|(monday, _)| case.applies(limit, **monday));
    weeks
        .filter_map(|(monday, sum)| {
            limit.above(sum.seconds, local::week(case.zone, *monday), sum.planned)
        })
        .collect()
}

/// Of every run of so many weeks that ends in one with work, without the days of leave in them.
fn average_work(case: &Case<'_>, limit: &Limit, weeks: u32) -> Vec<Breach> {
    let before = Days::new(7 * u64::from(weeks.saturating_sub(1)));
    let ends = case.weeks.keys().filter(|monday| case.applies(limit, **monday));
    ends.filter_map(|last| {
        let first = *last - before;
        let mut sum = Sum::default();
        for (_, week) in case.weeks.range(first..=*last) {
            sum.add(*week);
        }
        let leave: u32 = case.leave.range(first..=*last).map(|(_, days)| days).sum();
        let fifths = i64::from(5 * weeks) - i64::from(leave);
        let judged =
            Span::new(local::week(case.zone, first).from, local::week(case.zone, *last).to);
        let most = i64::from(limit.limit) * 60 * fifths;
        // Who was away all the time has no average.
        (fifths > 0 && 5 * sum.seconds > most).then(|| {
            let minutes = 60 * fifths;
            limit.broken((5 * sum.seconds + minutes - 1).div_euclid(minutes), judged, sum.planned)
        })
    })
    .collect()
}

fn days_a_week(case: &Case<'_>, limit: &Limit) -> Vec<Breach> {
    let weeks = case.weeks.iter().filter(|(monday, _)| case.applies(limit, **monday));
    weeks
        .filter(|(_, sum)| sum.days > limit.limit)
        .map(|(monday, sum)| {
            limit.broken(i64::from(sum.days), local::week(case.zone, *monday), sum.planned)
        })
        .collect()
}

fn night(case: &Case<'_>, limit: &Limit, from: u32, to: u32) -> Vec<Breach> {
    let Some((first, last)) = case.work.first().zip(case.work.last()) else { return Vec::new() };
    // A night that began the day before reaches into the first day.
    let evening = day_of(case.zone, first.span.from) - Days::new(1);
    let end = day_of(case.zone, last.span.to);
    let nights = evening.iter_days().take_while(|day| *day <= end);
    let worked = |day: &NaiveDate| {
        let near = [*day, local::next(*day)];
        near.iter().any(|day| case.days.contains_key(day))
    };
    nights
        .filter(|day| worked(day) && case.applies(limit, *day))
        .filter_map(|day| {
            let at = |minute| local::minute_of(case.zone, day, minute);
            let night = Span::new(at(from), at(to));
            let seconds = case.work.iter().map(|work| work.span.within(&night)).sum();
            limit.above(seconds, night, case.planned_in(night))
        })
        .collect()
}
