//! Dispatch: one urgent task into a full plan, a fortnight of a firm, a worker who falls sick, and
//! the public technician instances where `FIELDOPS_DATA` leads to them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use ::dispatch::{
    Costs, Job, Limit, Limits, Matrix, Options, Outcome, Pause, Plan, Problem, Shift, Weights,
    Window, Worker, check, insert, replan, solve, trsp,
};
use anyhow::{Context, Result, ensure};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use crate::{SMALL, row};

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;
/// The firm into whose plan an urgent task is put.
pub(crate) const WORKERS: usize = if SMALL { 6 } else { 50 };
pub(crate) const TASKS: usize = if SMALL { 60 } else { 500 };
/// How long somebody may wait for the places of an urgent task.
pub(crate) const AIM_MS: f64 = 300.0;
/// The fortnight's tasks, and the seconds that they are searched for.
const FORTNIGHT: (usize, u64) = if SMALL { (200, 2) } else { (4000, 55) };

/// The milliseconds that urgent tasks took, in order.
pub(crate) fn run() -> Result<Vec<f64>> {
    let times = urgent()?;
    fortnight()?;
    if let Some(data) = std::env::var_os("FIELDOPS_DATA") {
        instances(&Path::new(&data).join("trsp"))?;
    }
    Ok(times)
}

fn within(seconds: u64) -> Options<'static> {
    Options { limit: Limit::Time(Duration::from_secs(seconds)), ..Options::default() }
}

/// Any of 20 tasks, each into the plan of all the others: the milliseconds of each, in order.
fn urgent() -> Result<Vec<f64>> {
    let problem = problem(WORKERS, TASKS, 2)?;
    let plan = sound(&problem, solve(&problem, &within(5)))?.plan;
    let mut times = Vec::new();
    for job in (0..TASKS).step_by(TASKS / 20) {
        let mut without = plan.clone();
        for route in &mut without.routes {
            route.stops.retain(|stop| stop.visit.job() != Some(job));
        }
        without.routes.retain(|route| !route.stops.is_empty());
        let began = Instant::now();
        let offers = insert(&problem, &without, job, 10).map_err(told)?;
        times.push(began.elapsed().as_secs_f64() * 1000.0);
        ensure!(!offers.is_empty(), "no place for task {job}");
    }
    times.sort_by(f64::total_cmp);
    let what = format!("urgent task, {WORKERS} workers × {TASKS} tasks, slowest");
    row(&what, times.last().copied().unwrap_or_default(), AIM_MS, "ms", false);
    sick(&problem, &plan)?;
    Ok(times)
}

/// A worker falls sick: what the others keep, of what they can keep.
fn sick(problem: &Problem, plan: &Plan) -> Result<()> {
    let mut without = problem.clone();
    let sick = 7.min(WORKERS - 1);
    without.workers[sick].shifts.clear();
    let next = sound(&without, replan(&without, plan, &within(5)))?.plan;
    let (before, after) = (who(plan), who(&next));
    let others: Vec<_> = before.iter().filter(|(_, who)| who.0 != sick).collect();
    let kept = others.iter().filter(|(job, who)| after.get(*job) == Some(*who)).count();
    let share = 100.0 * kept as f64 / others.len().max(1) as f64;
    row("one worker sick: assignments kept", share, 90.0, "%", true);
    Ok(())
}

/// Who does each task, and on which shift.
fn who(plan: &Plan) -> BTreeMap<usize, (usize, usize)> {
    let of = |route: &::dispatch::Route| (route.worker, route.shift);
    plan.routes.iter().flat_map(|route| route.jobs().map(move |job| (job, of(route)))).collect()
}

fn fortnight() -> Result<()> {
    let began = Instant::now();
    let (tasks, limit) = FORTNIGHT;
    let problem = problem(WORKERS, tasks, 14)?;
    let outcome = sound(&problem, solve(&problem, &within(limit)))?;
    let seconds = began.elapsed().as_secs_f64();
    row(&format!("{WORKERS} workers × {tasks} tasks × 14 days"), seconds, 60.0, "s", false);
    let Costs { travel, .. } = outcome.costs;
    let hours = travel / problem.weights.travel / HOUR as f64;
    println!(
        "  {} tasks left undone, {hours:.0} h of travel, {} iterations",
        outcome.plan.unserved.len(),
        outcome.iterations
    );
    Ok(())
}

/// The gap to the best known of each instance after ten seconds.
fn instances(folder: &Path) -> Result<()> {
    let best = fs::read_to_string(folder.join("best_known.csv")).context("best_known.csv")?;
    let mut gaps = Vec::new();
    for line in best.lines().skip(1) {
        let mut fields = line.split(',');
        let (Some(name), Some(best)) = (fields.next(), fields.next()) else { continue };
        let file: PathBuf = folder.join(format!("{name}.txt"));
        if !file.exists() {
            continue;
        }
        let instance = trsp::Instance::read(&fs::read_to_string(&file)?)?;
        let problem = instance.problem()?;
        let outcome = sound(&problem, solve(&problem, &within(10)))?;
        ensure!(outcome.plan.unserved.is_empty(), "{name}: requests left undone");
        let best: f64 = best.parse()?;
        row(&format!("{name}, 10 s, seed 1"), outcome.costs.work, best, "", false);
        gaps.push(100.0 * (outcome.costs.work / best - 1.0));
    }
    let mean = gaps.iter().sum::<f64>() / gaps.len().max(1) as f64;
    println!("  mean gap to the best known {mean:+.2} %, aim 1 %");
    Ok(())
}

fn sound(problem: &Problem, outcome: Result<Outcome, Vec<::dispatch::Fault>>) -> Result<Outcome> {
    let outcome = outcome.map_err(told)?;
    let breaches = check(problem, &outcome.plan);
    ensure!(breaches.is_empty(), "the plan breaks a rule: {}", breaches[0]);
    Ok(outcome)
}

fn told(faults: Vec<::dispatch::Fault>) -> anyhow::Error {
    anyhow::anyhow!("{}", faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))
}

/// A firm: workers at home all over a district 40 km across, weekdays from eight to five with an
/// hour at noon, four trades, tasks of 15 to 45 minutes, half of them with a window.
fn problem(workers: usize, tasks: usize, days: i64) -> Result<Problem> {
    let mut random = StdRng::seed_from_u64(20_260_301);
    let places = workers + tasks;
    let at: Vec<(f64, f64)> = (0..places)
        .map(|_| (random.random_range(0.0..40.0), random.random_range(0.0..40.0)))
        .collect();
    // 50 km/h, and a fifth more than the straight line.
    let time = |nth: usize| {
        let (a, b) = (at[nth / places], at[nth % places]);
        Some((a.0 - b.0).hypot(a.1 - b.1) * 1.2 / 50.0 * HOUR as f64)
    };
    let times: Vec<_> = (0..places * places).map(time).collect();
    let workdays: Vec<_> = (0..days).filter(|day| day % 7 < 5).collect();
    let hours = |day: i64, from: i64, to: i64| Window {
        from: day * DAY + from * HOUR,
        to: day * DAY + to * HOUR,
    };
    let pause = Pause { after: 6 * HOUR, length: 1200 };
    let limits = Limits {
        day: Some(10 * HOUR),
        week: Some(48 * HOUR),
        daily_rest: Some(11 * HOUR),
        pause: Some(pause),
        ordinary_week: Some(35 * HOUR),
        ..Limits::default()
    };
    let staff = (0..workers).map(|home| Worker {
        start: home,
        end: home,
        shifts: workdays
            .iter()
            .map(|&day| Shift {
                day: day as i32,
                week: (day / 7) as i32,
                windows: vec![hours(day, 8, 12), hours(day, 13, 17)],
            })
            .collect(),
        skills: (0..4).map(|_| u8::from(random.random_bool(0.6))).collect(),
        capacity: u64::MAX / 2,
        cost: 1.0,
        limits,
        ..Worker::default()
    });
    let staff = staff.collect();
    let jobs = (0..tasks).map(|nth| {
        let day = workdays[random.random_range(0..workdays.len())];
        let from = random.random_range(8..15);
        let windows = match random.random_range(0..4) {
            0 => vec![hours(day, from, from + 2)],
            1 => vec![hours(day, 8, 17)],
            _ => Vec::new(),
        };
        Job {
            place: workers + nth,
            duration: 900 * random.random_range(1..=3),
            windows,
            skills: vec![(random.random_range(0..4), 1)],
            interruptible: true,
            ..Job::default()
        }
    });
    Ok(Problem {
        now: 0,
        travel: Matrix::new(places, &times)?,
        workers: staff,
        jobs: jobs.collect(),
        depots: Vec::new(),
        taken: Vec::new(),
        weeks: Vec::new(),
        published: Vec::new(),
        weights: Weights::default(),
    })
}
