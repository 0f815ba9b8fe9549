//! An independent check of every hard rule, for plans made by hand and by the search alike. It
//! follows the plan's times as they stand and shares no code with the search.

use std::collections::{BTreeMap, BTreeSet};

use crate::breach::{Breach, Rule};
use crate::plan::{Plan, Route, Visit};
use crate::problem::{Problem, Shift, Taken, Time, Window, WorkedDay, Worker};

/// Every hard rule that the plan breaks; none for a good plan. A job left undone breaks no rule,
/// a job done by too few does.
pub fn check(problem: &Problem, plan: &Plan) -> Vec<Breach> {
    let mut found = Vec::new();
    let mut known: Vec<&Route> = Vec::new();
    for route in &plan.routes {
        let shift = problem.workers.get(route.worker).and_then(|it| it.shifts.get(route.shift));
        let there = |visit: Visit| match visit {
            Visit::Job(job) => job < problem.jobs.len(),
            Visit::Depot(depot) => depot < problem.depots.len(),
        };
        if shift.is_none() || !route.stops.iter().all(|stop| there(stop.visit)) {
            found.push(breach(route, None, Rule::Unknown));
            continue;
        }
        let same = |other: &&Route| (other.worker, other.shift) == (route.worker, route.shift);
        if known.iter().any(same) {
            found.push(breach(route, None, Rule::TwoRoutes));
        }
        known.push(route);
        Day::new(problem, route).check(&mut found);
    }
    for worker in 0..problem.workers.len() {
        let mut routes: Vec<_> = known.iter().filter(|it| it.worker == worker).copied().collect();
        routes.sort_by_key(|route| route.shift);
        over_days(problem, worker, &routes, &mut found);
        weekly_rest(problem, worker, &routes, &mut found);
        parts(problem, worker, &routes, plan, &mut found);
    }
    tools(problem, &known, &mut found);
    teams(problem, &known, &mut found);
    found
}

fn breach(route: &Route, job: Option<usize>, rule: Rule) -> Breach {
    Breach { worker: Some(route.worker), shift: Some(route.shift), job, rule }
}

/// One route with what it is checked against.
struct Day<'a> {
    problem: &'a Problem,
    route: &'a Route,
    worker: &'a Worker,
    shift: &'a Shift,
    /// Pauses of the shift and breaks taken, in order, those that touch as one.
    pauses: Vec<Window>,
}

impl<'a> Day<'a> {
    fn new(problem: &'a Problem, route: &'a Route) -> Self {
        let worker = &problem.workers[route.worker];
        let shift = &worker.shifts[route.shift];
        let gaps = shift.windows.windows(2);
        let gaps = gaps.map(|pair| Window { from: pair[0].to, to: pair[1].from });
        let mut all: Vec<_> = gaps.chain(route.breaks.iter().copied()).collect();
        all.sort_by_key(|pause| pause.from);
        let mut pauses: Vec<Window> = Vec::new();
        for pause in all {
            match pauses.last_mut() {
                Some(last) if pause.from <= last.to => last.to = last.to.max(pause.to),
                _ => pauses.push(pause),
            }
        }
        Self { problem, route, worker, shift, pauses }
    }

    fn paused(&self, from: Time, to: Time) -> Time {
        self.pauses.iter().map(|pause| pause.overlap(Window { from, to })).sum()
    }

    fn check(&self, found: &mut Vec<Breach>) {
        let Self { problem, route, worker, .. } = *self;
        let mut tell = |job, rule| found.push(breach(route, job, rule));
        let span = self.shift.span();
        if !span.is_some_and(|span| route.leave >= span.from && route.back <= span.to) {
            tell(None, Rule::Hours);
        }
        if route.leave < problem.now {
            tell(None, Rule::Past);
        }
        let (mut at, mut time) = (worker.start, route.leave);
        let mut fetched: Option<usize> = None;
        let mut load = 0;
        for stop in &route.stops {
            let job = stop.visit.job();
            let (place, duration) = match stop.visit {
                Visit::Job(job) => (problem.jobs[job].place, problem.jobs[job].duration),
                Visit::Depot(depot) => {
                    (problem.depots[depot].place, problem.depots[depot].duration)
                }
            };
            if let Some(rule) = self.leg(at, place, time, stop.arrive) {
                tell(job, rule);
            }
            if stop.start < stop.arrive || stop.end < stop.start {
                tell(job, Rule::Backwards);
            }
            let pause = self.paused(stop.start, stop.end);
            let has = stop.end - stop.start - pause;
            if has < duration {
                tell(job, Rule::TooFast { has, needs: duration });
            }
            (at, time) = (place, stop.end);
            match stop.visit {
                Visit::Depot(depot) => {
                    if fetched.replace(depot).is_some() {
                        tell(None, Rule::Depots);
                    }
                }
                Visit::Job(nth) => {
                    let it = &problem.jobs[nth];
                    if pause > 0 && !it.interruptible {
                        tell(job, Rule::Interrupted);
                    }
                    let within = |window: &Window| (window.from..=window.to).contains(&stop.start);
                    if !it.windows.is_empty() && !it.windows.iter().any(within) {
                        tell(job, Rule::Windows);
                    }
                    for rule in self.may(nth) {
                        tell(job, rule);
                    }
                    for tool in &it.tools {
                        let there = fetched.is_some_and(|it| problem.depots[it].has_tool(*tool));
                        if !there && !worker.tools.contains(tool) {
                            tell(job, Rule::Tool(*tool));
                        }
                    }
                    load += it.load;
                }
            }
        }
        if let Some(rule) = self.leg(at, worker.end, time, route.back) {
            tell(None, rule);
        }
        if load > worker.capacity {
            tell(None, Rule::Capacity { has: load, most: worker.capacity });
        }
        self.hours(&mut tell);
    }

    fn leg(&self, from: usize, to: usize, leave: Time, arrive: Time) -> Option<Rule> {
        let Some(needs) = self.problem.travel.between(from, to) else { return Some(Rule::NoWay) };
        let has = arrive - leave - self.paused(leave, arrive);
        (has < needs).then_some(Rule::TooFast { has, needs })
    }

    /// What stops this worker from doing a job on this day, whatever the time.
    fn may(&self, job: usize) -> Vec<Rule> {
        let job = &self.problem.jobs[job];
        let mut rules = Vec::new();
        for &(skill, needs) in &job.skills {
            let has = self.worker.level(skill);
            if has < needs {
                rules.push(Rule::Skill { skill, has, needs });
            }
        }
        for &kind in &job.certificates {
            if !self.worker.certified(kind, self.shift.day) {
                rules.push(Rule::Certificate(kind));
            }
        }
        if !job.only.is_empty() && !job.only.contains(&self.route.worker) {
            rules.push(Rule::Only);
        }
        rules
    }

    /// Work in the day, and without a break.
    fn hours(&self, tell: &mut impl FnMut(Option<usize>, Rule)) {
        let Window { from, to } = Window { from: self.route.leave, to: self.route.back };
        let limits = &self.worker.limits;
        let beside = self.worker.worked.days.iter().filter(|it| it.day == self.shift.day);
        let has = to - from - self.paused(from, to) + beside.map(|it| it.work).sum::<Time>();
        if let Some(most) = limits.day.filter(|most| has > *most) {
            tell(None, Rule::Day { has, most });
        }
        let ordered = self.route.breaks.windows(2).all(|pair| pair[0].to <= pair[1].from);
        let inside = self.route.breaks.iter().all(|it| from <= it.from && it.to <= to);
        if !ordered || !inside || self.route.breaks.iter().any(|it| it.to < it.from) {
            tell(None, Rule::Backwards);
        }
        let Some(due) = limits.pause else { return };
        let rests = self.pauses.iter().filter(|pause| pause.to - pause.from >= due.length);
        let end = Window { from: to, to };
        let (mut since, mut longest) = (from, 0);
        for rest in rests.chain([&end]) {
            let until = rest.from.min(to);
            longest = longest.max(until - since - self.paused(since, until));
            since = since.max(rest.to);
        }
        if longest > due.after {
            tell(None, Rule::Pause { has: longest, most: due.after });
        }
    }
}

/// What counts over more than one day: rest, weeks, averages.
fn over_days(problem: &Problem, nth: usize, routes: &[&Route], found: &mut Vec<Breach>) {
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
fn weekly_rest(problem: &Problem, nth: usize, routes: &[&Route], found: &mut Vec<Breach>) {
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

/// A tool that is fetched is out for the day.
fn tools(problem: &Problem, routes: &[&Route], found: &mut Vec<Breach>) {
    let mut out: BTreeMap<_, Vec<(&Route, usize)>> = BTreeMap::new();
    for &route in routes {
        let worker = &problem.workers[route.worker];
        let day = worker.shifts[route.shift].day;
        let mut fetched = None;
        for stop in &route.stops {
            match (stop.visit, fetched) {
                (Visit::Depot(depot), _) => fetched = Some(depot),
                (Visit::Job(job), Some(depot)) => {
                    let tools = problem.jobs[job].tools.iter();
                    for &tool in tools.filter(|tool| !worker.tools.contains(tool)) {
                        let takers = out.entry((day, depot, tool)).or_default();
                        if takers.iter().all(|(other, _)| other.worker != route.worker) {
                            takers.push((route, job));
                        }
                    }
                }
                (Visit::Job(_), None) => {}
            }
        }
    }
    for ((day, depot, tool), mut takers) in out {
        let taken = problem.taken.iter();
        let taken = taken.filter(|it| (it.day, it.depot, it.tool) == (day, depot, tool));
        let (of_others, mut own): (Vec<&Taken>, Vec<&Taken>) =
            taken.partition(|it| it.worker.is_none());
        own.sort_unstable();
        own.dedup();
        takers.retain(|(route, _)| own.iter().all(|it| it.worker != Some(route.worker)));
        let has = (of_others.len() + own.len() + takers.len()) as u32;
        let most = problem.depots[depot].count(tool);
        // None of it at all breaks another rule.
        if has > most && most > 0 {
            let rule = Rule::ToolOut { tool, has, most };
            found.extend(takers.iter().map(|(it, job)| breach(it, Some(*job), rule.clone())));
        }
    }
}

/// Parts on board last for the horizon; those fetched serve the day.
fn parts(problem: &Problem, nth: usize, routes: &[&Route], plan: &Plan, found: &mut Vec<Breach>) {
    let worker = &problem.workers[nth];
    let mut used: BTreeMap<usize, u32> = BTreeMap::new();
    for route in routes {
        let mut fetched: Option<usize> = None;
        for stop in &route.stops {
            let job = match stop.visit {
                Visit::Depot(depot) => {
                    fetched = Some(depot);
                    continue;
                }
                Visit::Job(job) => job,
            };
            // The first of a team brings them.
            if plan.of(job).iter().any(|(other, _)| other.worker < nth) {
                continue;
            }
            for &(part, count) in &problem.jobs[job].parts {
                if fetched.is_some_and(|depot| problem.depots[depot].has_part(part)) {
                    continue;
                }
                let sum = used.entry(part).or_default();
                *sum += count;
                let has = worker.carried(part);
                if *sum > has {
                    found.push(breach(route, Some(job), Rule::Part { part, has, needs: *sum }));
                }
            }
        }
    }
}

/// Teams and precedence.
fn teams(problem: &Problem, routes: &[&Route], found: &mut Vec<Breach>) {
    let mut done: Vec<Vec<(usize, Time, Time)>> = vec![Vec::new(); problem.jobs.len()];
    for route in routes {
        for stop in &route.stops {
            if let Visit::Job(job) = stop.visit {
                done[job].push((route.worker, stop.start, stop.end));
            }
        }
    }
    for (job, it) in problem.jobs.iter().enumerate() {
        let here = &done[job];
        let Some(&(_, start, _)) = here.first() else { continue };
        let mut tell = |worker, rule| {
            found.push(Breach { worker, shift: None, job: Some(job), rule });
        };
        let workers: BTreeSet<_> = here.iter().map(|(worker, ..)| *worker).collect();
        if workers.len() < here.len() {
            tell(Some(here[0].0), Rule::Twice);
        }
        if workers.len() != usize::from(it.team) {
            tell(None, Rule::Team { has: workers.len(), needs: it.team });
        }
        if here.iter().any(|(_, other, _)| *other != start) {
            tell(None, Rule::Together);
        }
        for &before in &it.after {
            let end = done[before].iter().map(|(.., end)| *end).max();
            let first = here.iter().map(|(_, start, _)| *start).min();
            if end.is_none() || end > first {
                tell(None, Rule::Order(before));
            }
        }
    }
}
