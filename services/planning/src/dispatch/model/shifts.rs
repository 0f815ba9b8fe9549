//! The days that people work, as a search knows them. No I/O.

use std::collections::HashSet;

use chrono::NaiveDate;
use kernel::TaskId;
use solver::{Shift, Window};

use super::days;
use super::draw::{day_number, seconds, week_number};
use super::person::Person;
use super::scene::Scene;

/// The days that somebody works: usual hours less absences and the tasks that stay where they are.
pub fn shifts(scene: &Scene, person: &Person, free: &HashSet<TaskId>) -> Vec<Shift> {
    if !person.active {
        return Vec::new();
    }
    let away = person.absences.iter().copied();
    let held = person.tasks.iter().filter(|held| !free.contains(&held.id));
    let mut busy: Vec<Window> = away
        .chain(held.map(|held| (held.from, held.to)))
        .map(|(from, to)| Window { from: seconds(from), to: seconds(to) })
        .collect();
    busy.sort_by_key(|window| (window.from, window.to));
    let all = scene.first.iter_days().take_while(|day| *day <= scene.last);
    let shift = |day: NaiveDate| {
        let hours = person.hours_of(day).into_iter().map(|hours| {
            let from = days::moment(scene.zone, day, hours.starts);
            let ends = if hours.ends > hours.starts { day } else { day.succ_opt().unwrap_or(day) };
            let to = days::moment(scene.zone, ends, hours.ends);
            Window { from: seconds(from), to: seconds(to) }
        });
        let windows = without(joined(hours.collect()), &busy);
        (!windows.is_empty()).then_some(Shift {
            day: day_number(day),
            week: week_number(day),
            windows,
        })
    };
    let mut shifts: Vec<Shift> = all.filter_map(shift).collect();
    // Hours over midnight that run into the next day's: the later begins when the first ends.
    for at in 1..shifts.len() {
        let end = shifts[at - 1].windows.last().map_or(0, |window| window.to);
        for window in &mut shifts[at].windows {
            window.from = window.from.max(end);
        }
        shifts[at].windows.retain(|window| window.from < window.to);
    }
    shifts.retain(|shift| !shift.windows.is_empty());
    shifts
}

/// Windows that touch or overlap as one.
fn joined(mut windows: Vec<Window>) -> Vec<Window> {
    windows.sort_by_key(|window| window.from);
    let mut joined: Vec<Window> = Vec::with_capacity(windows.len());
    for window in windows.into_iter().filter(|window| window.from < window.to) {
        match joined.last_mut() {
            Some(last) if window.from <= last.to => last.to = last.to.max(window.to),
            _ => joined.push(window),
        }
    }
    joined
}

/// What is left of windows without the busy ones, which are in order.
fn without(windows: Vec<Window>, busy: &[Window]) -> Vec<Window> {
    let mut left = Vec::new();
    for window in windows {
        let mut from = window.from;
        for taken in busy.iter().filter(|b| b.from < window.to && b.to > window.from) {
            if taken.from > from {
                left.push(Window { from, to: taken.from });
            }
            from = from.max(taken.to);
        }
        if from < window.to {
            left.push(Window { from, to: window.to });
        }
    }
    left
}
