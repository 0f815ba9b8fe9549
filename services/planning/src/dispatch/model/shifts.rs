//! The days that people work, as a search knows them. No I/O.

use std::collections::{BTreeMap, HashSet};

use chrono::NaiveDate;
use kernel::TaskId;
use solver::{Shift, Time, Window};

use super::draw::{day_number, seconds, week_number, week_of};
use super::person::{Held, Person};
use super::scene::Scene;

/// The days that somebody works: usual hours less absences, nights in which the law lets them not
/// work, and the tasks that stay where they are.
pub fn shifts(scene: &Scene, person: &Person, free: &HashSet<TaskId>) -> Vec<Shift> {
    if !person.active {
        return Vec::new();
    }
    let busy = busy(scene, person, free);
    let all = scene.first.iter_days().take_while(|day| *day <= scene.last);
    let shift = |day: NaiveDate| {
        let hours = person.hours_of(scene.zone, day).into_iter();
        let hours = hours.map(|h| Window { from: seconds(h.from), to: seconds(h.to) });
        let windows = without(joined(hours.collect()), &busy);
        (!windows.is_empty()).then_some(Shift {
            day: day_number(day),
            week: week_number(day),
            windows,
        })
    };
    let mut shifts: Vec<Shift> = all.filter_map(shift).collect();
    apart(&mut shifts);
    shifts
}

/// The law limits the work of a calendar day, a search that of a shift: where the night before
/// reaches into a day, the hours of its evening begin so much later, and the night ends so much
/// earlier before what holds somebody that day, that both together are no more.
pub fn by_calendar(scene: &Scene, person: &Person, mut shifts: Vec<Shift>) -> Vec<Shift> {
    let Some(bounds) = scene.limits.get(&person.id) else { return shifts };
    let Some(most) = bounds.limits.day else { return shifts };
    let mut before: Option<(i32, Time)> = None;
    for shift in &mut shifts {
        let held = |day| {
            let held = bounds.worked.days.iter().filter(|it| it.day == day);
            held.map(|it| it.work).sum::<Time>()
        };
        let midnight = midnight_after(scene, shift.day);
        let next = held(shift.day + 1);
        let mut over = night_of(scene, shift) + next - most;
        for window in shift.windows.iter_mut().rev() {
            let night = (window.to - window.from.max(midnight)).max(0);
            let cut = if next > 0 { over.clamp(0, night) } else { 0 };
            (window.to, over) = (window.to - cut, over - cut);
        }
        let known = bounds.nights_before.get(&shift.day).copied().unwrap_or(0);
        let night = known + before.filter(|(day, _)| *day == shift.day).map_or(0, |it| it.1);
        let evening = |window: &Window| (window.to.min(midnight) - window.from).max(0);
        let evenings = shift.windows.iter().map(evening).sum::<Time>();
        let mut over = night + held(shift.day) + evenings - most;
        for window in &mut shift.windows {
            let cut = if night > 0 { over.clamp(0, evening(window)) } else { 0 };
            (window.from, over) = (window.from + cut, over - cut);
        }
        before = Some((shift.day + 1, night_of(scene, shift)));
        shift.windows.retain(|window| window.from < window.to);
    }
    shifts.retain(|shift| !shift.windows.is_empty());
    shifts
}

/// The end of a day of the scene's zone.
fn midnight_after(scene: &Scene, day: i32) -> Time {
    let next = NaiveDate::from_num_days_from_ce_opt(day + 1).unwrap_or(scene.last);
    seconds(labour::midnight(scene.zone, next))
}

/// How much of a shift lies in the day after its own.
pub fn night_of(scene: &Scene, shift: &Shift) -> Time {
    let midnight = midnight_after(scene, shift.day);
    shift.windows.iter().map(|window| (window.to - window.from.max(midnight)).max(0)).sum()
}

/// When somebody cannot work for what is no pause, in order: absences, the tasks that stay where they
/// are, nights in which the law lets them not.
pub fn busy(scene: &Scene, person: &Person, free: &HashSet<TaskId>) -> Vec<Window> {
    let away = person.absences.iter().copied();
    let held = person.tasks.iter().filter(|held| !free.contains(&held.id));
    let mut busy: Vec<Window> = away
        .chain(held.map(|held| (held.from, held.to)))
        .map(|(from, to)| Window { from: seconds(from), to: seconds(to) })
        .chain(nights(scene, person))
        .collect();
    busy.sort_by_key(|window| (window.from, window.to));
    busy
}

/// Hours over midnight that run into the next day's: the later begins when the first ends.
fn apart(shifts: &mut Vec<Shift>) {
    for at in 1..shifts.len() {
        let end = shifts[at - 1].windows.last().map_or(0, |window| window.to);
        for window in &mut shifts[at].windows {
            window.from = window.from.max(end);
        }
        shifts[at].windows.retain(|window| window.from < window.to);
    }
    shifts.retain(|shift| !shift.windows.is_empty());
}

/// The nights around a search's days in which somebody may not work.
fn nights(scene: &Scene, person: &Person) -> impl Iterator<Item = Window> {
    let evening = scene.first.pred_opt().unwrap_or(scene.first);
    let all = evening.iter_days().take_while(|day| *day <= scene.last);
    let nights = scene.limits.get(&person.id).map_or(&[][..], |bounds| bounds.nights.as_slice());
    all.flat_map(move |day| {
        let at = move |minute| seconds(labour::minute_of(scene.zone, day, minute));
        nights.iter().map(move |(from, to)| Window { from: at(*from), to: at(*to) })
    })
}

/// A day that somebody works, with what holds them.
#[derive(Debug)]
pub struct Day<'a> {
    /// The usual hours with what is worked beside them.
    pub shift: Shift,
    /// What holds them, in order.
    pub pieces: Vec<Piece<'a>>,
}

/// What is worked of a task on one day.
#[derive(Debug)]
pub struct Piece<'a> {
    /// The task.
    pub held: &'a Held,
    /// From when to when.
    pub span: Window,
}

/// The days that somebody works, what holds them among it so far as it is not past.
pub fn beside<'a>(scene: &Scene, person: &'a Person, now: Time) -> Vec<Day<'a>> {
    let mut pieces: BTreeMap<i32, Vec<Piece<'a>>> = BTreeMap::new();
    let own = scene.works.iter().map(|work| work.task.id).collect::<HashSet<_>>();
    for (held, span) in person.pieces(scene.zone).filter(|(held, _)| !own.contains(&held.id)) {
        let day = person.day_at(scene.zone, span.from);
        let span = Window { from: seconds(span.from).max(now), to: seconds(span.to) };
        if !(scene.first..=scene.last).contains(&day) || span.from >= span.to {
            continue;
        }
        let pieces = pieces.entry(day_number(day)).or_default();
        // A task is in one piece here: the pause in it is one of the hours.
        match pieces.iter_mut().find(|piece| piece.held.id == held.id) {
            Some(piece) => piece.span.to = piece.span.to.max(span.to),
            None => pieces.push(Piece { held, span }),
        }
    }
    let all = person.tasks.iter().map(|held| held.id).collect();
    let mut shifts: BTreeMap<i32, Shift> =
        shifts(scene, person, &all).into_iter().map(|shift| (shift.day, shift)).collect();
    for (&day, pieces) in &mut pieces {
        pieces.sort_by_key(|piece| piece.span.from);
        let week = week_of(day);
        let shift = shifts.entry(day).or_insert_with(|| Shift { day, week, windows: Vec::new() });
        shift.windows = around(&shift.windows, pieces);
    }
    let mut shifts: Vec<_> = shifts.into_values().collect();
    apart(&mut shifts);
    let day = |shift: Shift| Day { pieces: pieces.remove(&shift.day).unwrap_or_default(), shift };
    shifts.into_iter().map(day).collect()
}

/// Hours with what is worked beside them. A pause that lies within a piece of work is taken in it;
/// what a piece begins or ends in is worked.
fn around(windows: &[Window], pieces: &[Piece<'_>]) -> Vec<Window> {
    let pauses = windows.windows(2).map(|pair| Window { from: pair[0].to, to: pair[1].from });
    let within =
        |pause: &Window| pieces.iter().any(|it| it.span.from < pause.from && pause.to < it.span.to);
    let pauses: Vec<_> = pauses.filter(within).collect();
    let worked = pieces.iter().map(|piece| piece.span);
    without(joined(windows.iter().copied().chain(worked).collect()), &pauses)
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
