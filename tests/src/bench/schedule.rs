//! The schedule engine on a plan of 10,000 tasks and 15,000 links, against a longest-path pass over
//! the same network as bare arrays: no calendars, no kinds of links, no dates.

use std::hint::black_box;
use std::time::{Duration, Instant};

use ::schedule::{
    Calendar, Constraint, Exception, Hours, Lag, LagCalendar, Link, LinkKind, Network, Plan,
    Progress, Task, Work,
};
use anyhow::{Context, Result};
use chrono::{Datelike, NaiveDate, NaiveTime, TimeDelta};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use crate::row;

const TASKS: usize = 10_000;
const LINKS: usize = 15_000;
/// Tasks come in so many layers; links lead from one to the next.
const LAYERS: usize = 100;
const RUNS: usize = 50;

pub(crate) fn run() -> Result<()> {
    let mut random = StdRng::seed_from_u64(20_260_105);
    let plan = plan(&mut random)?;
    let arrays = Arrays::new(&plan);
    let limit = median(RUNS, || arrays.longest_paths());
    let whole = median(RUNS, || Network::new(plan.clone()));
    row("10,000 tasks, whole schedule", millis(whole), millis(limit), "ms", false);

    let mut network = Network::new(plan)?;
    let any: Vec<_> = (0..RUNS).map(|_| random.random_range(0..TASKS)).collect();
    row("10,000 tasks, any task dragged", drag(&mut network, &any)?, millis(limit), "ms", false);
    let critical = |task: &usize| network.dates()[*task].is_some_and(|dates| dates.critical);
    let critical: Vec<_> = (0..TASKS).filter(critical).take(RUNS).collect();
    let moves = drag(&mut network, &critical)?;
    row("10,000 tasks, critical task dragged", moves, millis(limit), "ms", false);
    Ok(())
}

/// Drags each of these a week and back, and says what the middle one of all these moves took.
fn drag(network: &mut Network, tasks: &[usize]) -> Result<f64> {
    let mut times = Vec::with_capacity(2 * tasks.len());
    for &task in tasks {
        let dates = network.dates()[task].context("an active task")?;
        let mut edit = network.drag(task, dates.early_start + TimeDelta::weeks(1))?;
        for _ in 0..2 {
            let started = Instant::now();
            let change = network.edit(edit)?;
            times.push(started.elapsed());
            edit = change.undo;
        }
    }
    times.sort_unstable();
    Ok(millis(times[times.len() / 2]))
}

fn plan(random: &mut StdRng) -> Result<Plan> {
    let day = vec![Hours { from: 480, to: 720 }, Hours { from: 780, to: 1020 }];
    let week = std::array::from_fn(|weekday| if weekday < 5 { day.clone() } else { Vec::new() });
    let start = NaiveDate::from_ymd_opt(2026, 1, 5).context("a day")?;
    let holidays =
        (0..10).flat_map(|year| [(1, 1), (5, 1), (7, 14), (12, 25)].map(|on| (year, on)));
    let holidays = holidays.filter_map(|(year, (month, day))| {
        let on = NaiveDate::from_ymd_opt(start.year() + year, month, day)?;
        Some(Exception { name: "Férié".to_owned(), from: on, to: on, hours: Vec::new() })
    });
    let calendar = Calendar { name: "Chantier".to_owned(), week, exceptions: holidays.collect() };
    let tasks = (0..TASKS).map(|nth| Task {
        name: format!("Tâche {nth}"),
        parent: None,
        work: Work::Working(60 * random.random_range(1..=40)),
        calendar: None,
        constraint: Constraint::AsSoonAsPossible,
        deadline: None,
        progress: Progress::default(),
        splits: Vec::new(),
        inactive: false,
    });
    let tasks = tasks.collect();
    let layer = TASKS / LAYERS;
    let links = (0..LINKS).map(|_| {
        let from = random.random_range(0..TASKS - layer);
        let to = (from / layer + 1) * layer + random.random_range(0..layer);
        let kind = match random.random_range(0..10) {
            0 => LinkKind::StartToStart,
            1 => LinkKind::FinishToFinish,
            _ => LinkKind::FinishToStart,
        };
        Link { from, to, kind, lag: Lag::Working(60 * random.random_range(-4..=12).max(0)) }
    });
    Ok(Plan {
        start: start.and_time(NaiveTime::from_hms_opt(8, 0, 0).context("a time")?),
        status_at: None,
        calendars: vec![calendar],
        calendar: 0,
        lag_calendar: LagCalendar::Successor,
        tasks,
        links: links.collect(),
    })
}

/// The network as bare arrays, in an order that is topological as drawn.
struct Arrays {
    minutes: Vec<i64>,
    starts: Vec<usize>,
    before: Vec<usize>,
}

impl Arrays {
    fn new(plan: &Plan) -> Self {
        let mut links: Vec<_> = plan.links.iter().map(|link| (link.to, link.from)).collect();
        links.sort_unstable();
        let starts = (0..=TASKS).map(|task| links.partition_point(|link| link.0 < task)).collect();
        let minutes = plan.tasks.iter().map(|task| match task.work {
            Work::Working(minutes) | Work::Elapsed(minutes) => minutes,
        });
        let before = links.iter().map(|link| link.1).collect();
        Self { minutes: minutes.collect(), starts, before }
    }

    /// The earliest finish of each task, and the latest.
    fn longest_paths(&self) -> (Vec<i64>, Vec<i64>) {
        let mut early = vec![0; TASKS];
        for task in 0..TASKS {
            let before = &self.before[self.starts[task]..self.starts[task + 1]];
            let start = before.iter().map(|task| early[*task]).max().unwrap_or(0);
            early[task] = start + self.minutes[task];
        }
        let mut late = vec![early.iter().copied().max().unwrap_or(0); TASKS];
        for task in (0..TASKS).rev() {
            let start = late[task] - self.minutes[task];
            for before in &self.before[self.starts[task]..self.starts[task + 1]] {
                late[*before] = late[*before].min(start);
            }
        }
        (early, late)
    }
}

fn median<T>(runs: usize, call: impl Fn() -> T) -> Duration {
    let mut times: Vec<_> = (0..runs)
        .map(|_| {
            let started = Instant::now();
            let answer = black_box(call());
            let time = started.elapsed();
            drop(answer);
            time
        })
        .collect();
    times.sort_unstable();
    times[runs / 2]
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
