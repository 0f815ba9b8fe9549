//! What a change to a plan moves, and what it would break. No I/O.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use kernel::{CalendarId, DependencyId, SiteId, TaskId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::book::{Book, Drawn, Item, Mode, Unfit};
use super::terms::{Bound, Dependency, Terms};

/// From when to when a task is planned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = TaskDates)]
pub struct Dates {
    /// Its start.
    pub start: DateTime<Utc>,
    /// Its end.
    pub finish: DateTime<Utc>,
}

/// A task that has other dates now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = TaskShift)]
pub struct Shift {
    /// The task.
    pub task_id: TaskId,
    /// Its site.
    pub site_id: SiteId,
    /// Its dates until now.
    pub before: Dates,
    /// Its dates from now on.
    pub after: Dates,
}

/// A bound that a change would break.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Broken {
    /// The task that is bound.
    pub task_id: TaskId,
    /// Its title.
    pub title: String,
    /// How it is bound.
    pub constraint: Bound,
    /// The moment.
    pub at: Timestamp,
    /// Where it would start or end instead.
    pub would_be: Timestamp,
    /// By how many minutes that is late, or early where less than none.
    pub by_min: i64,
}

/// Brings back what a move changed: what people set, not the dates that follow from it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Inverse {
    /// The terms as they were.
    pub terms: Vec<(TaskId, Terms)>,
    /// Links to make again.
    pub add: Vec<Dependency>,
    /// Links to remove.
    pub remove: Vec<DependencyId>,
    /// The project's calendar, if it was changed.
    #[serde(default, deserialize_with = "web::nullable", skip_serializing_if = "Option::is_none")]
    pub calendar: Option<Option<CalendarId>>,
    /// Sites' calendars, where they were changed.
    pub sites: Vec<(SiteId, Option<CalendarId>)>,
    /// The moment of the last progress, if it was changed.
    #[serde(default, deserialize_with = "web::nullable", skip_serializing_if = "Option::is_none")]
    pub status_at: Option<Option<DateTime<Utc>>>,
}

/// What a change to a plan does.
#[derive(Debug, Clone)]
pub struct Verdict {
    /// The tasks with other dates.
    pub shifts: Vec<Shift>,
    /// When the last task ends now.
    pub finish: Timestamp,
    /// The tasks whose terms are others now.
    pub terms: Vec<TaskId>,
    /// The links that are new.
    pub added: Vec<Dependency>,
    /// What brings it back.
    pub inverse: Inverse,
    /// The new dates of the task that was asked for.
    pub watched: Option<Dates>,
}

impl Verdict {
    /// Every task that is touched: those that move, those whose terms changed, and the successors
    /// of links.
    pub fn touched(&self) -> Vec<TaskId> {
        let links = self.added.iter().chain(&self.inverse.add).map(|link| link.successor);
        let moved = self.shifts.iter().map(|shift| shift.task_id);
        let mut all: Vec<_> = self.terms.iter().copied().chain(moved).chain(links).collect();
        all.sort();
        all.dedup();
        all
    }

    /// Gives tasks under way, which no plan moves, the dates back that they had before a move.
    pub fn restore(&mut self, book: &Book, moved: &[Shift]) {
        for shift in moved {
            let Some(item) = book.item(shift.task_id) else { continue };
            if item.is_under_way() && !self.shifts.iter().any(|s| s.task_id == item.id) {
                let before = Dates { start: item.starts_at, finish: item.ends_at };
                self.shifts.push(Shift { before, after: shift.before, ..shift.clone() });
            }
        }
    }
}

/// Why a change is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Objection {
    /// It cannot be calculated.
    Unfit(Unfit),
    /// It breaks what tasks must keep.
    Broken(Vec<Broken>),
}

impl From<Unfit> for Objection {
    fn from(unfit: Unfit) -> Self {
        Self::Unfit(unfit)
    }
}

/// Which tasks get new dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// Those that the change moves.
    Change,
    /// Also those that stand elsewhere than calculated, because work began or ended otherwise than
    /// planned.
    Everything,
}

struct Calculated<'a> {
    book: &'a Book,
    drawn: Drawn,
    dates: HashMap<TaskId, engine::Dates>,
    finish: Timestamp,
}

impl<'a> Calculated<'a> {
    fn of(book: &'a Book) -> Result<Self, Unfit> {
        let (drawn, schedule) = book.calculate(Mode::Judge)?;
        let dates = drawn
            .items
            .iter()
            .zip(&schedule.dates)
            .filter_map(|(at, dates)| Some((book.items[*at].id, (*dates)?)))
            .collect();
        let finish = drawn.wall.moment(schedule.finish);
        Ok(Self { book, drawn, dates, finish })
    }

    fn moments(&self, dates: &engine::Dates) -> Dates {
        let wall = self.drawn.wall;
        Dates { start: wall.moment(dates.start), finish: wall.moment(dates.finish) }
    }

    /// How far a task stands from what it must keep.
    fn broken(&self, item: &Item) -> Option<Broken> {
        let at = item.terms.constraint_at?;
        if !item.is_ahead() {
            return None;
        }
        let wall = self.drawn.wall;
        let dates = self.dates.get(&item.id)?;
        let (start, finish, must) = (dates.start, dates.finish, wall.at(at));
        let off = |shown: chrono::NaiveDateTime| (shown - must).num_minutes();
        let (shown, by_min) = match item.terms.constraint_kind {
            Bound::MustStartOn => (start, off(start)),
            Bound::MustFinishOn => (finish, off(finish)),
            Bound::StartNoLaterThan => (start, off(start).max(0)),
            Bound::FinishNoLaterThan => (finish, off(finish).max(0)),
            Bound::AsSoonAsPossible | Bound::AsLateAsPossible | Bound::FinishNoEarlierThan => {
                return None;
            }
        };
        (by_min != 0).then(|| Broken {
            task_id: item.id,
            title: item.title.clone(),
            constraint: item.terms.constraint_kind,
            at,
            would_be: wall.moment(shown),
            by_min,
        })
    }
}

/// What becomes of a plan that was `before` and is to be `after`.
pub fn judge(
    before: &Book,
    after: &Book,
    extent: Extent,
    watch: Option<TaskId>,
) -> Result<Verdict, Objection> {
    let (was, will) = (Calculated::of(before)?, Calculated::of(after)?);
    let summaries: HashSet<_> = after.items.iter().filter_map(|i| i.terms.parent_id).collect();
    let mut broken = Vec::new();
    let mut shifts = Vec::new();
    let mut terms = Vec::new();
    let mut inverse = Inverse::default();
    for item in &after.items {
        let old = before.item(item.id);
        if !summaries.contains(&item.id)
            && let Some(now) = will.broken(item)
        {
            let until_now = old.and_then(|old| was.broken(old)).map_or(0, |b| b.by_min);
            let changed = old.is_none_or(|old| old.terms != item.terms);
            if now.by_min.abs() > until_now.abs() || (changed && now.by_min != until_now) {
                broken.push(now);
            }
        }
        let touched = old.is_none_or(|old| old.terms != item.terms);
        if let Some(old) = old.filter(|_| touched) {
            inverse.terms.push((item.id, old.terms.clone()));
        }
        if touched {
            terms.push(item.id);
        }
        let all = extent == Extent::Everything || old.is_none();
        if let Some(shift) = shift(&was, &will, item, all, touched) {
            shifts.push(shift);
        }
    }
    if !broken.is_empty() {
        return Err(Objection::Broken(broken));
    }
    let finish = will.finish;
    let ids = |book: &Book| book.links.iter().map(|l| l.id).collect::<HashSet<_>>();
    let (old_links, new_links) = (ids(before), ids(after));
    let added: Vec<_> =
        after.links.iter().filter(|l| !old_links.contains(&l.id)).cloned().collect();
    inverse.remove = added.iter().map(|l| l.id).collect();
    inverse.add = before.links.iter().filter(|l| !new_links.contains(&l.id)).cloned().collect();
    if before.frame.calendar_id != after.frame.calendar_id {
        inverse.calendar = Some(before.frame.calendar_id);
    }
    if before.frame.status_at != after.frame.status_at {
        inverse.status_at = Some(before.frame.status_at);
    }
    let sites: HashSet<_> =
        before.site_calendars.keys().chain(after.site_calendars.keys()).copied().collect();
    for site in sites {
        let old = before.site_calendars.get(&site).copied();
        if old != after.site_calendars.get(&site).copied() {
            inverse.sites.push((site, old));
        }
    }
    let watched = watch.and_then(|id| will.dates.get(&id)).map(|dates| will.moments(dates));
    Ok(Verdict { shifts, finish, terms, added, inverse, watched })
}

/// The new dates of a task that is ahead, or the new end of one that has begun. Dates that differ
/// from what is stored by seconds alone stay.
fn shift(
    was: &Calculated<'_>,
    will: &Calculated<'_>,
    item: &Item,
    all: bool,
    touched: bool,
) -> Option<Shift> {
    let ahead = item.is_ahead();
    if !ahead && !(item.is_under_way() && (all || touched)) {
        return None;
    }
    let now = will.moments(will.dates.get(&item.id)?);
    let until_now = was.dates.get(&item.id).map(|dates| was.moments(dates));
    if !all && until_now == Some(now) {
        return None;
    }
    let clock = will.drawn.wall;
    let before = Dates { start: item.starts_at, finish: item.ends_at };
    let (start, finish) = clock.span(before.start, before.finish);
    let whole = Dates { start: clock.moment(start), finish: clock.moment(finish) };
    let after = if ahead {
        now
    } else {
        Dates { start: before.start, finish: now.finish.max(before.start) }
    };
    let same = if ahead { after == whole } else { after.finish == whole.finish };
    let shift = Shift { task_id: item.id, site_id: item.site_id, before, after };
    (!same && will.book.item(item.id).is_some()).then_some(shift)
}

/// Brings back what was before a move; the tasks or calendars that are gone since are told as
/// false.
pub fn bring_back(book: &mut Book, inverse: &Inverse) -> bool {
    for (id, terms) in &inverse.terms {
        match book.terms(*id) {
            Some(present) => present.clone_from(terms),
            None => return false,
        }
    }
    book.links.retain(|link| !inverse.remove.contains(&link.id));
    book.links.extend(inverse.add.iter().cloned());
    if let Some(calendar) = inverse.calendar {
        book.frame.calendar_id = calendar;
    }
    if let Some(status_at) = inverse.status_at {
        book.frame.status_at = status_at;
    }
    for (site, calendar) in &inverse.sites {
        match calendar {
            Some(id) => drop(book.site_calendars.insert(*site, *id)),
            None => drop(book.site_calendars.remove(site)),
        }
    }
    let used = book.items.iter().filter_map(|i| i.terms.calendar_id);
    let used = used.chain(book.frame.calendar_id).chain(book.site_calendars.values().copied());
    used.collect::<HashSet<_>>().into_iter().all(|id| book.calendars.contains_key(&id))
}
