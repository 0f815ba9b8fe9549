//! Whatever the search returns keeps every hard rule, and repeats.
#![allow(clippy::unwrap_used)]

mod common;

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use common::{quick, random, richer, taken};
use dispatch::{Costs, Job, Limit, Offer, Options, check, explain, insert, replan, solve};
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn plans_keep_every_rule(seed in any::<u64>(), workers in 2..7_usize, jobs in 1..40_usize) {
        let problem = richer(seed, workers, jobs, 9);
        let outcome = solve(&problem, &quick(seed)).unwrap();
        prop_assert_eq!(check(&problem, &outcome.plan), vec![]);
        let served = (0..jobs).filter(|job| !outcome.plan.of(*job).is_empty()).count();
        prop_assert_eq!(served + outcome.plan.unserved.len(), jobs);
        prop_assert_eq!(outcome.costs, Costs::of(&problem, &outcome.plan));
    }

    #[test]
    fn seeded_runs_repeat(seed in any::<u64>(), jobs in 1..30_usize) {
        let problem = richer(seed, 4, jobs, 3);
        let options = Options { threads: 2, ..quick(seed) };
        let first = solve(&problem, &options).unwrap();
        let second = solve(&problem, &options).unwrap();
        prop_assert_eq!(&first.plan, &second.plan);
        let again = solve(&problem, &Options { limit: Limit::Pace(&first.pace), ..options });
        prop_assert_eq!(first.plan, again.unwrap().plan);
    }

    #[test]
    fn every_place_holds_and_costs_what_it_says(
        seed in any::<u64>(),
        jobs in 2..30_usize,
        team in 1..4_u8,
    ) {
        let mut problem = richer(seed, 6, jobs, 5);
        let job = jobs - 1;
        let last = problem.jobs.pop().unwrap();
        let plan = solve(&problem, &quick(seed)).unwrap().plan;
        let only = if last.only.is_empty() { Vec::new() } else { (0..6).collect() };
        problem.jobs.push(Job { team, only, ..last });
        let offers = insert(&problem, &plan, job, usize::MAX).unwrap();
        prop_assert!(offers.is_sorted_by(|a, b| a.cost <= b.cost));
        let before = Costs::of(&problem, &plan).total();
        for offer in &offers {
            let with = taken(&plan, offer);
            prop_assert_eq!(check(&problem, &with), vec![]);
            prop_assert_eq!(with.of(job).len(), usize::from(team));
            prop_assert!(with.of(job).iter().all(|(_, stop)| stop.start == offer.start));
            let after = Costs::of(&problem, &with).total();
            prop_assert!((after - before - offer.cost).abs() < 1e-6, "{} {}", after - before, offer.cost);
        }
        let few = insert(&problem, &plan, job, 5).unwrap();
        prop_assert_eq!(few.len(), offers.len().min(5));
        prop_assert_eq!(few.first(), offers.first());
        let start = |offers: &[Offer]| offers.iter().map(|offer| offer.start).min();
        prop_assert_eq!(start(&few), start(&offers));
    }

    #[test]
    fn replanning_and_offers_keep_every_rule(seed in any::<u64>(), jobs in 2..30_usize) {
        let mut problem = richer(seed, 5, jobs, 8);
        let plan = solve(&problem, &quick(seed)).unwrap().plan;
        for job in [0, jobs - 1] {
            for offer in insert(&problem, &plan, job, 5).unwrap() {
                let mut with = plan.clone();
                for route in &mut with.routes {
                    route.stops.retain(|stop| stop.visit.job() != Some(job));
                }
                for route in offer.routes {
                    with.routes.retain(|it| (it.worker, it.shift) != (route.worker, route.shift));
                    with.routes.push(route);
                }
                // What waits for the job goes with it; so may a day that no longer holds without.
                let of_job = check(&problem, &with).into_iter();
                let of_job: Vec<_> = of_job.filter(|it| it.job == Some(job)).collect();
                prop_assert_eq!(of_job, vec![]);
            }
            let told = explain(&problem, &plan, job).unwrap();
            prop_assert_eq!(told.now.is_empty(), told.cost.is_none());
            prop_assert_eq!(told.workers.len(), 5);
        }
        problem.workers[1].shifts.clear();
        let outcome = replan(&problem, &plan, &quick(seed)).unwrap();
        prop_assert_eq!(check(&problem, &outcome.plan), vec![]);
    }
}

/// A day holds as a whole although its first stops alone would not: what leaves as late as it can
/// is found in two attempts, and with less to do they find less.
#[test]
fn a_sound_plan_is_taken_up_whole() {
    let problem = random(1_677_685_822_458_509_523, 5, 25, 4);
    let plan = solve(&problem, &quick(1_677_685_822_458_509_523)).unwrap().plan;
    assert_eq!(check(&problem, &plan), vec![]);
    for job in 0..25 {
        let told = explain(&problem, &plan, job).unwrap();
        assert_eq!(told.now.is_empty(), told.cost.is_none(), "job {job}");
    }
}

#[test]
fn a_time_limit_ends_the_search_and_its_pace_repeats_it() {
    let problem = random(7, 5, 40, 4);
    let limit = Limit::Time(std::time::Duration::from_millis(200));
    let options = Options { seed: 3, limit, threads: 2, ..Options::default() };
    let first = solve(&problem, &options).unwrap();
    let again = solve(&problem, &Options { limit: Limit::Pace(&first.pace), ..options }).unwrap();
    assert_eq!(first.plan, again.plan);
    assert_eq!(first.iterations, again.iterations);
}

#[test]
fn a_cancelled_search_has_its_best_so_far() {
    let problem = random(11, 6, 60, 4);
    let cancel = AtomicBool::new(false);
    let seen = Mutex::new(Vec::new());
    let tell = |progress: &dispatch::Progress| {
        seen.lock().unwrap().push(progress.cost);
        if seen.lock().unwrap().len() == 3 {
            cancel.store(true, Ordering::Relaxed);
        }
    };
    let options = Options {
        limit: Limit::Iterations(u64::MAX / 2),
        on_progress: Some(&tell),
        cancel: Some(&cancel),
        ..Options::default()
    };
    let outcome = solve(&problem, &options).unwrap();
    assert!(outcome.cancelled);
    assert_eq!(check(&problem, &outcome.plan), vec![]);
    assert!(outcome.plan.unserved.len() < 60);
    let seen = seen.into_inner().unwrap();
    assert!(seen.is_sorted_by(|a, b| a >= b), "the best only gets better: {seen:?}");
}

#[test]
fn a_panic_in_one_search_ends_them_all() {
    let problem = random(11, 6, 30, 4);
    let tell = |_: &dispatch::Progress| panic!("told too much");
    let options = Options { on_progress: Some(&tell), threads: 3, ..quick(1) };
    let run = std::panic::AssertUnwindSafe(|| solve(&problem, &options));
    let why = std::panic::catch_unwind(run).unwrap_err();
    assert_eq!(why.downcast_ref::<&str>(), Some(&"told too much"));
}
