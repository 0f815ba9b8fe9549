//! Rest in weeks: a piece of it, long enough, between all that somebody works.

use crate::NEVER;
use crate::problem::{Problem, Time, WeeklyRest, Window, Worker};
use crate::search::state::State;

/// Whether each week has its rest between what is worked. Weeks that have no planned work count where
/// it is so near that it may end their rest, unless they have none without it.
fn rests(problem: &Problem, due: WeeklyRest, worker: &Worker, planned: &[Window]) -> bool {
    let busy = with(worker, planned);
    let mut weeks = problem.weeks.iter().map(|week| week.span);
    weeks.all(|week| {
        let near = Window { from: week.from - due.length, to: week.to + due.length };
        let touches = |span: Window| planned.iter().any(|window| window.overlap(span) > 0);
        !touches(near)
            || rested(week, due, &busy)
            || (!touches(week) && !rested(week, due, &with(worker, &[])))
    })
}

/// Whether a week has its rest between what is worked, which is in the order of its starts.
fn rested(week: Window, due: WeeklyRest, busy: &[Window]) -> bool {
    let end = Window { from: NEVER, to: NEVER };
    let mut free = -NEVER;
    busy.iter().chain([&end]).any(|window| {
        let rest = Window { from: free, to: window.from };
        free = free.max(window.to);
        rest.to - rest.from >= due.length && rest.overlap(week) >= due.within
    })
}

/// From when to when somebody may work on a day that has work beside the plan: the whole of it is no
/// longer than a day may be, or a rest lies between the two.
pub(crate) fn within(worker: &Worker, day: i32, shift: Window) -> Window {
    let Some(most) = worker.limits.day_span else { return shift };
    let rest = worker.limits.daily_rest.unwrap_or(NEVER);
    let beside = worker.worked.days.iter().filter(|it| it.day == day).map(|it| it.span);
    beside.fold(shift, |shift, it| {
        let with = Window { from: it.to - most, to: it.from + most };
        let before = Window { from: -NEVER, to: it.from - rest };
        let after = Window { from: it.to + rest, to: NEVER };
        let part =
            |may: Window| Window { from: shift.from.max(may.from), to: shift.to.min(may.to) };
        let parts = [with, before, after].map(part);
        parts.into_iter().max_by_key(|it| it.to - it.from).unwrap_or(shift)
    })
}

/// All that is worked, with what is planned.
fn with(worker: &Worker, planned: &[Window]) -> Vec<Window> {
    let beside = worker.worked.days.iter().map(|day| day.span);
    let mut busy: Vec<_> = planned.iter().copied().chain(beside).collect();
    busy.sort_unstable_by_key(|window| window.from);
    busy
}

/// From when to when somebody may work on a day for the rest that lies between it and the work
/// beside the plan on others.
pub(crate) fn between(worker: &Worker, day: i32) -> Window {
    let rest = worker.limits.daily_rest.unwrap_or(0);
    let days = || worker.worked.days.iter();
    let before = days().filter(|it| it.day < day).map(|it| it.span.to + rest).max();
    let after = days().filter(|it| it.day > day).map(|it| it.span.from - rest).min();
    Window { from: before.unwrap_or(-NEVER), to: after.unwrap_or(NEVER) }
}

/// Whether weekly rest is kept even by somebody who works all of every shift.
pub(crate) fn always(problem: &Problem, worker: &Worker) -> bool {
    let Some(due) = worker.limits.weekly_rest else { return true };
    let shifts: Vec<_> = worker.shifts.iter().filter_map(crate::Shift::span).collect();
    rests(problem, due, worker, &shifts)
}

impl State<'_> {
    /// Whether a worker's weeks keep their rest when a day becomes so.
    pub fn weeks_rest(&self, row: usize, leave: Time, back: Time) -> bool {
        let (problem, who) = (self.inst.problem, self.inst.rows[row].worker as usize);
        let (person, worker) = (&self.inst.people[who], &problem.workers[who]);
        let Some(due) = worker.limits.weekly_rest.filter(|_| !person.week_rested) else {
            return true;
        };
        let first = person.first_row as usize;
        let mut planned = Vec::with_capacity(person.rows as usize);
        for (nth, tour) in (first..).zip(&self.tours[first..first + person.rows as usize]) {
            if nth == row {
                planned.push(Window { from: leave, to: back });
            } else if !tour.nodes.is_empty() {
                planned.push(Window { from: tour.timing.leave, to: tour.timing.back });
            }
        }
        rests(problem, due, worker, &planned)
    }
}
