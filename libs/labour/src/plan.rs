//! What a plan's tasks are as work.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;

use crate::check::Worker;
use crate::law::{Kind, Rules};
use crate::local::day_of;
use crate::span::Span;

/// What is still to be worked of planned tasks: after `now`, beside what was done, and without the
/// breaks that they hold.
///
/// A task that is longer by itself than may be worked without a break holds one whenever it is due:
/// it is taken on the day, and no plan shows it. In a shorter task there is none, so between two of
/// them it must be planned. Of two tasks at once the first counts, then what the second lasts longer.
pub fn ahead(
    rules: &Rules,
    worker: Worker,
    zone: Tz,
    done: &[Span],
    tasks: &[Span],
    now: DateTime<Utc>,
) -> Vec<Span> {
    let mut tasks: Vec<Span> = tasks.iter().copied().filter(|task| task.from < task.to).collect();
    tasks.sort();
    let mut all: Vec<_> = done.iter().map(|span| Piece { span: *span, of: None }).collect();
    let mut from = now;
    for task in tasks {
        let left = left(Span::new(task.from.max(from), task.to), done);
        all.extend(left.into_iter().map(|span| Piece { span, of: Some(task) }));
        from = from.max(task.to);
    }
    all.sort_by_key(|piece| piece.span);
    let mut clock = Clock::default();
    for Piece { span, of } in all {
        let due = due(rules, worker, day_of(zone, span.from));
        clock.work(span, of, due);
    }
    clock.ahead
}

/// Work, and the task that it is of where it is still to be done.
struct Piece {
    span: Span,
    of: Option<Span>,
}

/// What of a task was not done yet.
fn left(task: Span, done: &[Span]) -> Vec<Span> {
    let mut left = Vec::new();
    let mut from = task.from;
    for done in done.iter().filter(|done| done.from < task.to && done.to > task.from) {
        if done.from > from {
            left.push(Span::new(from, done.from));
        }
        from = from.max(done.to);
    }
    if from < task.to {
        left.push(Span::new(from, task.to));
    }
    left
}

/// A break: due after so many seconds of work, and so many long.
#[derive(Clone, Copy)]
struct Due {
    after: i64,
    length: i64,
}

/// The break that is due to somebody on a day; none where no rule asks for it.
fn due(rules: &Rules, worker: Worker, day: NaiveDate) -> Option<Due> {
    let limits = rules.for_age(Some(worker.age(day)));
    let breaks = limits.filter_map(|limit| match limit.rule.kind {
        Kind::Break { after } => {
            Some(Due { after: i64::from(after) * 60, length: i64::from(limit.limit) * 60 })
        }
        _ => None,
    });
    breaks.min_by_key(|due| due.after)
}

/// How long somebody has worked without a break.
#[derive(Default)]
struct Clock {
    since: i64,
    end: Option<DateTime<Utc>>,
    ahead: Vec<Span>,
}

impl Clock {
    fn work(&mut self, span: Span, task: Option<Span>, due: Option<Due>) {
        let gap =
            |due: Due| self.end.is_some_and(|end| Span::new(end, span.from).seconds() < due.length);
        if !due.is_some_and(gap) {
            self.since = 0;
        }
        let Some(task) = task else { return self.go(span) };
        if let Some(due) = due.filter(|due| task.seconds() > due.after) {
            self.with_breaks(span, due);
        } else {
            self.go(span);
            self.ahead.push(span);
        }
    }

    fn with_breaks(&mut self, span: Span, due: Due) {
        let plus =
            |at: DateTime<Utc>, seconds| span.to.min(at + chrono::TimeDelta::seconds(seconds));
        let mut at = span.from;
        while at < span.to {
            let room = due.after - self.since;
            if room > 0 {
                let step = Span::new(at, plus(at, room));
                self.go(step);
                self.ahead.push(step);
                at = step.to;
            } else {
                let rest = Span::new(at, plus(at, due.length));
                // One that the task's end cuts short is whole only with what comes after it.
                if rest.seconds() == due.length {
                    self.since = 0;
                }
                at = rest.to;
            }
        }
    }

    fn go(&mut self, span: Span) {
        self.since += span.seconds();
        self.end = Some(self.end.map_or(span.to, |end| end.max(span.to)));
    }
}
