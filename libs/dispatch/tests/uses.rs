//! What the plan is used for: one more job, a sick worker, a delay, an explanation.
#![allow(clippy::unwrap_used)]

mod common;

use std::collections::BTreeSet;

use common::{HOUR, hours, job, problem, quick, random, row, shift, taken, whole, worker};
use dispatch::{
    Certificate, Depot, Fault, Job, Limits, Offer, Plan, Problem, Published, Rule, Taken, Time,
    Verdict, Wrong, check, choose, explain, insert, replan, solve,
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
    problem.jobs.push(job(4, 1.0));
    let before = dispatch::Costs::of(&problem, &plan).total();
    let offers = insert(&problem, &plan, 3, 10).unwrap();
    assert_eq!(offers.len(), 6, "each before and after what they do");
    assert!(offers.is_sorted_by(|a, b| a.cost <= b.cost));
    assert_eq!(offers[0].team, vec![(1, 0)], "who is nearest");
    for offer in &offers {
        let with = taken(&plan, offer);
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
fn the_cheapest_the_first_and_other_people_are_offered() {
    let (mut problem, plan) = road();
    problem.jobs.push(job(5, 1.0));
    let all = insert(&problem, &plan, 3, 10).unwrap();
    let some = insert(&problem, &plan, 3, 4).unwrap();
    let first = all.iter().map(|offer| offer.start).min();
    assert_eq!(some[0], all[0], "the cheapest");
    assert_eq!(some.iter().map(|offer| offer.start).min(), first);
    assert!(some.iter().any(|offer| offer.team != some[0].team), "somebody else");
    assert!(some.iter().all(|offer| all.contains(offer)));
    assert!(some.is_sorted_by(|a, b| a.cost <= b.cost));
    // Whoever is no place for it is none for the choice either.
    let fits = |offer: &Offer| Ok::<_, ()>(offer.team[0].0 != some[0].team[0].0);
    let others = choose(all.clone(), 10, fits).unwrap();
    assert_eq!(others.len(), 4);
    assert!(others.iter().all(|offer| offer.team != some[0].team));
    assert_eq!(choose(all.clone(), 10, |_| Err("why")), Err("why"));
    assert_eq!(choose(all, 0, |_| Ok::<_, ()>(true)), Ok(vec![]));
}

/// Fifty places of one worker cheaper than any of two others: half of what is told is theirs as far
/// as it goes, and no place is asked about twice.
#[test]
fn one_workers_day_does_not_crowd_out_the_others() {
    let offer = |(worker, nth): (usize, u32)| Offer {
        team: vec![(worker, 0)],
        start: Time::from(nth) * 60,
        end: Time::from(nth) * 60 + HOUR,
        cost: worker as f64 * 100.0 + f64::from(nth),
        routes: Vec::new(),
    };
    let near = (1..51).map(|nth| (0, nth));
    let all: Vec<_> = near.chain([(1, 0), (1, 5), (2, 7)]).map(offer).collect();
    let mut asked = Vec::new();
    let told = choose(all.clone(), 8, |offer| {
        asked.push((offer.team[0].0, offer.start));
        Ok::<_, ()>(true)
    });
    let told: Vec<_> =
        told.unwrap().iter().map(|offer| (offer.team[0].0, offer.start / 60)).collect();
    assert_eq!(told, [(0, 1), (0, 2), (0, 3), (0, 4), (0, 5), (1, 0), (1, 5), (2, 7)]);
    let count = asked.len();
    asked.sort_unstable();
    asked.dedup();
    assert_eq!((asked.len(), count), (8, 8));
    // The same people at the same time are one place.
    let twice: Vec<_> = all.iter().chain(&all).cloned().collect();
    assert_eq!(choose(twice, usize::MAX, |_| Ok::<_, ()>(true)).unwrap().len(), all.len());
}

#[test]
fn a_team_gets_offers_together() {
    let (mut problem, plan) = road();
    problem.jobs.push(Job { team: 2, ..job(5, 1.0) });
    problem.workers.push(worker(6, vec![shift(0)]));
    let offers = insert(&problem, &plan, 3, 10).unwrap();
    let before = dispatch::Costs::of(&problem, &plan).total();
    for offer in &offers {
        assert_eq!(offer.team.len(), 2);
        let with = taken(&plan, offer);
        assert_eq!(check(&problem, &with), vec![]);
        let starts: Vec<_> = with.of(3).iter().map(|(_, stop)| stop.start).collect();
        assert_eq!(starts, vec![offer.start; 2]);
        let after = dispatch::Costs::of(&problem, &with).total();
        assert!((after - before - offer.cost).abs() < 1e-6);
    }
    let starts: BTreeSet<_> = offers.iter().map(|offer| offer.start).collect();
    assert!(starts.len() > 2, "a choice of starts: {starts:?}");
    let teams: BTreeSet<_> = offers.iter().map(|offer| offer.team.clone()).collect();
    assert!(teams.len() > 1, "and of people: {teams:?}");
}

/// Two on a site that had nobody are one face too many, which neither is alone.
#[test]
fn a_team_costs_what_it_costs_together() {
    let (mut problem, plan) = road();
    problem.jobs.push(Job { team: 2, site: Some(0), ..job(5, 1.0) });
    let before = dispatch::Costs::of(&problem, &plan).total();
    let offers = insert(&problem, &plan, 3, 1).unwrap();
    let with = taken(&plan, &offers[0]);
    let after = dispatch::Costs::of(&problem, &with).total();
    assert!((after - before - offers[0].cost).abs() < 1e-6);
}

#[test]
fn a_days_hand_made_mistake_gets_no_offer() {
    let (mut problem, mut plan) = road();
    problem.jobs.push(job(5, 1.0));
    problem.jobs[1].skills = vec![(0, 1)];
    plan.unserved = vec![3];
    let offers = insert(&problem, &plan, 3, 10).unwrap();
    assert!(offers.iter().all(|offer| offer.team != vec![(1, 0)]), "their plan does not hold");
    assert_eq!(offers.len(), 4);
    // Nor does it take the others' teams with it.
    problem.jobs[3].team = 2;
    let offers = insert(&problem, &plan, 3, 10).unwrap();
    assert!(!offers.is_empty());
    assert!(offers.iter().all(|offer| !offer.team.contains(&(1, 0))));
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
    let out = |it: &mut Problem| {
        it.jobs[0].tools = vec![3];
        it.depots = vec![Depot { place: 2, tools: Some(vec![(3, 1)]), ..Depot::default() }];
        it.taken = vec![Taken { day: 0, depot: 0, tool: 3, worker: None }];
    };
    assert_eq!(stopped(out), vec![Rule::ToolOut { tool: 3, has: 2, most: 1 }]);
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

/// What is said of each worker beside a team's job.
fn team_of_two(change: impl Fn(&mut Problem)) -> (Problem, Plan, Vec<Verdict>) {
    let (mut problem, plan) = road();
    problem.jobs.push(Job { team: 2, windows: vec![hours(0, 8.0, 12.0)], ..job(5, 1.0) });
    change(&mut problem);
    let plan = Plan { unserved: vec![3], ..plan };
    let told = explain(&problem, &plan, 3).unwrap();
    assert_eq!((told.now.len(), told.cost), (0, None));
    let of = |worker| told.workers.iter().find(|it| it.worker == worker).unwrap().verdict.clone();
    (problem, plan, (0..3).map(of).collect())
}

#[test]
fn each_member_of_a_team_is_explained_by_the_cheapest_team_that_they_are_in() {
    let (problem, plan, verdicts) = team_of_two(|_| {});
    let offers = insert(&problem, &plan, 3, usize::MAX).unwrap();
    for (worker, verdict) in verdicts.iter().enumerate() {
        let Verdict::Could(offer) = verdict else { panic!("{verdict:?}") };
        let in_it = |offer: &&Offer| offer.team.iter().any(|member| member.0 == worker);
        assert!(in_it(&offer));
        let with = taken(&plan, offer);
        assert_eq!(check(&problem, &with), vec![]);
        let cheapest = offers.iter().find(in_it).map_or(f64::INFINITY, |told| told.cost);
        assert!(offer.cost <= cheapest + 1e-6, "{} {cheapest}", offer.cost);
    }
    // Another day's cheapest team has the first in it; a cheaper one of the same day has as well.
    let (_, _, verdicts) = team_of_two(|it| {
        it.jobs[3].windows = vec![hours(0, 8.0, 12.0), hours(1, 8.0, 12.0)];
        let days = [vec![0, 1], vec![0], vec![0, 1]];
        for (worker, days) in it.workers.iter_mut().zip(days) {
            worker.shifts = days.into_iter().map(|day| whole(day, 8.0, 18.0)).collect();
        }
    });
    let Verdict::Could(offer) = &verdicts[0] else { panic!("{verdicts:?}") };
    assert!(offer.team.iter().all(|member| member.1 == 0), "{offer:?}");
}

#[test]
fn who_has_room_for_a_teams_job_and_nobody_beside_them_is_told_so() {
    let skilled = |it: &mut Problem| {
        it.jobs[3].skills = vec![(0, 1)];
        it.workers[1].skills = vec![1];
    };
    let (_, _, verdicts) = team_of_two(skilled);
    let missing = Rule::Skill { skill: 0, has: 0, needs: 1 };
    assert_eq!(verdicts[0], Verdict::Stopped(vec![missing.clone()]));
    assert_eq!(verdicts[1], Verdict::Stopped(vec![Rule::Team { has: 1, needs: 2 }]));
    assert_eq!(verdicts[2], Verdict::Stopped(vec![missing]));
    // One in the morning, the other in the afternoon.
    let (_, _, verdicts) = team_of_two(|it| {
        it.jobs[3].windows.clear();
        it.workers[0].shifts = vec![whole(0, 8.0, 14.0)];
        it.workers[1].shifts = vec![whole(0, 14.0, 22.0)];
        it.workers[2].shifts.clear();
    });
    assert_eq!(verdicts[0], Verdict::Stopped(vec![Rule::Together]));
    assert_eq!(verdicts[1], Verdict::Stopped(vec![Rule::Together]));
    assert_eq!(verdicts[2], Verdict::Stopped(vec![Rule::Hours]));
}
