//! Each hard rule with a plan that keeps it and one that breaks it.
#![allow(clippy::unwrap_used)]

mod common;

use common::{DAY, HOUR, hours, job, problem, quick, row, shift, whole, worker};
use dispatch::{
    Average, Certificate, Depot, Job, Limits, Matrix, Pause, Plan, Problem, Rule, Shift, Stop,
    Taken, Visit, WeeklyRest, Window, WorkedDay, check, solve,
};

fn solved(problem: &Problem) -> Plan {
    let plan = solve(problem, &quick(1)).unwrap().plan;
    assert_eq!(check(problem, &plan), vec![]);
    assert_eq!(plan.unserved, Vec::<usize>::new());
    plan
}

fn rules(problem: &Problem, plan: &Plan) -> Vec<Rule> {
    check(problem, plan).into_iter().map(|it| it.rule).collect()
}

/// A worker at place 0, a day, two jobs.
fn small() -> Problem {
    problem(row(4), vec![worker(0, vec![shift(0)])], vec![job(2, 1.0), job(3, 1.0)])
}

/// Solves, then breaks a rule by changing the problem under the plan; the search then finds nothing
/// or something else, never this.
fn breaks(good: &Problem, change: impl Fn(&mut Problem), rule: &Rule) {
    let plan = solved(good);
    let mut bad = good.clone();
    change(&mut bad);
    assert!(rules(&bad, &plan).contains(rule), "{:?} of {plan:?}", rules(&bad, &plan));
    let other = solve(&bad, &quick(1)).unwrap().plan;
    assert_eq!(check(&bad, &other), vec![]);
}

#[test]
fn skills_have_levels() {
    let mut it = small();
    it.workers[0].skills = vec![0, 2];
    it.jobs[0].skills = vec![(1, 2)];
    let rule = Rule::Skill { skill: 1, has: 2, needs: 3 };
    breaks(&it, |it| it.jobs[0].skills = vec![(1, 3)], &rule);
}

#[test]
fn certificates_are_valid_on_the_day() {
    let mut it = small();
    it.workers[0].shifts = vec![shift(0), shift(1)];
    it.workers[0].certificates = vec![Certificate { kind: 7, until: 1 }];
    it.jobs[0].certificates = vec![7];
    it.jobs[0].windows = vec![hours(1, 0.0, 24.0)];
    let rule = Rule::Certificate(7);
    breaks(&it, |it| it.workers[0].certificates[0].until = 0, &rule);
    breaks(&it, |it| it.workers[0].certificates.clear(), &rule);
}

#[test]
fn fixed_workers_are_kept() {
    let mut it = small();
    it.workers.push(worker(1, vec![shift(0)]));
    it.jobs[0].only = vec![0];
    breaks(&it, |it| it.jobs[0].only = vec![1], &Rule::Only);
}

#[test]
fn leave_is_no_working_time() {
    let it = small();
    let leave = |it: &mut Problem| it.workers[0].shifts[0].windows = vec![hours(0, 13.0, 17.0)];
    breaks(&it, leave, &Rule::Hours);
    breaks(&it, |it| it.now = 9 * HOUR, &Rule::Past);
}

#[test]
fn windows_bound_the_start() {
    let mut it = small();
    it.jobs[0].windows = vec![hours(0, 9.0, 9.5), hours(0, 15.0, 16.0)];
    let plan = solved(&it);
    let start = plan.of(0)[0].1.start;
    assert!((9 * HOUR..=9 * HOUR + 1800).contains(&start));
    breaks(&it, |it| it.jobs[0].windows = vec![hours(0, 10.0, 12.0)], &Rule::Windows);
}

#[test]
fn ways_and_services_take_their_time() {
    let it = small();
    let plan = solved(&it);
    let mut slow = it.clone();
    slow.jobs[1].duration += 60;
    assert_eq!(rules(&slow, &plan), vec![Rule::TooFast { has: HOUR, needs: HOUR + 60 }]);
    let times = (0..16).map(|nth| if nth / 4 == nth % 4 { None } else { Some(1801.0) });
    let mut far = it.clone();
    far.travel = Matrix::new(4, &times.collect::<Vec<_>>()).unwrap();
    assert!(rules(&far, &plan).iter().any(|it| matches!(it, Rule::TooFast { needs: 1801, .. })));
    far.travel = Matrix::new(4, &[None; 16]).unwrap();
    assert!(rules(&far, &plan).contains(&Rule::NoWay));
    assert_eq!(solve(&far, &quick(1)).unwrap().plan.unserved, vec![0, 1]);
    let mut back = plan.clone();
    back.routes[0].stops[0].start = back.routes[0].stops[0].arrive - 1;
    assert!(rules(&it, &back).contains(&Rule::Backwards));
}

#[test]
fn tools_are_on_board_or_fetched() {
    let mut it = small();
    it.workers[0].tools = vec![4];
    it.jobs[0].tools = vec![4];
    breaks(&it, |it| it.workers[0].tools.clear(), &Rule::Tool(4));
    it.workers[0].tools.clear();
    it.depots = vec![Depot { place: 1, duration: 300, ..Depot::default() }];
    let plan = solved(&it);
    let visits: Vec<_> = plan.routes[0].stops.iter().map(|stop| stop.visit).collect();
    let depot = visits.iter().position(|visit| *visit == Visit::Depot(0)).unwrap();
    assert!(depot < visits.iter().position(|visit| *visit == Visit::Job(0)).unwrap());
    breaks(&it, |it| it.depots[0].tools = Some(vec![(5, 1)]), &Rule::Tool(4));
}

#[test]
fn a_tool_that_is_fetched_is_out_for_the_day() {
    let mut it = small();
    it.workers.push(worker(1, vec![shift(0), shift(1)]));
    it.jobs.iter_mut().for_each(|job| job.tools = vec![4]);
    (it.jobs[0].only, it.jobs[1].only) = (vec![0], vec![1]);
    it.jobs[1].windows = vec![hours(0, 0.0, 24.0)];
    it.depots = vec![Depot { place: 1, duration: 300, ..Depot::default() }];
    it.depots[0].tools = Some(vec![(4, 2)]);
    let out = Rule::ToolOut { tool: 4, has: 2, most: 1 };
    let one = |it: &mut Problem| it.depots[0].tools = Some(vec![(4, 1)]);
    breaks(&it, one, &out);
    // With another day to it, each has it once.
    one(&mut it);
    it.jobs[1].windows.clear();
    let plan = solved(&it);
    assert_eq!(plan.of(1)[0].0.shift, 1);
    // Of a team each needs one.
    it.jobs = vec![Job { team: 2, tools: vec![4], ..job(2, 1.0) }];
    assert_eq!(solve(&it, &quick(1)).unwrap().plan.unserved, vec![0]);
    it.workers[0].tools = vec![4];
    solved(&it);
}

#[test]
fn a_tool_that_is_out_for_other_work_is_not_there() {
    let mut it = small();
    it.jobs.truncate(1);
    it.jobs[0].tools = vec![4];
    it.depots = vec![Depot { place: 1, duration: 300, ..Depot::default() }];
    it.depots[0].tools = Some(vec![(4, 1)]);
    let other = |worker| Taken { day: 0, depot: 0, tool: 4, worker };
    let out = Rule::ToolOut { tool: 4, has: 2, most: 1 };
    breaks(&it, |it| it.taken = vec![other(None)], &out);
    // On another day, of another tool, or fetched by the same hands it is no matter.
    let elsewhere = [Taken { day: 1, ..other(None) }, Taken { tool: 3, ..other(None) }];
    it.taken = vec![elsewhere[0], elsewhere[1], other(Some(0)), other(Some(0))];
    solved(&it);
    it.workers.push(worker(3, vec![]));
    breaks(&it, |it| it.taken = vec![other(Some(1)), other(Some(1))], &out);
    it.depots[0].tools = Some(vec![(4, 2)]);
    it.taken = vec![other(Some(1)), other(Some(1))];
    solved(&it);
    // More may be out than there are: who has one goes on.
    it.taken = vec![other(None), other(None), other(None), other(Some(0))];
    solved(&it);
}

#[test]
fn parts_last_for_the_horizon() {
    let mut it = small();
    it.workers[0].shifts = vec![shift(0), shift(1)];
    it.jobs[1].windows = vec![hours(1, 0.0, 24.0)];
    it.jobs.iter_mut().for_each(|job| job.parts = vec![(0, 2)]);
    it.workers[0].parts = vec![4];
    breaks(&it, |it| it.workers[0].parts = vec![3], &Rule::Part { part: 0, has: 3, needs: 4 });
    it.workers[0].parts = vec![3];
    it.depots = vec![Depot { place: 1, duration: 300, ..Depot::default() }];
    let plan = solved(&it);
    let visits = plan.routes.iter().flat_map(|route| &route.stops);
    assert_eq!(visits.filter(|stop| stop.visit == Visit::Depot(0)).count(), 1);
}

#[test]
fn a_depot_is_visited_once_a_day() {
    let mut it = small();
    it.depots = vec![Depot { place: 1, ..Depot::default() }];
    it.jobs[0].tools = vec![0];
    let plan = solved(&it);
    let mut twice = plan.clone();
    let stop = *twice.routes[0].stops.iter().find(|stop| stop.visit == Visit::Depot(0)).unwrap();
    twice.routes[0].stops.insert(0, Stop { ..stop });
    assert!(rules(&it, &twice).contains(&Rule::Depots));
}

#[test]
fn vehicles_carry_so_much() {
    let mut it = small();
    it.jobs.iter_mut().for_each(|job| job.load = 500);
    let rule = Rule::Capacity { has: 1000, most: 999 };
    breaks(&it, |it| it.workers[0].capacity = 999, &rule);
}

#[test]
fn teams_are_whole_and_start_together() {
    let mut it = small();
    it.workers.push(worker(1, vec![whole(0, 10.0, 16.0)]));
    it.jobs[0].team = 2;
    let plan = solved(&it);
    let starts: Vec<_> = plan.of(0).iter().map(|(_, stop)| stop.start).collect();
    assert_eq!(starts.len(), 2);
    assert_eq!(starts[0], starts[1]);
    breaks(&it, |it| it.jobs[0].team = 1, &Rule::Team { has: 2, needs: 1 });
    let mut apart = plan.clone();
    let route = apart.routes.iter_mut().find(|it| it.worker == 1).unwrap();
    route.stops.iter_mut().for_each(|stop| stop.start += 1);
    assert!(rules(&it, &apart).contains(&Rule::Together));
    let mut twice = plan.clone();
    let route = twice.routes.iter_mut().find(|it| it.worker == 1).unwrap();
    let stop = *route.stops.iter().find(|stop| stop.visit == Visit::Job(0)).unwrap();
    route.stops.push(stop);
    assert!(rules(&it, &twice).contains(&Rule::Twice));
}

#[test]
fn order_is_kept_across_workers() {
    let mut it = small();
    it.workers.push(worker(3, vec![shift(0)]));
    it.jobs[0].after = vec![1];
    it.jobs[0].only = vec![0];
    it.jobs[1].only = vec![1];
    let plan = solved(&it);
    assert!(plan.of(1)[0].1.end <= plan.of(0)[0].1.start);
    let turn = |it: &mut Problem| {
        it.jobs[0].after.clear();
        it.jobs[1].after = vec![0];
    };
    breaks(&it, turn, &Rule::Order(0));
}

#[test]
fn a_day_of_work_has_a_limit() {
    let mut it = small();
    let limit = |day| Limits { day: Some(day), ..Limits::default() };
    // There and back is an hour and a half, work two hours.
    it.workers[0].limits = limit(7 * HOUR / 2);
    let most = 7 * HOUR / 2 - 1;
    breaks(&it, |it| it.workers[0].limits = limit(most), &Rule::Day { has: most + 1, most });
}

#[test]
fn a_week_of_work_has_limits() {
    let mut it = small();
    it.workers[0].shifts = vec![shift(0), shift(1)];
    it.jobs[0].windows = vec![hours(0, 0.0, 24.0)];
    it.jobs[1].windows = vec![hours(1, 0.0, 24.0)];
    // Two hours the first day, two and a half the second.
    let has = 9 * HOUR / 2;
    let span = hours(-1, 8.0, 9.0);
    let beside = |day| WorkedDay { day, week: 0, work: HOUR, span };
    it.workers[0].worked.weeks = vec![(0, HOUR)];
    it.workers[0].worked.days = [-3, -2, -1].map(beside).to_vec();
    let limit = |week, days| Limits { week, days_a_week: days, ..Limits::default() };
    it.workers[0].limits = limit(Some(has + HOUR), Some(5));
    let most = has + HOUR - 1;
    let week = Rule::Week { week: 0, has: most + 1, most };
    breaks(&it, |it| it.workers[0].limits = limit(Some(most), None), &week);
    let days = Rule::Days { week: 0, has: 5, most: 4 };
    breaks(&it, |it| it.workers[0].limits = limit(None, Some(4)), &days);
    // A day that has work already is no further one, and the work counts.
    it.workers[0].worked.days[0].day = 0;
    it.workers[0].limits = Limits { day: Some(3 * HOUR), ..limit(None, Some(4)) };
    solved(&it);
    let third = |it: &mut Problem| it.workers[0].limits.days_a_week = Some(2);
    breaks(&it, third, &Rule::Days { week: 0, has: 4, most: 2 });
    let most = 3 * HOUR - 1;
    let shorter = |it: &mut Problem| it.workers[0].limits.day = Some(most);
    breaks(&it, shorter, &Rule::Day { has: 3 * HOUR, most });
}

#[test]
fn weeks_have_a_rest_in_one_piece() {
    let mut it = small();
    let days = (0..8).map(|day| Shift { week: (day / 7) as i32, ..shift(day) });
    it.workers[0].shifts = days.collect();
    // Half past nine on Monday to noon, and the same on all other days.
    it.jobs =
        (0..7).map(|day| Job { windows: vec![hours(day, 9.5, 9.5)], ..job(2, 2.0) }).collect();
    let due = |length| Some(WeeklyRest { length, within: DAY });
    let plan = solved(&it);
    let back = plan.routes[5].back;
    let rest = |length| move |it: &mut Problem| it.workers[0].limits.weekly_rest = due(length);
    let rule = |has, least| Rule::WeeklyRest { week: 0, has, least };
    breaks(&it, rest(35 * HOUR), &rule(0, 35 * HOUR));
    // Six days: from the end of Saturday's on there is nothing.
    it.jobs.pop();
    rest(35 * HOUR)(&mut it);
    solved(&it);
    // But for Monday's work, which stands beside the plan: it cuts the rest that began on Saturday.
    let beside = |day: i32, span| WorkedDay { day, week: day / 7, work: 0, span };
    let monday = Window { from: 7 * DAY + 5 * HOUR, to: 7 * DAY + 9 * HOUR };
    let has = monday.from - back;
    rest(has)(&mut it);
    it.workers[0].worked.days = vec![beside(7, monday)];
    solved(&it);
    breaks(&it, rest(has + 1), &rule(has, has + 1));
    // Of a rest over Sunday night, less than a day lies in the week.
    it.workers[0].worked.days =
        vec![beside(5, hours(5, 20.0, 24.0)), beside(6, hours(6, 1.0, 3.0))];
    let has = rules(&it, &plan);
    assert!(has.iter().any(|it| matches!(it, Rule::WeeklyRest { week: 0, .. })), "{has:?}");
}

#[test]
fn the_rest_of_a_week_may_not_end_with_the_first_work_of_the_next() {
    let mut it = small();
    it.workers[0].shifts = vec![shift(0)];
    let monday = solved(&it).routes[0].leave;
    // Worked from Monday to Saturday night in the week before.
    let span = |day| hours(day, 14.0, if day == -2 { 22.0 } else { 20.0 });
    let beside = |day: i64| WorkedDay { day: day as i32, week: -1, work: 0, span: span(day) };
    it.workers[0].worked.days = (-7..-1).map(beside).collect();
    let has = monday + 2 * HOUR + DAY;
    let due = |length| {
        move |it: &mut Problem| {
            it.workers[0].limits.weekly_rest = Some(WeeklyRest { length, within: DAY });
        }
    };
    due(has)(&mut it);
    solved(&it);
    // Nothing is done too soon on Monday; by hand it is refused.
    let rule = Rule::WeeklyRest { week: -1, has, least: 5 * HOUR + has };
    breaks(&it, due(has + 5 * HOUR), &rule);
    // A week that has no rest without the plan is not the plan's fault.
    it.workers[0].worked.days.push(WorkedDay { span: hours(-1, 8.0, 12.0), ..beside(-1) });
    due(has + 5 * HOUR)(&mut it);
    solved(&it);
}

#[test]
fn a_day_is_no_longer_than_the_rest_after_it_lets_it_be() {
    let mut it = small();
    it.workers[0].shifts[0].windows = vec![hours(0, 7.0, 11.0), hours(0, 17.0, 21.5)];
    it.jobs[0].windows = vec![hours(0, 7.5, 7.5)];
    it.jobs[1].windows = vec![hours(0, 17.5, 17.5)];
    let plan = solved(&it);
    let has = plan.routes[0].back - plan.routes[0].leave;
    let limit = |rest, span| {
        move |it: &mut Problem| {
            it.workers[0].limits =
                Limits { daily_rest: Some(rest), day_span: Some(span), ..Limits::default() };
        }
    };
    limit(11 * HOUR, has)(&mut it);
    solved(&it);
    let rule = Rule::Span { has, most: has - 1 };
    breaks(&it, limit(11 * HOUR, has - 1), &rule);
    // The pause is a rest where it is long enough.
    limit(6 * HOUR, 5 * HOUR)(&mut it);
    solved(&it);
    breaks(&it, limit(6 * HOUR + 1, has - 1), &rule);
    // Work beside the plan counts to the day, and may lie in the pause.
    limit(6 * HOUR, has)(&mut it);
    let span = hours(0, 12.0, 13.0);
    it.workers[0].worked.days = vec![WorkedDay { day: 0, week: 0, work: HOUR, span }];
    solved(&it);
    breaks(&it, limit(6 * HOUR, has - 1), &rule);
}

#[test]
fn leave_counts_to_averages_alone() {
    let mut it = small();
    let work = solved(&it).routes[0].work(&it);
    let average = Some(Average { weeks: 2, limit: 10 * HOUR });
    it.workers[0].worked.neutral = vec![(-1, 10 * HOUR)];
    it.workers[0].limits = Limits { average, week: Some(work), ..Limits::default() };
    solved(&it);
    let has = 20 * HOUR - 1 + work;
    let away = |it: &mut Problem| it.workers[0].worked.neutral = vec![(-1, 20 * HOUR - 1)];
    breaks(&it, away, &Rule::Average { week: 0, has, most: 20 * HOUR });
}

/// Who reads a plan sees a break between two jobs; within one it is seen only where the job cannot be
/// done without.
#[test]
fn a_break_lies_between_jobs_that_need_none_themselves() {
    let mut it = small();
    it.workers[0].shifts = vec![whole(0, 7.0, 19.0)];
    it.workers[0].limits.pause = Some(Pause { after: 6 * HOUR, length: HOUR / 2 });
    it.jobs = vec![job(2, 4.0), job(2, 5.0)];
    it.jobs.iter_mut().for_each(|job| job.interruptible = true);
    let plan = solved(&it);
    for stop in &plan.routes[0].stops {
        let job = stop.visit.job().unwrap();
        assert_eq!(stop.end - stop.start, it.jobs[job].duration, "{plan:?}");
    }
    it.jobs = vec![Job { interruptible: true, ..job(2, 7.0) }];
    let plan = solved(&it);
    assert_eq!(plan.of(0)[0].1.end - plan.of(0)[0].1.start, 7 * HOUR + HOUR / 2);
}

#[test]
fn weeks_have_a_limit_on_average() {
    let mut it = small();
    let limits =
        |limit| Limits { average: Some(Average { weeks: 12, limit }), ..Limits::default() };
    let before = (-11..0).map(|week| (week, 30 * HOUR)).collect::<Vec<_>>();
    it.workers[0].worked.weeks = before;
    let has = 330 * HOUR + 7 * HOUR / 2;
    it.workers[0].limits = limits(has / 12 + 1);
    let most = has / 12 * 12 - 12;
    let rule = Rule::Average { week: 0, has, most };
    breaks(&it, |it| it.workers[0].limits = limits(has / 12 - 1), &rule);
}

#[test]
fn days_are_apart() {
    let mut it = small();
    it.workers[0].shifts =
        vec![whole(0, 8.0, 20.0), Shift { day: 1, week: 0, windows: vec![hours(1, 5.0, 17.0)] }];
    it.jobs[0].windows = vec![hours(0, 17.0, 17.0)];
    it.jobs[1].windows = vec![hours(1, 6.5, 6.5)];
    // The first day ends at half past six, the second begins at a quarter to six.
    let limits = |rest| Limits { daily_rest: Some(rest), ..Limits::default() };
    it.workers[0].limits = limits(11 * HOUR + 900);
    let rule = Rule::Rest { has: 11 * HOUR + 900, least: 11 * HOUR + 901 };
    breaks(&it, |it| it.workers[0].limits = limits(11 * HOUR + 901), &rule);
    let mut late = it.clone();
    let span = hours(0, 0.0, 12.0);
    late.workers[0].worked.days = vec![WorkedDay { day: -1, week: -1, work: 0, span }];
    late.workers[0].limits = limits(5 * HOUR);
    assert_eq!(solve(&late, &quick(1)).unwrap().plan.unserved, vec![0]);
    // So is work beside the plan on a later day.
    let mut early = it.clone();
    let after = |from| vec![WorkedDay { day: 2, week: 0, work: 0, span: hours(2, from, 9.0) }];
    early.jobs.remove(0);
    early.workers[0].worked.days = after(8.0);
    let least = 2 * DAY + 8 * HOUR - solved(&early).routes[0].back;
    early.workers[0].limits = limits(least);
    let rule = Rule::Rest { has: least - HOUR, least };
    breaks(&early, |it| it.workers[0].worked.days = after(7.0), &rule);
}

#[test]
fn a_break_is_due() {
    let mut it = small();
    it.workers[0].shifts = vec![whole(0, 8.0, 17.0)];
    it.jobs = vec![job(1, 3.0), job(1, 3.0)];
    let plan = solved(&it);
    assert!(plan.routes[0].breaks.is_empty());
    let pause = Some(Pause { after: 6 * HOUR, length: 1200 });
    let has = 13 * HOUR / 2;
    let limits = Limits { pause, ..Limits::default() };
    let broken = |it: &mut Problem| it.workers[0].limits = limits;
    breaks(&it, broken, &Rule::Pause { has, most: 6 * HOUR });
    broken(&mut it);
    let plan = solved(&it);
    let breaks = &plan.routes[0].breaks;
    assert_eq!(breaks.iter().map(|it| it.to - it.from).collect::<Vec<_>>(), vec![1200]);
    assert_eq!(plan.routes[0].work(&it), has);
}

#[test]
fn only_some_jobs_pause_at_noon() {
    let mut it = problem(row(2), vec![worker(0, vec![shift(0)])], vec![job(1, 6.0)]);
    let plan = solve(&it, &quick(1)).unwrap().plan;
    assert_eq!(plan.unserved, vec![0]);
    it.jobs[0].interruptible = true;
    let plan = solved(&it);
    let stop = plan.routes[0].stops[0];
    assert_eq!(stop.end - stop.start, 7 * HOUR);
    it.jobs[0].interruptible = false;
    assert!(rules(&it, &plan).contains(&Rule::Interrupted));
}

#[test]
fn no_job_goes_on_over_what_holds_its_worker() {
    let mut it = problem(row(2), vec![worker(0, vec![shift(0)])], vec![job(1, 6.0), job(1, 2.0)]);
    it.jobs.iter_mut().for_each(|job| job.interruptible = true);
    let long = it.jobs.remove(0);
    let over = it.clone();
    it.jobs = vec![long];
    let plan = solved(&it);
    let noon = it.workers[0].shifts[0].windows.windows(2);
    it.workers[0].held = noon.map(|pair| Window { from: pair[0].to, to: pair[1].from }).collect();
    assert_eq!(rules(&it, &plan), vec![Rule::Interrupted]);
    assert_eq!(solve(&it, &quick(1)).unwrap().plan.unserved, vec![0]);
    // What fits on either side is done there.
    let mut it = Problem { workers: it.workers, ..over };
    let end = it.workers[0].shifts[0].windows[0].to;
    it.jobs[0].windows = vec![Window { from: end - HOUR, to: end + 4 * HOUR }];
    let start = solved(&it).routes[0].stops[0].start;
    assert_eq!(start, it.workers[0].shifts[0].windows[1].from);
}

#[test]
fn what_is_not_there_is_told() {
    let it = small();
    let mut plan = solved(&it);
    plan.routes[0].worker = 9;
    assert_eq!(rules(&it, &plan), vec![Rule::Unknown]);
    let mut plan = solved(&it);
    plan.routes.push(plan.routes[0].clone());
    assert!(rules(&it, &plan).contains(&Rule::TwoRoutes));
}

#[test]
fn who_can_leaves_late() {
    let mut it = small();
    it.jobs = vec![Job { windows: vec![hours(0, 11.0, 11.5)], ..job(2, 0.5) }];
    let plan = solved(&it);
    let route = &plan.routes[0];
    assert_eq!((route.leave, route.back), (10 * HOUR + 1800, 12 * HOUR));
    it.workers[0].shifts[0].windows = vec![Window { from: 0, to: DAY }];
    assert_eq!(solved(&it).routes[0].leave, 10 * HOUR + 1800);
}

/// A night of thirty hours, as clocks and agreements make them: a day like any other, of which the
/// limits let so much be worked.
#[test]
fn a_shift_may_last_thirty_hours() {
    let mut it = small();
    it.workers[0].shifts = vec![whole(0, 20.0, 50.0)];
    it.jobs[0].windows = vec![hours(0, 22.0, 23.0)];
    it.jobs[1].windows = vec![hours(1, 20.0, 24.0)];
    let plan = solved(&it);
    assert_eq!(plan.routes.len(), 1);
    let limit = |day| Limits { day: Some(day), ..Limits::default() };
    let has = plan.routes[0].work(&it);
    let ten = |it: &mut Problem| it.workers[0].limits = limit(10 * HOUR);
    breaks(&it, ten, &Rule::Day { has, most: 10 * HOUR });
    let pause = Some(Pause { after: 6 * HOUR, length: 1200 });
    it.workers[0].limits = Limits { pause, ..Limits::default() };
    assert!(solved(&it).routes[0].breaks.len() >= 3, "more than eighteen hours");
    // The next begins when it has ended, and not before.
    it.workers[0].shifts.push(whole(1, 25.0, 31.0));
    let early = dispatch::Fault::Worker { worker: 0, wrong: dispatch::Wrong::Shift(1) };
    assert_eq!(it.check(), Err(vec![early]));
    it.workers[0].shifts[1] = Shift { day: 1, week: 0, windows: vec![hours(0, 50.0, 55.0)] };
    assert_eq!(it.check(), Ok(vec![]));
}
