//! Bad input is refused with its place named; what is only odd is told.
#![allow(clippy::unwrap_used)]

mod common;

use common::{hours, job, problem, quick, row, shift, worker};
use dispatch::{Fault, Matrix, Note, Problem, Published, Taken, Wrong, solve};

fn good() -> Problem {
    problem(row(3), vec![worker(0, vec![shift(0)])], vec![job(1, 1.0), job(2, 1.0)])
}

fn faults(change: impl Fn(&mut Problem)) -> Vec<Fault> {
    let mut problem = good();
    assert_eq!(problem.check(), Ok(vec![]));
    change(&mut problem);
    let faults = problem.check().unwrap_err();
    assert_eq!(solve(&problem, &quick(1)).unwrap_err(), faults);
    faults
}

#[test]
fn a_matrix_is_checked_entry_by_entry() {
    let with = |bad: f64| Matrix::new(2, &[Some(0.0), Some(bad), Some(1.0), Some(0.0)]);
    assert!(with(1.5).is_ok());
    for bad in [f64::NAN, -1.0, f64::INFINITY, f64::NEG_INFINITY, 1e12] {
        let fault = with(bad).unwrap_err();
        assert_eq!(fault, Fault::Travel { from: 0, to: 1, time: bad.to_string() });
    }
    let size = Matrix::new(2, &[None; 3]).unwrap_err();
    assert_eq!(size, Fault::MatrixSize { places: 2, entries: 3 });
    assert_eq!(with(1.5).unwrap().between(0, 1), Some(2), "fractions are rounded up");
}

#[test]
fn jobs_and_workers_are_named() {
    let job = |wrong| vec![Fault::Job { job: 1, wrong }];
    let worker = |wrong| vec![Fault::Worker { worker: 0, wrong }];
    assert_eq!(faults(|it| it.jobs[1].place = 3), job(Wrong::Place(3)));
    assert_eq!(faults(|it| it.jobs[1].duration = -1), job(Wrong::Negative));
    assert_eq!(faults(|it| it.jobs[1].priority = f64::NAN), job(Wrong::Figure));
    assert_eq!(faults(|it| it.jobs[1].team = 0), job(Wrong::NoTeam));
    let small = Wrong::SmallTeam { team: 2, may: 1 };
    let fixed = |it: &mut Problem| (it.jobs[1].team, it.jobs[1].only) = (2, vec![0]);
    assert_eq!(faults(fixed), job(small));
    assert_eq!(faults(|it| it.jobs[1].preferred = vec![4]), job(Wrong::NoWorker(4)));
    assert_eq!(faults(|it| it.jobs[1].after = vec![5]), job(Wrong::NoJob(5)));
    let past = |it: &mut Problem| {
        it.now = 10;
        it.jobs[1].windows = vec![hours(-1, 8.0, 9.0)];
    };
    assert_eq!(faults(past), job(Wrong::Past));
    let backwards = |it: &mut Problem| it.jobs[1].windows = vec![hours(0, 9.0, 8.0)];
    assert_eq!(faults(backwards), job(Wrong::Windows(0)));
    assert_eq!(faults(|it| it.workers[0].end = 7), worker(Wrong::Place(7)));
    assert_eq!(faults(|it| it.workers[0].cost = -1.0), worker(Wrong::Figure));
    assert_eq!(faults(|it| it.workers[0].limits.day = Some(-1)), worker(Wrong::Negative));
    let weekly = |it: &mut Problem| {
        it.workers[0].limits.weekly_rest = Some(dispatch::WeeklyRest { length: 1, within: 1 });
        it.weeks.retain(|week| week.week != 0);
    };
    assert_eq!(faults(weekly), worker(Wrong::NoWeek(0)));
    let doubled = |it: &mut Problem| it.workers[0].shifts.push(shift(0));
    assert_eq!(faults(doubled), worker(Wrong::Shift(1)));
    let empty = |it: &mut Problem| it.workers[0].shifts[0].windows.clear();
    assert_eq!(faults(empty), worker(Wrong::Shift(0)));
}

#[test]
fn the_rest_is_named_too() {
    assert_eq!(faults(|it| it.weights.travel = f64::NAN), vec![Fault::Weight("travel")]);
    let told = Published { job: 9, workers: vec![0], start: 0 };
    let wrong = Wrong::NoJob(9);
    let published = faults(|it| it.published = vec![told.clone()]);
    assert_eq!(published, vec![Fault::Published { entry: 0, wrong }]);
    let depot = dispatch::Depot { tools: Some(vec![(0, 1)]), ..dispatch::Depot::default() };
    let out = |depot, worker| Taken { day: 0, depot, tool: 0, worker };
    let taken = faults(|it| {
        it.depots = vec![depot.clone()];
        it.taken = vec![out(0, Some(0)), out(1, None), out(0, Some(7))];
    });
    let wrong = [(1, Wrong::NoDepot(1)), (2, Wrong::NoWorker(7))];
    assert_eq!(taken, wrong.map(|(entry, wrong)| Fault::Taken { entry, wrong }));
    let circle = faults(|it| {
        it.jobs[0].after = vec![1];
        it.jobs[1].after = vec![0];
    });
    assert_eq!(circle, vec![Fault::Circle(vec![0, 1])]);
    assert_eq!(faults(|it| it.weeks.swap(1, 2)), vec![Fault::Week(0)]);
    let many = faults(|it| it.depots = vec![dispatch::Depot::default(); dispatch::MAX_DEPOTS + 1]);
    assert_eq!(many, vec![Fault::Depots(dispatch::MAX_DEPOTS + 1)]);
}

#[test]
fn what_is_odd_is_told() {
    let mut problem = good();
    problem.workers.push(worker(0, Vec::new()));
    let times = [Some(0.0), None, Some(1.0), None, Some(0.0), None, Some(1.0), None, Some(0.0)];
    problem.travel = Matrix::new(3, &times).unwrap();
    problem.now = 1;
    problem.jobs[1].windows = vec![hours(-1, 8.0, 9.0), hours(0, 8.0, 9.0)];
    let notes = problem.check().unwrap();
    let expected = [Note::Idle(1), Note::Unreachable(0), Note::PastWindows(1), Note::Holes(4)];
    assert_eq!(notes, expected);
    let plan = solve(&problem, &quick(1)).unwrap().plan;
    assert_eq!(plan.unserved, vec![0]);
}
