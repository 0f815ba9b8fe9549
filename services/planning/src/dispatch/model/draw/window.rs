//! When a search may place a task, or why it may not. No I/O.

use std::collections::{HashMap, HashSet};

use kernel::{TaskId, Timestamp};
use labour::Span;
use serde::{Deserialize, Serialize};
use solver::{Time, Window};
use utoipa::ToSchema;

use super::seconds;
use crate::dispatch::model::rules::{days_of, work, zone};
use crate::dispatch::model::scene::{Scene, Work};
use crate::law::hours;
use crate::schedule::model::Bound;
use crate::tasks::Task;

/// The night, from eight in the evening to seven in the morning, as minutes of the day it begins on.
const NIGHT: (u32, u32) = (20 * 60, 31 * 60);

/// Why a task cannot be placed at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LeftOut {
    /// It takes more than one day: its workers are put on it by hand.
    LongerThanADay,
    /// Its window is shorter than the work.
    WindowTooShort,
    /// Its window is past.
    WindowPast,
    /// Its window lies outside the days that are planned, or after what comes before it.
    WindowOutside,
}

/// When works may start, by their place in the scene; and those that cannot be placed at all.
type Windows = (Vec<(usize, Window)>, Vec<(TaskId, LeftOut)>);

/// When each of a scene's works may start, or why it may not.
pub(super) fn windows(scene: &Scene) -> Windows {
    let (mut windows, mut left_out) = (Vec::new(), Vec::new());
    let outside = outside(scene);
    for (at, work) in scene.works.iter().enumerate() {
        let after = outside.get(&work.task.id).copied();
        match in_time(scene, &work.task).and_then(|()| window(scene, work, after)) {
            Ok(window) => windows.push((at, window)),
            Err(why) => left_out.push((work.task.id, why)),
        }
    }
    (windows, left_out)
}

/// The tasks that a search may move: what cannot be placed stays with those who are on it.
pub fn placeable(scene: &Scene) -> Vec<TaskId> {
    windows(scene).0.into_iter().map(|(at, _)| scene.works[at].task.id).collect()
}

/// When what comes before tasks and is not placed itself lets them start.
fn outside(scene: &Scene) -> HashMap<TaskId, Time> {
    let placed: HashSet<TaskId> = scene.works.iter().map(|work| work.task.id).collect();
    let mut earliest: HashMap<TaskId, Time> = HashMap::new();
    for before in scene.befores.iter().filter(|b| !placed.contains(&b.predecessor)) {
        let from = seconds(before.ends_at) + i64::from(before.lag_min) * 60;
        let known = earliest.entry(before.successor).or_insert(from);
        *known = from.max(*known);
    }
    earliest
}

/// Whether a task is a search's: one of the night before its first day, by its hours or by those of
/// who is on it, is not.
fn in_time(scene: &Scene, task: &Task) -> Result<(), LeftOut> {
    let held = scene.people.iter().filter(|person| task.workers.contains(&person.id));
    let mut days = held.map(|person| person.day_at(scene.zone, task.starts_at));
    let before = task.starts_at < labour::midnight(scene.zone, scene.first)
        && days_of(task).1 >= scene.first;
    if before || days.any(|day| day.succ_opt() == Some(scene.first)) {
        return Err(LeftOut::WindowOutside);
    }
    Ok(())
}

/// When a task can start: not before `after`.
fn window(scene: &Scene, work: &Work, after: Option<Time>) -> Result<Window, LeftOut> {
    let task = &work.task;
    if !in_one_go(task) {
        return Err(LeftOut::LongerThanADay);
    }
    let duration = duration(work);
    let span = task.needs.window.map_or_else(|| usual(task), |window| (window.from, window.to));
    let (mut from, mut to) = (seconds(span.0), seconds(span.1) - duration);
    if to < from {
        return Err(LeftOut::WindowTooShort);
    }
    if let Some(at) = work.bound_at.map(seconds) {
        match work.bound {
            Bound::MustStartOn => (from, to) = (at, at),
            Bound::MustFinishOn => (from, to) = (at - duration, at - duration),
            Bound::StartNoLaterThan => to = to.min(at),
            Bound::FinishNoLaterThan => to = to.min(at - duration),
            Bound::FinishNoEarlierThan => from = from.max(at - duration),
            Bound::AsSoonAsPossible | Bound::AsLateAsPossible => {}
        }
    }
    if task.needs.appointment || scene.keep_times {
        (from, to) = (seconds(task.starts_at), seconds(task.starts_at));
    }
    if to < seconds(scene.now) {
        return Err(LeftOut::WindowPast);
    }
    from = from.max(seconds(labour::midnight(scene.zone, scene.first)));
    to = to.min(seconds(horizon_ends(scene)) - 1);
    from = from.max(after.unwrap_or(from));
    if to < from { Err(LeftOut::WindowOutside) } else { Ok(Window { from, to }) }
}

/// When a task is done without a window of its own: on its day, or in its night.
fn usual(task: &Task) -> (Timestamp, Timestamp) {
    let (first, last) = days_of(task);
    if first == last {
        let at = |day| labour::midnight(zone(task), day);
        return (at(first), at(first.succ_opt().unwrap_or(first)));
    }
    let (evening, morning) = NIGHT;
    let from = labour::minute_of(zone(task), first, evening);
    (from.min(task.starts_at), labour::minute_of(zone(task), first, morning).max(task.ends_at))
}

/// The end of a scene's last day, or of the night that somebody works then.
fn horizon_ends(scene: &Scene) -> Timestamp {
    let day = labour::midnight(scene.zone, scene.last.succ_opt().unwrap_or(scene.last));
    let last = scene.people.iter().filter_map(|it| it.hours_of(scene.zone, scene.last).pop());
    last.map(|hours| hours.to).fold(day, Timestamp::max)
}

/// Whether a task is worked on one day, or through the night between two: a search may place it.
pub fn in_one_go(task: &Task) -> bool {
    let (span, (first, last)) = (Span::new(task.starts_at, task.ends_at), days_of(task));
    let night = span.to - span.from <= hours::DAY;
    first == last || (night && hours::worked_through(span, work(task), zone(task)))
}

/// How long a task takes of each who does it.
pub fn duration(work: &Work) -> Time {
    let task = &work.task;
    let minutes = i64::from(task.duration_min) * 60;
    let span = (task.ends_at - task.starts_at).num_seconds();
    if minutes > 0 { minutes } else { span }
}
