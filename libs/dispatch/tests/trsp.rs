//! Technician routing and scheduling instances: read, planned, written.
#![allow(clippy::unwrap_used)]

mod common;

use std::fmt::Write;

use common::Dice;
use dispatch::trsp::{Instance, Refused, TICKS};
use dispatch::{Limit, Options, check, solve};

/// An instance of the family, of our own making: technicians and requests all over a square.
fn text(seed: u64, crew: u64, requests: u64) -> String {
    let mut dice = Dice(seed);
    let head = "CREW COUNT\tSKILLS\tTOOLS\tSPARE PARTS";
    let mut text = format!("own-{seed}\n\nINFO\n{head}\n{crew}\t4\t4\t2\n\nNODES\nID X Y\n");
    let row = |text: &mut String, nth: u64, at: (u64, u64), tail: String| {
        writeln!(text, "{nth} {} {} {tail}", at.0, at.1).unwrap();
    };
    let some = |dice: &mut Dice, of: u64, many: u64| {
        let list: Vec<_> = (0..of).filter(|_| dice.below(10) < many).collect();
        format!("{list:?}").replace(' ', "")
    };
    row(&mut text, 0, (50, 50), "0 400 0 [] [] []".to_owned());
    for nth in 1..=crew {
        let at = (dice.below(100), dice.below(100));
        // Somebody can do everything, so that every request can be served.
        let skills = if nth == 1 { "[0,1,2,3]".to_owned() } else { some(&mut dice, 4, 6) };
        let tools = some(&mut dice, 4, 5);
        let parts = (dice.below(5), dice.below(5));
        row(&mut text, nth, at, format!("0 400 0 {skills} \t{tools} [{},{}]", parts.0, parts.1));
    }
    for nth in crew + 1..=crew + requests {
        let at = (dice.below(100), dice.below(100));
        let from = dice.below(150);
        let (skill, tools) = (dice.below(4), some(&mut dice, 4, 2));
        let parts = (dice.below(2), dice.below(2));
        let tail = format!("{from} {} 5 [{skill}] {tools} [{},{}]", from + 150, parts.0, parts.1);
        row(&mut text, nth, at, tail);
    }
    text
}

/// The sum of the routes' durations and the requests served, read from a written solution and
/// counted anew: along the route with exact distances, leaving as late as the first wait allows.
fn evaluated(instance: &Instance, solution: &str) -> (f64, usize) {
    let (mut total, mut served) = (0.0, 0);
    for line in solution.lines().filter(|line| line.contains("\": [")) {
        let (technician, route) = line.split_once("\": [").unwrap();
        let home = &instance.nodes[technician.trim_matches('"').parse::<usize>().unwrap()];
        let ids = route.trim_end_matches([',', ']']).split(", ");
        let stops = ids.map(|id| &instance.nodes[id.parse::<usize>().unwrap()]).chain([home]);
        let (mut length, mut early, mut late, mut at) = (0.0, 0.0_f64, f64::INFINITY, home);
        for stop in stops {
            served += usize::from(stop.id > 0 && stop != home);
            let way = ((stop.at.0 - at.at.0) as f64).hypot((stop.at.1 - at.at.1) as f64);
            let reach = length + way;
            assert!(early + reach <= stop.window.1 as f64 + 1e-6, "too late");
            let opens = stop.window.0 as f64;
            let wait = (opens - reach - late).max(0.0);
            early = (opens - reach).max(early) - wait;
            late = (stop.window.1 as f64 - reach).min(late);
            length = reach + wait + if stop == home { 0.0 } else { stop.service as f64 };
            at = stop;
        }
        total += length;
    }
    (total, served)
}

#[test]
fn instances_are_planned_whole_and_written_as_they_are() {
    for seed in 1..6 {
        let instance = Instance::read(&text(seed, 8, 30)).unwrap();
        assert_eq!((instance.crew, instance.nodes.len()), (8, 39));
        let problem = instance.problem().unwrap();
        let limit = Limit::Iterations(4000);
        let options = Options { seed, limit, threads: 2, ..Options::default() };
        let outcome = solve(&problem, &options).unwrap();
        assert_eq!(check(&problem, &outcome.plan), vec![]);
        assert_eq!(outcome.plan.unserved, Vec::<usize>::new());
        let (duration, served) = evaluated(&instance, &instance.write(&outcome.plan));
        assert_eq!(served, 30);
        let told = outcome.costs.work;
        assert!((duration - told).abs() < 0.01, "{duration} is told as {told}");
    }
}

#[test]
fn more_search_is_no_worse() {
    let problem = Instance::read(&text(77, 8, 40)).unwrap().problem().unwrap();
    let cost = |iterations| {
        let limit = Limit::Iterations(iterations);
        let options = Options { limit, threads: 1, ..Options::default() };
        solve(&problem, &options).unwrap().costs.total()
    };
    assert!(cost(8000) < cost(500));
}

#[test]
fn what_is_no_instance_is_refused_with_its_line() {
    assert!(matches!(Instance::read(""), Err(Refused::Short(_))));
    let good = text(1, 3, 4);
    let lines: Vec<_> = good.lines().collect();
    let bad = [&lines[..10], &["4 1 2 x 0 0 [] [] []"], &lines[10..]].concat().join("\n");
    assert!(matches!(Instance::read(&bad), Err(Refused::Line { line: 11, .. })));
    let few = lines[..10].join("\n");
    assert!(matches!(Instance::read(&few), Err(Refused::Short(_))));
    let count = good.replace("3\t4\t4", "x\t4\t4");
    assert!(matches!(Instance::read(&count), Err(Refused::Line { line: 5, .. })));
    let instance = Instance::read(&good).unwrap();
    assert_eq!(instance.problem().unwrap().jobs[0].duration, 5 * TICKS);
}
