//! Whether a problem can be planned at all, and what is odd about it.

use crate::problem::{Problem, Shift, Window, Worker};

/// Most depots in a problem.
pub const MAX_DEPOTS: usize = 31;

/// Why a problem is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The matrix has not as many entries as its places ask for.
    #[error("a matrix of {places} places has {entries} entries")]
    MatrixSize {
        /// Its places.
        places: usize,
        /// Its entries.
        entries: usize,
    },
    /// A travel time is negative, infinite, not a number or too long.
    #[error("the travel time from place {from} to place {to} is {time}")]
    Travel {
        /// From where.
        from: usize,
        /// To where.
        to: usize,
        /// What stands there.
        time: String,
    },
    /// A worker is at fault.
    #[error("worker {worker}: {wrong}")]
    Worker {
        /// Who.
        worker: usize,
        /// What is wrong.
        wrong: Wrong,
    },
    /// A job is at fault.
    #[error("job {job}: {wrong}")]
    Job {
        /// Which.
        job: usize,
        /// What is wrong.
        wrong: Wrong,
    },
    /// A depot is at fault.
    #[error("depot {depot}: {wrong}")]
    Depot {
        /// Which.
        depot: usize,
        /// What is wrong.
        wrong: Wrong,
    },
    /// A week ends before it begins, or before the one before it ends.
    #[error("week {0} ends before it begins, or begins before the one before it ends")]
    Week(i32),
    /// There are more depots than [`MAX_DEPOTS`].
    #[error("{0} depots are too many")]
    Depots(usize),
    /// Each of these jobs comes after the one before it, and the first after the last.
    #[error("jobs wait for each other in a circle: {0:?}")]
    Circle(Vec<usize>),
    /// The published plan speaks of what is not there.
    #[error("entry {entry} of the published plan: {wrong}")]
    Published {
        /// Which entry.
        entry: usize,
        /// What is wrong.
        wrong: Wrong,
    },
    /// A tool that is out for other work is of what is not there.
    #[error("entry {entry} of the tools that are out: {wrong}")]
    Taken {
        /// Which entry.
        entry: usize,
        /// What is wrong.
        wrong: Wrong,
    },
    /// A weight is negative or not a number.
    #[error("the weight of {0} is negative or not a number")]
    Weight(&'static str),
}

/// What is wrong with a worker, a job or a depot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    /// It names a place that the matrix does not know.
    #[error("place {0} is not in the matrix")]
    Place(usize),
    /// It names a worker who is not there.
    #[error("there is no worker {0}")]
    NoWorker(usize),
    /// It names a job that is not there.
    #[error("there is no job {0}")]
    NoJob(usize),
    /// It names a depot that is not there.
    #[error("there is no depot {0}")]
    NoDepot(usize),
    /// A window ends before it begins, or before the one before it ends.
    #[error("window {0} ends before it begins, or begins before the one before it ends")]
    Windows(usize),
    /// A shift has no window, begins before the one before it ends, or on the same day.
    #[error("shift {0} is empty, or begins before the one before it ends or on the same day")]
    Shift(usize),
    /// Weekly rest is to be kept in a week whose span is not told.
    #[error("when week {0} begins and ends is not told")]
    NoWeek(i32),
    /// All its windows are past.
    #[error("all its windows are past")]
    Past,
    /// A length of time is negative.
    #[error("a length of time is negative")]
    Negative,
    /// A figure is negative or not a number.
    #[error("a figure is negative or not a number")]
    Figure,
    /// Nobody is asked for.
    #[error("a team of nobody")]
    NoTeam,
    /// Fewer workers may do it than the team is large.
    #[error("a team of {team}, and only {may} may do it")]
    SmallTeam {
        /// The team.
        team: u8,
        /// Who may.
        may: usize,
    },
}

/// What is odd, and planned nevertheless.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Note {
    /// A worker has no working time in the horizon.
    #[error("worker {0} has no working time")]
    Idle(usize),
    /// A shift is over; it takes no work.
    #[error("worker {worker}: shift {shift} is past")]
    PastShift {
        /// Who.
        worker: usize,
        /// Which shift.
        shift: usize,
    },
    /// A job has windows that are past; the others count.
    #[error("job {0} has windows that are past")]
    PastWindows(usize),
    /// No way is known between some places.
    #[error("{0} entries of the matrix are holes")]
    Holes(usize),
    /// No way leads from any place where a worker starts to this job.
    #[error("no way leads to job {0}")]
    Unreachable(usize),
}

impl Problem {
    /// What is odd about the problem, or every reason to refuse it.
    pub fn check(&self) -> Result<Vec<Note>, Vec<Fault>> {
        let mut faults = Vec::new();
        for (worker, it) in self.workers.iter().enumerate() {
            let wrong = self.worker(it);
            faults.extend(wrong.map(|wrong| Fault::Worker { worker, wrong }));
        }
        for job in 0..self.jobs.len() {
            faults.extend(self.job(job).map(|wrong| Fault::Job { job, wrong }));
        }
        if self.depots.len() > MAX_DEPOTS {
            faults.push(Fault::Depots(self.depots.len()));
        }
        for (depot, it) in self.depots.iter().enumerate() {
            let wrong = if it.place >= self.travel.places() {
                Wrong::Place(it.place)
            } else if it.duration < 0 {
                Wrong::Negative
            } else {
                continue;
            };
            faults.push(Fault::Depot { depot, wrong });
        }
        let spans: Vec<_> = self.weeks.iter().map(|week| week.span).collect();
        if let Some(Wrong::Windows(nth)) = disorder(&spans) {
            faults.push(Fault::Week(self.weeks[nth].week));
        }
        for (entry, told) in self.published.iter().enumerate() {
            let unknown = told.workers.iter().find(|who| **who >= self.workers.len());
            let wrong = match unknown {
                _ if told.job >= self.jobs.len() => Wrong::NoJob(told.job),
                Some(who) => Wrong::NoWorker(*who),
                None => continue,
            };
            faults.push(Fault::Published { entry, wrong });
        }
        for (entry, taken) in self.taken.iter().enumerate() {
            let wrong = match taken.worker {
                _ if taken.depot >= self.depots.len() => Wrong::NoDepot(taken.depot),
                Some(who) if who >= self.workers.len() => Wrong::NoWorker(who),
                _ => continue,
            };
            faults.push(Fault::Taken { entry, wrong });
        }
        faults.extend(self.weights.faulty().map(Fault::Weight));
        if faults.is_empty() {
            faults.extend(self.circle().map(Fault::Circle));
        }
        if faults.is_empty() { Ok(self.notes()) } else { Err(faults) }
    }

    fn worker(&self, worker: &Worker) -> Option<Wrong> {
        for place in [worker.start, worker.end] {
            if place >= self.travel.places() {
                return Some(Wrong::Place(place));
            }
        }
        let mut before: Option<&Shift> = None;
        for (nth, shift) in worker.shifts.iter().enumerate() {
            if let Some(wrong) = disorder(&shift.windows) {
                return Some(wrong);
            }
            let Some(span) = shift.span() else { return Some(Wrong::Shift(nth)) };
            let early = before.is_some_and(|before| {
                let end = before.span().map_or(span.from, |span| span.to);
                before.day >= shift.day || before.week > shift.week || end > span.from
            });
            if early {
                return Some(Wrong::Shift(nth));
            }
            before = Some(shift);
        }
        let limits = &worker.limits;
        let pause = limits.pause.map(|pause| [pause.after, pause.length]);
        let average = limits.average.map(|average| average.limit);
        let weekly = limits.weekly_rest.map(|rest| [rest.length, rest.within]);
        let days = [limits.day, limits.daily_rest, limits.day_span];
        let lengths = days.into_iter().chain([limits.week, limits.ordinary_week, average]);
        let pairs = pause.into_iter().chain(weekly).flatten();
        let lengths = lengths.flatten().chain(pairs);
        let weeks = worker.worked.weeks.iter().chain(&worker.worked.neutral);
        let before_it = weeks.map(|week| week.1);
        let before_it = before_it.chain(worker.worked.days.iter().map(|day| day.work));
        if lengths.chain(before_it).any(|length| length < 0) {
            return Some(Wrong::Negative);
        }
        if let Some(nth) = worker.worked.days.iter().position(|day| day.span.to < day.span.from) {
            return Some(Wrong::Windows(nth));
        }
        let told = |shift: &&Shift| self.weeks.iter().any(|week| week.week == shift.week);
        let untold = worker.shifts.iter().find(|shift| !told(shift));
        if let (Some(_), Some(shift)) = (limits.weekly_rest, untold) {
            return Some(Wrong::NoWeek(shift.week));
        }
        let odd = !worker.cost.is_finite() || worker.cost < 0.0;
        let no_average = limits.average.is_some_and(|average| average.weeks == 0);
        let no_work = limits.pause.is_some_and(|pause| pause.after == 0);
        (odd || no_average || no_work).then_some(Wrong::Figure)
    }

    fn job(&self, nth: usize) -> Option<Wrong> {
        let job = &self.jobs[nth];
        if job.place >= self.travel.places() {
            return Some(Wrong::Place(job.place));
        }
        if job.duration < 0 {
            return Some(Wrong::Negative);
        }
        if !job.priority.is_finite() || job.priority < 0.0 {
            return Some(Wrong::Figure);
        }
        if let Some(wrong) = disorder(&job.windows) {
            return Some(wrong);
        }
        if job.windows.last().is_some_and(|last| last.to < self.now) {
            return Some(Wrong::Past);
        }
        let workers = job.only.iter().chain(&job.preferred);
        if let Some(who) = workers.into_iter().find(|who| **who >= self.workers.len()) {
            return Some(Wrong::NoWorker(*who));
        }
        if let Some(other) = job.after.iter().find(|other| **other >= self.jobs.len()) {
            return Some(Wrong::NoJob(*other));
        }
        if job.team == 0 {
            return Some(Wrong::NoTeam);
        }
        let small = !job.only.is_empty() && job.only.len() < usize::from(job.team);
        small.then_some(Wrong::SmallTeam { team: job.team, may: job.only.len() })
    }

    /// Jobs that wait for each other in a circle.
    fn circle(&self) -> Option<Vec<usize>> {
        // 0: not seen, 1: on the way from the job we began with, 2: no circle behind it.
        let mut state = vec![0_u8; self.jobs.len()];
        for first in 0..self.jobs.len() {
            let mut way = vec![(first, 0)];
            if state[first] != 0 {
                continue;
            }
            state[first] = 1;
            while let Some((job, next)) = way.last_mut() {
                let Some(&before) = self.jobs[*job].after.get(*next) else {
                    state[*job] = 2;
                    way.pop();
                    continue;
                };
                *next += 1;
                match state[before] {
                    0 => {
                        state[before] = 1;
                        way.push((before, 0));
                    }
                    1 => {
                        let jobs = way.iter().map(|(job, _)| *job);
                        return Some(jobs.skip_while(|job| *job != before).collect());
                    }
                    _ => {}
                }
            }
        }
        None
    }

    fn notes(&self) -> Vec<Note> {
        let mut notes = Vec::new();
        for (worker, it) in self.workers.iter().enumerate() {
            if it.shifts.is_empty() {
                notes.push(Note::Idle(worker));
            }
            let past = |shift: &Shift| shift.span().is_some_and(|span| span.to <= self.now);
            let over = it.shifts.iter().enumerate().filter(|(_, shift)| past(shift));
            notes.extend(over.map(|(shift, _)| Note::PastShift { worker, shift }));
        }
        for (job, it) in self.jobs.iter().enumerate() {
            if it.windows.first().is_some_and(|window| window.to < self.now) {
                notes.push(Note::PastWindows(job));
            }
            let reached = |worker: &Worker| self.travel.between(worker.start, it.place).is_some();
            if !self.workers.iter().any(reached) {
                notes.push(Note::Unreachable(job));
            }
        }
        let holes = self.travel.holes();
        if holes > 0 {
            notes.push(Note::Holes(holes));
        }
        notes
    }
}

fn disorder(windows: &[Window]) -> Option<Wrong> {
    let backwards = windows.iter().position(|window| window.to < window.from);
    let overlap = || windows.windows(2).position(|pair| pair[1].from < pair[0].to);
    backwards.or_else(|| overlap().map(|nth| nth + 1)).map(Wrong::Windows)
}

impl crate::problem::Weights {
    /// The first weight that is negative or not a number.
    fn faulty(&self) -> Option<&'static str> {
        let weights = [
            ("travel", self.travel),
            ("work", self.work),
            ("overtime", self.overtime),
            ("lateness", self.lateness),
            ("unserved", self.unserved),
            ("preferred", self.preferred),
            ("continuity", self.continuity),
            ("fairness", self.fairness),
            ("change", self.change),
            ("shift", self.shift),
        ];
        weights.into_iter().find(|(_, it)| !it.is_finite() || *it < 0.0).map(|(name, _)| name)
    }
}
