//! What the plan is used for: one more job, a sick worker, a delay, an explanation.
#![allow(clippy::unwrap_used)]

mod common;

use common::{HOUR, hours, job, problem, quick, random, row, shift, worker};
use dispatch::{
    Certificate, Fault, Job, Limits, Plan, Problem, Published, Rule, Verdict, Wrong, check,
    explain, insert, replan, solve,
};

/// Three workers along a road, a job beside each.
fn road() -> (Problem, Plan) {
    let workers = [0, 3, 6].map(|home| worker(home, vec![shift(0)])).to_vec();
    let jobs = [1, 4, 7].map(|place| job(place, 2.0)).to_vec();
    let problem = problem(row(8), workers, jobs);
    let plan = solve(&problem, &quick(1)).unwrap().plan;
    assert_eq!(plan.unserved, Vec::<usize>::new());
    (problem, plan)
}

#[test]
fn offers_come_cheapest_first_with_what_they_cost() {
    let (mut problem, plan) = road();
    problem.jobs.push(job(5, 1.0));
    let before = dispatch::Costs::of(&problem, &plan).total();
    let offers = insert(&problem, &plan, 3, 10).unwrap();
    assert_eq!(offers.len(), 3);
    assert!(offers.is_sorted_by(|a, b| a.cost <= b.cost));
    assert_eq!(offers[0].team, vec![(1, 0)], "who is nearest");
    for offer in &offers {
        let mut with = plan.clone();
        with.routes.retain(|it| !offer.team.contains(&(it.worker, it.shift)));
        with.routes.extend(offer.routes.clone());
        assert_eq!(check(&problem, &with), vec![]);
        assert_eq!(offer.end - offer.start, HOUR);
        let after = dispatch::Costs::of(&problem, &with).total();
        assert!((after - before - offer.cost).abs() < 1e-6, "{after} {before} {}", offer.cost);
    }
    assert_eq!(insert(&problem, &plan, 3, 1).unwrap(), offers[..1]);
    let unknown = Fault::Job { job: 9, wrong: Wrong::NoJob(9) };
    assert_eq!(insert(&problem, &plan, 9, 1).unwrap_err(), vec![unknown]);
}

#[test]
fn a_team_gets_offers_together() {
    let (mut problem, plan) = road();
    problem.jobs.push(Job { team: 2, ..job(5, 1.0) });
    let offers = insert(&problem, &plan, 3, 10).unwrap();
    assert_eq!(offers.len(), 1, "one for the day");
    assert_eq!(offers[0].team.len(), 2);
    let starts = offers[0].routes.iter().flat_map(|route| &route.stops);
    let starts: Vec<_> = starts.filter(|stop| stop.visit.job() == Some(3)).collect();
    assert!(starts.iter().all(|stop| stop.start == offers[0].start));
}

#[test]
fn a_days_hand_made_mistake_gets_no_offer() {
    let (mut problem, mut plan) = road();
    problem.jobs.push(job(5, 1.0));
    problem.jobs[1].skills = vec![(0, 1)];
    plan.unserved = vec![3];
    let offers = insert(&problem, &plan, 3, 10).unwrap();
    assert!(offers.iter().all(|offer| offer.team != vec![(1, 0)]), "their plan does not hold");
    assert_eq!(offers.len(), 2);
}

#[test]
fn a_sick_worker_changes_only_what_must_change() {
    let mut problem = random(42, 6, 40, 4);
    let plan = solve(&problem, &quick(1)).unwrap().plan;
    let sick = plan.routes[0].worker;
    problem.workers[sick].shifts.clear();
    problem.published = plan.publish(problem.jobs.len());
    let next = replan(&problem, &plan, &quick(2)).unwrap().plan;
    assert_eq!(check(&problem, &next), vec![]);
    let who = |plan: &Plan, job| plan.of(job).iter().map(|it| it.0.worker).collect::<Vec<_>>();
    let all: Vec<_> = (0..40).filter(|job| !who(&plan, *job).is_empty()).collect();
    let others = all.iter().filter(|job| !who(&plan, **job).contains(&sick));
    let (mut kept, mut could) = (0, 0);
    for &job in others {
        could += 1;
        kept += usize::from(who(&next, job) == who(&plan, job));
    }
    assert!(kept * 10 >= could * 9, "{kept} of {could}");
}

#[test]
fn a_delay_moves_what_it_must() {
    let (mut problem, plan) = road();
    problem.workers[0].shifts[0].windows = vec![hours(0, 15.0, 17.0)];
    let next = replan(&problem, &plan, &quick(1)).unwrap().plan;
    assert_eq!(check(&problem, &next), vec![]);
    assert_eq!(next.unserved, Vec::<usize>::new());
    assert_ne!(next.of(0)[0].0.worker, 0, "two hours of work do not fit any more");
    for job in [1, 2] {
        assert_eq!(next.of(job)[0].0.worker, plan.of(job)[0].0.worker);
    }
}

#[test]
fn what_was_told_is_kept_while_it_costs_little() {
    let (mut problem, plan) = road();
    problem.published = vec![Published { job: 0, workers: vec![2], start: 9 * HOUR }];
    problem.weights.change = 100.0;
    let next = solve(&problem, &quick(1)).unwrap().plan;
    assert_eq!(next.of(0)[0].0.worker, 2);
    assert_eq!(plan.of(0)[0].0.worker, 0);
}

#[test]
fn each_worker_beside_the_job_is_explained() {
    let (mut problem, plan) = road();
    problem.jobs[1].skills = vec![(0, 2)];
    problem.workers[1].skills = vec![2];
    problem.workers[2].skills = vec![1];
    problem.workers[0].skills = vec![3];
    let told = explain(&problem, &plan, 1).unwrap();
    assert_eq!(told.now, vec![(1, plan.of(1)[0].1.start)]);
    let Verdict::Could(first) = &told.workers[0].verdict else { panic!("{told:?}") };
    assert_eq!(first.team, vec![(1, 0)]);
    assert!((told.cost.unwrap() - first.cost).abs() < 1e-6);
    let Verdict::Could(next) = &told.workers[1].verdict else { panic!("{told:?}") };
    assert_eq!(next.team, vec![(0, 0)]);
    assert!(next.cost > first.cost);
    let skill = Rule::Skill { skill: 0, has: 1, needs: 2 };
    assert_eq!(told.workers[2].worker, 2);
    assert_eq!(told.workers[2].verdict, Verdict::Stopped(vec![skill]));
}

/// The rules that stop worker 0 from doing job 0.
fn stopped(change: impl Fn(&mut Problem)) -> Vec<Rule> {
    let (mut problem, mut plan) = road();
    change(&mut problem);
    plan.routes.retain(|route| route.worker != 0);
    plan.unserved = vec![0];
    let told = explain(&problem, &plan, 0).unwrap();
    assert_eq!(told.cost, None);
    match &told.workers.iter().find(|it| it.worker == 0).unwrap().verdict {
        Verdict::Stopped(rules) => rules.clone(),
        Verdict::Could(offer) => panic!("{offer:?}"),
    }
}

#[test]
fn what_nobody_can_do_is_told_by_its_rule() {
    assert_eq!(stopped(|it| it.jobs[0].only = vec![1]), vec![Rule::Only]);
    assert_eq!(stopped(|it| it.jobs[0].tools = vec![3]), vec![Rule::Tool(3)]);
    let part = Rule::Part { part: 1, has: 0, needs: 2 };
    assert_eq!(stopped(|it| it.jobs[0].parts = vec![(1, 2)]), vec![part]);
    let load = Rule::Capacity { has: 2000, most: 1000 };
    assert_eq!(stopped(|it| it.jobs[0].load = 2000), vec![load]);
    assert_eq!(stopped(|it| it.workers[0].shifts.clear()), vec![Rule::Hours]);
    assert_eq!(stopped(|it| it.jobs[0].duration = 9 * HOUR), vec![Rule::Hours]);
    let expired = |it: &mut Problem| {
        it.jobs[0].certificates = vec![5];
        it.workers[0].certificates = vec![Certificate { kind: 5, until: -1 }];
    };
    assert_eq!(stopped(expired), vec![Rule::Certificate(5)]);
    let elsewhen = |it: &mut Problem| it.jobs[0].windows = vec![hours(0, 20.0, 22.0)];
    assert_eq!(stopped(elsewhen), vec![Rule::Windows]);
    let week = |it: &mut Problem| {
        it.workers[0].limits = Limits { week: Some(40 * HOUR), ..Limits::default() };
        it.workers[0].worked.weeks = vec![(0, 39 * HOUR)];
    };
    let has = 39 * HOUR + 5 * HOUR / 2;
    assert_eq!(stopped(week), vec![Rule::Week { week: 0, has, most: 40 * HOUR }]);
    let waits = |it: &mut Problem| {
        it.jobs.push(Job { only: vec![2], skills: vec![(0, 1)], ..job(1, 1.0) });
        it.jobs[0].after = vec![3];
    };
    assert_eq!(stopped(waits), vec![Rule::Waits(3)]);
}
