//! From what people wrote to what the passes compute with; what cannot be scheduled is refused here.

use chrono::NaiveDateTime;

use super::graph::Graph;
use super::{CLOCK, Job, NEVER_AFTER, NEVER_BEFORE, Network, Span, State, begin, end, open};
use crate::moment::{END, FIRST, YEARS, minute};
use crate::plan::{Constraint, Link, Plan, Refused, Task, Work};
use crate::ruler::Ruler;

/// The clock and the plan's calendars.
pub(super) fn rulers(plan: &Plan) -> Result<Vec<Ruler>, Refused> {
    let mut rulers = vec![Ruler::clock()];
    for (place, calendar) in plan.calendars.iter().enumerate() {
        rulers.push(Ruler::new(calendar).map_err(|_| Refused::Hours(place))?);
    }
    Ok(rulers)
}

impl Network {
    /// Compiles all tasks and links.
    pub(super) fn compile(&mut self) -> Result<(), Refused> {
        let tasks = self.plan.tasks.len();
        let mut states = Vec::with_capacity(tasks);
        for (place, task) in self.plan.tasks.iter().enumerate() {
            if task.parent.is_some_and(|parent| parent >= place) {
                return Err(Refused::Reference(place));
            }
            let outer = task.parent.map(|parent| states[parent]);
            let off = task.inactive || outer == Some(State::Off);
            states.push(if off { State::Off } else { State::Waiting });
        }
        let mut holds = vec![None; tasks];
        for (place, task) in self.plan.tasks.iter().enumerate().rev() {
            match holds[place] {
                Some(true) => states[place] = State::Summary,
                Some(false) => states[place] = State::Off,
                None => {}
            }
            if let Some(parent) = task.parent {
                let on = states[place] != State::Off;
                holds[parent] = Some(on || holds[parent] == Some(true));
            }
        }
        self.jobs.clear();
        for (place, state) in states.into_iter().enumerate() {
            self.jobs.push(self.job(place, state)?);
        }
        for place in (0..tasks).rev() {
            if let Some(parent) = self.plan.tasks[place].parent {
                self.jobs[parent].begun |= self.jobs[place].begun;
            }
        }
        self.arcs.clear();
        for place in 0..self.links.len() {
            let arc = match self.links[place] {
                Some(link) => Some(self.check(place, &link).and_then(|()| self.arc(place, &link))?),
                None => None,
            };
            self.arcs.push(arc);
        }
        self.graph = Graph::new(&self.plan.tasks, &self.jobs, &self.arcs)?;
        Ok(())
    }

    pub(super) fn check(&self, place: usize, link: &Link) -> Result<(), Refused> {
        let tasks = &self.plan.tasks;
        if link.from.max(link.to) >= tasks.len() {
            return Err(Refused::Link(place));
        }
        let above = |task: usize| std::iter::successors(Some(task), |task| tasks[*task].parent);
        if above(link.from).any(|task| task == link.to)
            || above(link.to).any(|task| task == link.from)
        {
            return Err(Refused::Link(place));
        }
        Ok(())
    }

    /// Compiles a task that is known to be off, to hold others, or to be work.
    pub(super) fn job(&self, place: usize, state: State) -> Result<Job, Refused> {
        let task = &self.plan.tasks[place];
        let calendar = task.calendar.unwrap_or(self.plan.calendar) + 1;
        let known = self.rulers.get(calendar).ok_or(Refused::Reference(place))?;
        if !known.works() {
            return Err(Refused::NoWorkingTime(calendar - 1));
        }
        check_years(place, task)?;
        let work = Effort::of(place, task)?;
        let start = year(place, self.plan.start)?;
        let (ruler, state) = match state {
            State::Summary => (CLOCK, state),
            State::Waiting => match (task.progress.started_at, task.progress.finished_at) {
                (_, Some(_)) => (CLOCK, State::Done),
                (Some(_), None) if work.span == 0 => (CLOCK, State::Done),
                (Some(at), None) => (work.ruler(calendar), State::Begun(minute(at))),
                (None, None) => (work.ruler(calendar), state),
            },
            state => (CLOCK, state),
        };
        let origin = self.rulers[ruler].ceil(start);
        let mut job = Job {
            state,
            begun: matches!(state, State::Begun(_) | State::Done),
            ruler,
            calendar,
            span: work.span,
            rest: work.span,
            origin,
            free: origin,
            floor: NEVER_BEFORE,
            ceiling: NEVER_AFTER,
            resume: NEVER_BEFORE,
            cap: NEVER_AFTER,
            pinned: false,
            late: false,
            fixed: Span { start: NEVER_AFTER, finish: NEVER_AFTER },
        };
        match state {
            State::Off => {}
            State::Summary => self.bind_summary(&mut job, task),
            State::Waiting => self.bind(&mut job, task),
            State::Begun(at) => {
                self.bind(&mut job, task);
                self.go_on(&mut job, task, &work, at);
            }
            State::Done => done(&mut job, task, &self.rulers[work.ruler(calendar)]),
        }
        Ok(job)
    }

    /// What a constraint, a deadline and the status date ask of a task.
    fn bind(&self, job: &mut Job, task: &Task) {
        let (ruler, span) = (&self.rulers[job.ruler], job.span);
        let starts = |at| open(ruler.ceil(minute(at)), span);
        let finishes = |at| begin(ruler.ceil(minute(at)), span);
        let by = |at| ruler.floor(minute(at));
        match task.constraint {
            Constraint::AsSoonAsPossible => {}
            Constraint::AsLateAsPossible => job.late = job.state == State::Waiting,
            Constraint::StartNoEarlierThan(at) => {
                job.floor = starts(at);
                job.free = job.floor;
            }
            Constraint::FinishNoEarlierThan(at) => {
                job.floor = finishes(at);
                job.free = job.floor;
            }
            Constraint::StartNoLaterThan(at) => {
                job.ceiling = starts(at);
                job.cap = end(by(at), span);
            }
            Constraint::FinishNoLaterThan(at) => {
                job.ceiling = finishes(at);
                job.cap = by(at);
            }
            Constraint::MustStartOn(at) => {
                (job.floor, job.ceiling) = (starts(at), starts(at));
                (job.cap, job.pinned) = (end(by(at), span), true);
            }
            Constraint::MustFinishOn(at) => {
                (job.floor, job.ceiling) = (finishes(at), finishes(at));
                (job.cap, job.pinned) = (by(at), true);
            }
        }
        if let Some(at) = task.deadline {
            job.cap = job.cap.min(by(at));
        }
        if let Some(at) = self.plan.status_at {
            job.resume = starts(at);
        }
    }

    /// A summary knows two constraints, as in Microsoft Project: start no earlier than, which binds
    /// all it holds, and finish no later than, which like a deadline binds their late dates.
    fn bind_summary(&self, job: &mut Job, task: &Task) {
        let place = |at| 2 * minute(at);
        match task.constraint {
            Constraint::StartNoEarlierThan(at) => job.floor = place(at).max(place(self.plan.start)),
            Constraint::FinishNoLaterThan(at) => job.cap = place(at),
            _ => {}
        }
        if let Some(at) = task.deadline {
            job.cap = job.cap.min(place(at));
        }
    }

    /// The dates of a task under way: what is done stays where it is, what is left goes on at the
    /// status date or after, and a finish-no-earlier-than constraint still holds.
    fn go_on(&self, job: &mut Job, task: &Task, work: &Effort, at: i64) {
        let ruler = &self.rulers[job.ruler];
        let (done, rest) = work.split(task.progress.done);
        let status = self.plan.status_at.map_or(NEVER_BEFORE, |at| ruler.count(minute(at)));
        let resumed = (ruler.count(at) + done).max(status);
        let mut finish = 2 * (resumed + rest);
        if let Constraint::FinishNoEarlierThan(at) = task.constraint {
            finish = finish.max(2 * ruler.count(minute(at)));
        }
        job.rest = rest;
        job.fixed = Span { start: ruler.ceil(at), finish };
    }
}

/// How much there is to do, and when it pauses.
struct Effort<'a> {
    elapsed: bool,
    minutes: i64,
    pauses: &'a [(i64, i64)],
    /// With its pauses.
    span: i64,
}

impl<'a> Effort<'a> {
    fn of(place: usize, task: &'a Task) -> Result<Self, Refused> {
        let (elapsed, minutes) = match task.work {
            Work::Working(minutes) => (false, minutes),
            Work::Elapsed(minutes) => (true, minutes),
        };
        let known = |minutes: i64| (0..=YEARS).contains(&minutes);
        let pauses = &task.splits;
        let kept = pauses.iter().all(|(after, pause)| known(*after) && known(*pause));
        if !known(minutes) || !kept || task.progress.done < 0 {
            return Err(Refused::Duration(place));
        }
        let mut effort = Self { elapsed, minutes, pauses, span: minutes };
        effort.span += effort.pauses_from(1);
        if effort.span > YEARS { Err(Refused::Duration(place)) } else { Ok(effort) }
    }

    /// The pauses after this much work and before the end of it.
    fn pauses_from(&self, done: i64) -> i64 {
        let within = done..self.minutes;
        self.pauses.iter().filter(|(after, _)| within.contains(after)).map(|(_, pause)| pause).sum()
    }

    /// The minutes from its start to where it stands, and from there to its finish.
    fn split(&self, done: i64) -> (i64, i64) {
        let left = (self.minutes - done).max(0);
        let rest = left + self.pauses_from(done.max(1));
        (self.span - rest, rest)
    }

    /// Whose time it takes.
    fn ruler(&self, calendar: usize) -> usize {
        if self.elapsed { CLOCK } else { calendar }
    }
}

/// What is done lies where it was done; of a task whose start nobody noted, where its work says.
fn done(job: &mut Job, task: &Task, ruler: &Ruler) {
    let (started, finished) = (task.progress.started_at, task.progress.finished_at);
    let Some(finish) = finished.or(started).map(minute) else { return };
    let start = match started {
        Some(at) => minute(at).min(finish),
        None => ruler.wall(begin(ruler.ceil(finish), job.span)),
    };
    (job.rest, job.fixed) = (0, Span { start: 2 * start, finish: 2 * finish });
}

/// The minute of a date of a task, within the years we look at.
fn year(place: usize, at: NaiveDateTime) -> Result<i64, Refused> {
    let minute = minute(at);
    if (FIRST..=END).contains(&minute) { Ok(minute) } else { Err(Refused::Years(place)) }
}

fn check_years(place: usize, task: &Task) -> Result<(), Refused> {
    let progress = task.progress;
    let dates = [task.constraint.date(), task.deadline, progress.started_at, progress.finished_at];
    dates.into_iter().flatten().try_for_each(|at| year(place, at).map(drop))
}
