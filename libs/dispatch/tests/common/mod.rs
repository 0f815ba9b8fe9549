//! Problems for the tests: a small town, an hour across, and days of eight to five.
#![allow(dead_code, clippy::unwrap_used)]

use dispatch::{
    Average, Certificate, Depot, Job, Limits, Matrix, Offer, Options, Pause, Plan, Problem, Shift,
    Taken, Week, WeeklyRest, Weights, Window, Worked, WorkedDay, Worker,
};

pub const HOUR: i64 = 3600;
pub const DAY: i64 = 24 * HOUR;

/// From one hour of a day to another.
pub fn hours(day: i64, from: f64, to: f64) -> Window {
    let at = |hour: f64| day * DAY + (hour * HOUR as f64) as i64;
    Window { from: at(from), to: at(to) }
}

/// A day with a pause at noon.
pub fn shift(day: i64) -> Shift {
    let windows = vec![hours(day, 8.0, 12.0), hours(day, 13.0, 17.0)];
    Shift { day: day as i32, week: (day / 7) as i32, windows }
}

/// A day in one piece.
pub fn whole(day: i64, from: f64, to: f64) -> Shift {
    Shift { day: day as i32, week: (day / 7) as i32, windows: vec![hours(day, from, to)] }
}

pub fn worker(place: usize, shifts: Vec<Shift>) -> Worker {
    Worker { start: place, end: place, shifts, cost: 1.0, capacity: 1000, ..Worker::default() }
}

pub fn job(place: usize, hours: f64) -> Job {
    Job { place, duration: (hours * HOUR as f64) as i64, ..Job::default() }
}

/// Places in a row, a quarter of an hour from one to the next.
pub fn row(places: usize) -> Matrix {
    let times = (0..places * places).map(|nth| {
        let (from, to) = (nth / places, nth % places);
        Some(from.abs_diff(to) as f64 * 900.0)
    });
    Matrix::new(places, &times.collect::<Vec<_>>()).unwrap()
}

pub fn problem(travel: Matrix, workers: Vec<Worker>, jobs: Vec<Job>) -> Problem {
    Problem {
        now: 0,
        travel,
        workers,
        jobs,
        depots: Vec::new(),
        taken: Vec::new(),
        weeks: weeks(),
        published: Vec::new(),
        weights: Weights::default(),
    }
}

/// The first weeks, and the one before.
pub fn weeks() -> Vec<Week> {
    let span = |week: i64| Window { from: 7 * week * DAY, to: 7 * (week + 1) * DAY };
    (-1..3).map(|week| Week { week: week as i32, span: span(week) }).collect()
}

/// A plan with an offer taken.
pub fn taken(plan: &Plan, offer: &Offer) -> Plan {
    let mut with = plan.clone();
    with.routes.retain(|it| !offer.team.contains(&(it.worker, it.shift)));
    with.routes.extend(offer.routes.clone());
    let job = |job: &usize| with.routes.iter().all(|route| !route.jobs().any(|it| it == *job));
    with.unserved = plan.unserved.iter().copied().filter(job).collect();
    with
}

pub fn quick(seed: u64) -> Options<'static> {
    Options { seed, limit: dispatch::Limit::Iterations(400), threads: 1, ..Options::default() }
}

/// Chance for problems.
pub struct Dice(pub u64);

impl Dice {
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((u128::from(self.0) * u128::from(bound)) >> 64) as u64
    }

    pub fn one_in(&mut self, many: u64) -> bool {
        self.below(many) == 0
    }
}

/// A problem with something of everything.
pub fn random(seed: u64, workers: usize, jobs: usize, days: i64) -> Problem {
    let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(seed));
    dice.below(2);
    let places = workers + jobs + 2;
    let at: Vec<_> = (0..places).map(|_| (dice.below(60) as f64, dice.below(60) as f64)).collect();
    let holes = dice.one_in(3);
    let times = (0..places * places).map(|nth| {
        let (a, b) = (at[nth / places], at[nth % places]);
        let hole = holes && nth % 53 == 7;
        (!hole).then(|| (a.0 - b.0).hypot(a.1 - b.1) * 55.5)
    });
    let travel = Matrix::new(places, &times.collect::<Vec<_>>()).unwrap();
    let strict = dice.one_in(2);
    let workers = (0..workers).map(|place| {
        let shifts = (0..days).filter(|_| !dice.one_in(8)).collect::<Vec<_>>();
        let shifts = shifts.into_iter().map(|day| match dice.below(4) {
            0 => whole(day, 7.0, 15.5),
            1 => whole(day, 9.0, 22.0),
            2 => whole(day, 8.0, 12.0),
            _ => shift(day),
        });
        let shifts: Vec<_> = shifts.collect();
        let limits = Limits {
            day: strict.then_some(8 * HOUR),
            week: strict.then_some(30 * HOUR),
            days_a_week: strict.then_some(5),
            average: strict.then_some(Average { weeks: 12, limit: 28 * HOUR }),
            daily_rest: Some(11 * HOUR),
            day_span: None,
            weekly_rest: None,
            pause: strict.then_some(Pause { after: 4 * HOUR, length: 1200 }),
            ordinary_week: Some(20 * HOUR),
        };
        Worker {
            skills: (0..3).map(|_| dice.below(4) as u8).collect(),
            certificates: vec![Certificate { kind: 0, until: dice.below(4) as i32 }],
            tools: (0..3).filter(|_| dice.one_in(2)).collect(),
            parts: (0..2).map(|_| dice.below(5) as u32).collect(),
            capacity: 20,
            limits,
            worked: Worked {
                weeks: (-11..1).map(|week| (week, 27 * HOUR)).collect(),
                neutral: Vec::new(),
                days: vec![WorkedDay {
                    day: -1,
                    week: 0,
                    work: 8 * HOUR,
                    span: hours(-1, 12.0, 21.0),
                }],
            },
            ..worker(place, shifts)
        }
    });
    let workers: Vec<_> = workers.collect();
    let all: Vec<_> = (0..jobs)
        .map(|nth| {
            let day = dice.below(days.unsigned_abs()).cast_signed();
            let windows = match dice.below(4) {
                0 => vec![hours(day, 8.0, 10.0), hours(day, 14.0, 16.0)],
                1 => vec![hours(day, 9.0, 15.0)],
                2 => vec![hours(0, 0.0, 24.0 * days as f64)],
                _ => Vec::new(),
            };
            Job {
                windows,
                skills: if dice.one_in(2) { vec![(dice.below(3) as usize, 1)] } else { Vec::new() },
                certificates: if dice.one_in(8) { vec![0] } else { Vec::new() },
                team: if dice.one_in(8) { 2 } else { 1 },
                tools: if dice.one_in(3) { vec![dice.below(3) as usize] } else { Vec::new() },
                parts: if dice.one_in(3) { vec![(dice.below(2) as usize, 1)] } else { Vec::new() },
                load: dice.below(6),
                priority: 1.0 + dice.below(3) as f64,
                due: dice.one_in(4).then(|| day * DAY + 12 * HOUR),
                preferred: if dice.one_in(4) { vec![0] } else { Vec::new() },
                only: if dice.one_in(12) { vec![0, 1] } else { Vec::new() },
                site: dice.one_in(2).then(|| dice.below(5) as usize),
                after: if nth > 0 && dice.one_in(8) { vec![nth - 1] } else { Vec::new() },
                interruptible: dice.one_in(3),
                ..job(workers.len() + nth, 0.25 + dice.below(10) as f64 / 4.0)
            }
        })
        .collect();
    let depot = |place, tools| Depot { place, duration: 600, tools, parts: None };
    let depots = vec![depot(places - 1, None), depot(places - 2, Some(vec![(0, 9), (1, 9)]))];
    Problem { depots, ..problem(travel, workers, all) }
}

/// The same with rest in weeks, work beside the plan, and depots whose tools are few and out for
/// other work.
pub fn richer(seed: u64, workers: usize, jobs: usize, days: i64) -> Problem {
    let mut problem = random(seed, workers, jobs, days);
    let mut dice = Dice(seed.rotate_left(17) ^ 0x5eed);
    dice.below(2);
    for worker in &mut problem.workers {
        let length = 35 * HOUR + dice.below(40).cast_signed() * HOUR;
        worker.limits.weekly_rest = dice.one_in(2).then_some(WeeklyRest { length, within: DAY });
        worker.limits.day_span = dice.one_in(2).then_some(13 * HOUR);
        if dice.one_in(2) {
            // Split shifts, the longest of which leave the rest in between.
            for (at, shift) in worker.shifts.iter_mut().enumerate() {
                let evening = [17.0, 18.0, 19.5][at % 3];
                let day = i64::from(shift.day);
                shift.windows = vec![hours(day, 4.0, 8.0), hours(day, evening, evening + 4.0)];
            }
        }
        if dice.one_in(2) {
            worker.worked.neutral = vec![(-3, 28 * HOUR), (0, 28 * HOUR / 5)];
            worker.worked.weeks.retain(|week| week.0 != -3);
        }
        for day in (-1..days + 3).filter(|_| dice.one_in(4)) {
            let span = hours(day, 18.0, 20.0);
            let (day, week) = (day as i32, day.div_euclid(7) as i32);
            worker.worked.days.retain(|known| known.day != day);
            worker.worked.days.push(WorkedDay { day, week, work: 2 * HOUR, span });
        }
    }
    if dice.one_in(2) {
        let few = |dice: &mut Dice| Some((0..3).map(|tool| (tool, dice.below(3) as u32)).collect());
        problem.depots.iter_mut().for_each(|depot| depot.tools = few(&mut dice));
        for at in 0..days.unsigned_abs() * 6 {
            let (day, depot, tool) = ((at / 6) as i32, (at % 2) as usize, (at / 2 % 3) as usize);
            let worker = dice.one_in(2).then(|| dice.below(workers as u64) as usize);
            if dice.one_in(4) {
                problem.taken.push(Taken { day, depot, tool, worker });
            }
        }
    }
    problem
}
