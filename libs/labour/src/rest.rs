//! Rest: what lies between work.

use chrono::{DateTime, TimeDelta, Utc};

use crate::check::{Breach, Case};
use crate::law::Limit;
use crate::local::{self, day_of};
use crate::span::{Span, Work};

const MINUTE: i64 = 60;
const DAY: TimeDelta = TimeDelta::hours(24);

/// The longest rest of the 24 hours from the start of work, again and again: after a rest that is
/// long enough the next 24 hours begin with the next work, else with the work that follows the
/// longest rest there was.
pub(crate) fn daily(case: &Case<'_>, limit: &Limit) -> Vec<Breach> {
    let enough = i64::from(limit.limit) * MINUTE;
    let mut breaches = Vec::new();
    let mut next = case.work.first().map(|work| work.span.from);
    while let Some(start) = next {
        let judged = Span::new(start, start + DAY);
        let rests = rests(case, judged);
        let long = rests.iter().find(|rest| rest.seconds() >= enough);
        let best = long.or_else(|| rests.iter().max_by_key(|rest| rest.seconds()));
        if long.is_none() && case.applies(limit, day_of(case.zone, start)) {
            let found = best.map_or(0, Span::seconds).div_euclid(MINUTE);
            breaches.push(limit.broken(found, judged, case.planned_in(judged)));
        }
        next = work_from(case, best.map_or(judged.to, |rest| rest.to));
    }
    breaches
}

/// When there is work at or after an instant first.
fn work_from(case: &Case<'_>, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let first = case.work.partition_point(|work| work.span.to <= at);
    case.work.get(first).map(|work| work.span.from.max(at))
}

/// What lies between work in a span.
fn rests(case: &Case<'_>, judged: Span) -> Vec<Span> {
    let first = case.work.partition_point(|work| work.span.to <= judged.from);
    let mut rests = Vec::new();
    let mut free = judged.from;
    for work in case.work[first..].iter().take_while(|work| work.span.from < judged.to) {
        if work.span.from > free {
            rests.push(Span::new(free, work.span.from));
        }
        free = free.max(work.span.to);
    }
    if free < judged.to {
        rests.push(Span::new(free, judged.to));
    }
    rests
}

/// For every week with work the longest rest of which a day lies in the week. Work that ends such a
/// rest too soon after the week, or begins it too late before, is judged with the week.
pub(crate) fn weekly(case: &Case<'_>, limit: &Limit) -> Vec<Breach> {
    let enough = i64::from(limit.limit) * MINUTE;
    let weeks = case.weeks().filter(|monday| case.applies(limit, *monday));
    weeks
        .filter_map(|monday| {
            let week = local::week(case.zone, monday);
            // A rest may begin in the week before and end in the week after.
            let mut rests = rests(case, Span::new(week.from - DAY * 7, week.to + DAY * 7));
            let most = |rests: &[Span]| rests.iter().map(Span::seconds).max();
            let within = self::rests(case, week);
            rests.retain(|rest| rest.within(&week) >= DAY.num_seconds().min(enough));
            let found = most(&rests).or(most(&within)).unwrap_or(0);
            let judged = with_ends(case, week, &rests);
            let planned = case.planned_in(judged);
            (found < enough).then(|| limit.broken(found.div_euclid(MINUTE), judged, planned))
        })
        .collect()
}

/// A week with the work outside of it that its rests begin after or end at.
fn with_ends(case: &Case<'_>, week: Span, rests: &[Span]) -> Span {
    let mut judged = week;
    for work in case.work.iter().map(|work| work.span) {
        if work.to <= week.from && rests.iter().any(|rest| rest.from == work.to) {
            judged.from = work.from;
        }
        if work.from >= week.to && rests.iter().any(|rest| rest.to == work.from) {
            judged.to = work.to;
        }
    }
    judged
}

/// Every run of work without a long enough break that is longer than `after` minutes.
pub(crate) fn breaks(case: &Case<'_>, limit: &Limit, after: u32) -> Vec<Breach> {
    let enough = i64::from(limit.limit) * MINUTE;
    let most = i64::from(after) * MINUTE;
    let mut breaches = Vec::new();
    let mut left = case.work;
    while let Some(first) = left.first() {
        let gap = |pair: &[Work]| (pair[1].span.from - pair[0].span.to).num_seconds();
        let len = left.windows(2).take_while(|pair| gap(pair) < enough).count() + 1;
        let (run, later) = left.split_at(len);
        let worked: i64 = run.iter().map(|work| work.span.seconds()).sum();
        let day = day_of(case.zone, first.span.from);
        if worked > most && case.applies(limit, day) {
            let longest = run.windows(2).map(gap).max().unwrap_or(0).div_euclid(MINUTE);
            let until = run.iter().map(|work| work.span.to).max().unwrap_or(first.span.to);
            let judged = Span::new(first.span.from, until);
            breaches.push(limit.broken(longest, judged, run.iter().any(|work| work.planned)));
        }
        left = later;
    }
    breaches
}
