//! Rest in weeks: a piece of it, long enough, between all that somebody works.

use crate::NEVER;
use crate::problem::{Problem, Time, WeeklyRest, Window, Worker};
use crate::search::state::State;

/// Whether each of some weeks that has planned work has its rest between what is worked, which is
/// in the order of its starts.
fn rests(problem: &Problem, due: WeeklyRest, planned: &[Window], busy: &[Window]) -> bool {
    let end = Window { from: NEVER, to: NEVER };
    let mut weeks = problem.weeks.iter().map(|week| week.span);
    weeks.all(|week| {
        let mut free = -NEVER;
        let mut rested = |window: &Window| {
            let rest = Window { from: free, to: window.from };
            free = free.max(window.to);
            rest.to - rest.from >= due.length && rest.overlap(week) >= due.within
        };
        planned.iter().all(|window| window.overlap(week) == 0)
            || busy.iter().chain([&end]).any(&mut rested)
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
    rests(problem, due, &shifts, &with(worker, &shifts))
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
        rests(problem, due, &planned, &with(worker, &planned))
    }
}
