//! What it means that a link is kept.

use chrono::NaiveDateTime;
use proptest::prelude::*;
use schedule::{Constraint, Lag, LagCalendar, Link, LinkKind, Plan, Progress, Ruler, Work};

use super::draw;

/// When a task starts and finishes.
pub type Ends = (NaiveDateTime, NaiveDateTime);

/// A plan without hard dates, deadlines, progress or splits: nothing in it can be in the way of
/// anything.
pub fn feasible() -> impl Strategy<Value = Plan> {
    draw::plan().prop_map(|mut plan| {
        plan.status_at = None;
        for task in &mut plan.tasks {
            task.progress = Progress::default();
            task.deadline = None;
            task.splits = Vec::new();
            task.constraint = match task.constraint {
                soft @ (Constraint::StartNoEarlierThan(_) | Constraint::FinishNoEarlierThan(_)) => {
                    soft
                }
                _ => Constraint::AsSoonAsPossible,
            };
        }
        plan
    })
}

/// The calendar a task is worked by; none where it is the clock.
pub fn worked_by(plan: &Plan, task: usize) -> Option<usize> {
    let calendar = plan.tasks[task].calendar.unwrap_or(plan.calendar);
    matches!(plan.tasks[task].work, Work::Working(_)).then_some(calendar)
}

fn lagged(plan: &Plan, link: &Link, from: NaiveDateTime) -> NaiveDateTime {
    let calendar = match plan.lag_calendar {
        LagCalendar::Successor => plan.tasks[link.to].calendar.unwrap_or(plan.calendar),
        LagCalendar::Predecessor => plan.tasks[link.from].calendar.unwrap_or(plan.calendar),
        LagCalendar::Plan => plan.calendar,
    };
    let share = |work: i64, percent: i32| (work * i64::from(percent) + 50).div_euclid(100);
    let (minutes, elapsed) = match (link.lag, plan.tasks[link.from].work) {
        (Lag::Working(minutes), _) => (minutes, false),
        (Lag::Elapsed(minutes), _) => (minutes, true),
        (Lag::Percent(percent), Work::Working(work)) => (share(work, percent), false),
        (Lag::Percent(percent), Work::Elapsed(work)) => (share(work, percent), true),
    };
    if elapsed {
        from + chrono::TimeDelta::minutes(minutes)
    } else {
        Ruler::new(&plan.calendars[calendar]).unwrap().add(from, minutes).unwrap()
    }
}

/// Whether a link is kept: the successor's end is not before what the link asks, but for time in
/// which its calendar does not work.
pub fn keeps(plan: &Plan, link: &Link, before: Ends, after: Ends) -> bool {
    let from = match link.kind {
        LinkKind::FinishToStart | LinkKind::FinishToFinish => before.1,
        LinkKind::StartToStart | LinkKind::StartToFinish => before.0,
    };
    let to = match link.kind {
        LinkKind::FinishToStart | LinkKind::StartToStart => after.0,
        LinkKind::FinishToFinish | LinkKind::StartToFinish => after.1,
    };
    let asked = lagged(plan, link, from);
    let work =
        worked_by(plan, link.to).map(|calendar| Ruler::new(&plan.calendars[calendar]).unwrap());
    to >= asked || work.is_some_and(|ruler| ruler.between(to, asked) == 0)
}
