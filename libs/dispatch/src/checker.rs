//! An independent check of every hard rule, for plans made by hand and by the search alike. It
//! follows the plan's times as they stand and shares no code with the search.

mod over_days;

use std::collections::{BTreeMap, BTreeSet};

use self::over_days::{over_days, weekly_rest};
use crate::breach::{Breach, Rule};
use crate::plan::{Plan, Route, Visit};
use crate::problem::{Problem, Shift, Taken, Time, Window, Worker};

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
                    let stay = Window { from: stop.start, to: stop.end };
                    let held = worker.held.iter().any(|held| held.overlap(stay) > 0);
                    if held || pause > 0 && !it.interruptible {
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
