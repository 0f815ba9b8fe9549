//! What the checker counts over more than one day: rest, weeks, averages.

use std::collections::{BTreeMap, BTreeSet};

use super::breach;
use crate::breach::{Breach, Rule};
use crate::plan::Route;
use crate::problem::{Problem, Shift, Time, Window, WorkedDay, Worker};

/// What counts over more than one day: rest, weeks, averages.
pub(super) fn over_days(problem: &Problem, nth: usize, routes: &[&Route], found: &mut Vec<Breach>) {
    let worker = &problem.workers[nth];
    let limits = &worker.limits;
    let mut last = None;
    let mut weeks: BTreeMap<i32, Time> = BTreeMap::new();
    let mut days: BTreeMap<i32, BTreeSet<i32>> = BTreeMap::new();
    for &(week, work) in &worker.worked.weeks {
        *weeks.entry(week).or_default() += work;
    }
    for it in &worker.worked.days {
        days.entry(it.week).or_default().insert(it.day);
    }
    let mut planned = BTreeSet::new();
    for route in routes {
        let shift = &worker.shifts[route.shift];
        let before = last.replace(route.back).map(|last| route.leave - last);
        let beside = worker.worked.days.iter().filter(|it| it.day != shift.day);
        let apart = |it: &WorkedDay| {
            if it.day < shift.day { route.leave - it.span.to } else { it.span.from - route.back }
        };
        let rest = before.into_iter().chain(beside.map(apart)).min();
        if let (Some(has), Some(least)) = (rest, limits.daily_rest)
            && has < least
        {
            found.push(breach(route, None, Rule::Rest { has, least }));
        }
        let has = stretch(worker, shift, route);
        if let Some(most) = limits.day_span.filter(|most| has > *most) {
            found.push(breach(route, None, Rule::Span { has, most }));
        }
        *weeks.entry(shift.week).or_default() += route.work(problem);
        days.entry(shift.week).or_default().insert(shift.day);
        planned.insert(shift.week);
    }
    let mut tell = |rule| found.push(Breach { worker: Some(nth), shift: None, job: None, rule });
    for &week in &planned {
        let (has, count) = (weeks[&week], u8::try_from(days[&week].len()).unwrap_or(u8::MAX));
        if let Some(most) = limits.week.filter(|most| has > *most) {
            tell(Rule::Week { week, has, most });
        }
        if let Some(most) = limits.days_a_week.filter(|most| count > *most) {
            tell(Rule::Days { week, has: count, most });
        }
    }
    let Some(average) = limits.average else { return };
    let span = i32::from(average.weeks);
    let most = average.limit * Time::from(average.weeks);
    let mut counted = weeks.clone();
    for &(week, neutral) in &worker.worked.neutral {
        *counted.entry(week).or_default() += neutral;
    }
    for &week in weeks.keys() {
        let within = |other: &i32| week - span < *other && *other <= week;
        let has = counted.range(week - span + 1..=week).map(|(_, work)| work).sum::<Time>();
        if has > most && planned.iter().any(within) {
            tell(Rule::Average { week, has, most });
        }
    }
}

/// The longest from the first to the last of a day's work with some of the route in it, beside what
/// else is worked that day: a rest that is long enough ends it.
fn stretch(worker: &Worker, shift: &Shift, route: &Route) -> Time {
    let enough = worker.limits.daily_rest.unwrap_or(crate::NEVER);
    let cut = |it: &Window| Window { from: it.from.max(route.leave), to: it.to.min(route.back) };
    let planned = shift.windows.iter().map(cut).filter(|it| it.from < it.to);
    let beside = worker.worked.days.iter().filter(|it| it.day == shift.day);
    let all = planned.map(|it| (it, true)).chain(beside.map(|it| (it.span, false)));
    let mut all: Vec<(Window, bool)> = all.collect();
    all.sort_by_key(|(it, _)| it.from);
    let mut stretches: Vec<(Window, bool)> = Vec::new();
    for (it, planned) in all {
        match stretches.last_mut() {
            Some((last, with)) if it.from - last.to < enough => {
                last.to = last.to.max(it.to);
                *with |= planned;
            }
            _ => stretches.push((it, planned)),
        }
    }
    let with = stretches.iter().filter(|(_, planned)| *planned);
    with.map(|(it, _)| it.to - it.from).max().unwrap_or(0)
}

/// Every week that the plan has work in holds a rest, between all that is worked. So does a week
/// without, unless what is worked beside the plan leaves it none: the plan's work before it or after
/// it may be what ends the rest.
pub(super) fn weekly_rest(
    problem: &Problem,
    nth: usize,
    routes: &[&Route],
    found: &mut Vec<Breach>,
) {
    let worker = &problem.workers[nth];
    let Some(due) = worker.limits.weekly_rest else { return };
    let planned = routes.iter().map(|route| Window { from: route.leave, to: route.back });
    let planned: Vec<_> = planned.collect();
    let mut beside: Vec<_> = worker.worked.days.iter().map(|day| day.span).collect();
    let mut busy: Vec<_> = planned.iter().chain(&beside).copied().collect();
    for all in [&mut beside, &mut busy] {
        all.sort_by_key(|window| window.from);
    }
    for week in &problem.weeks {
        let has = rest_for(week.span, due.within, &busy);
        let in_it = planned.iter().any(|window| window.overlap(week.span) > 0);
        if has < due.length && (in_it || rest_for(week.span, due.within, &beside) >= due.length) {
            let rule = Rule::WeeklyRest { week: week.week, has, least: due.length };
            found.push(Breach { worker: Some(nth), shift: None, job: None, rule });
        }
    }
}

/// The longest rest between what is worked, in the order of its starts, of which so much lies in a
/// week.
fn rest_for(week: Window, within: Time, busy: &[Window]) -> Time {
    let (mut free, mut has) = (-crate::NEVER, 0);
    let end = Window { from: crate::NEVER, to: crate::NEVER };
    for window in busy.iter().chain([&end]) {
        let rest = Window { from: free, to: window.from };
        if rest.overlap(week) >= within {
            has = has.max(rest.to - rest.from);
        }
        free = free.max(window.to);
    }
    has
}
