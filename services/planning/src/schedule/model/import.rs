//! A plan that was read from a file, as tasks of a site. No I/O.

use std::collections::HashSet;

use chrono::NaiveDateTime;
use chrono_tz::Tz;
use contracts::TaskStatus;
use engine::{Constraint, Lag, Work};
use interchange::{Document, Fault, Finding};
use kernel::{CalendarId, DependencyId, ProjectId, SiteId, TaskId, Timestamp};

use super::book::{Book, Item};
use super::calendar::{self, Calendar, Exception, ExceptionKind};
use super::edit::LONGEST;
use super::terms::{Bound, Dependency, Terms};
use super::wall::Wall;

/// What a file adds to a plan.
pub struct Incoming {
    /// When its plan begins.
    pub starts_at: Timestamp,
    /// Its tasks.
    pub items: Vec<Item>,
    /// Its links.
    pub links: Vec<Dependency>,
    /// Its calendars, of those that tasks use.
    pub calendars: Vec<Calendar>,
    /// What was written about its tasks.
    pub notes: Vec<(TaskId, String)>,
}

impl Incoming {
    /// In a plan that has begun already: what nothing binds begins with the file's plan.
    pub fn begin(&self, book: &mut Book) {
        let bound: HashSet<_> = self.links.iter().map(|link| link.successor).collect();
        let new: HashSet<_> = self.items.iter().map(|item| item.id).collect();
        for item in book.items.iter_mut().filter(|item| new.contains(&item.id)) {
            let terms = &mut item.terms;
            if !bound.contains(&item.id)
                && terms.constraint_kind == Bound::AsSoonAsPossible
                && terms.not_before.is_none()
            {
                terms.not_before = Some(self.starts_at);
            }
        }
    }
}

/// Where a file's tasks go.
pub struct Place<'a> {
    /// The project.
    pub project: ProjectId,
    /// The site.
    pub site: SiteId,
    /// The site's zone: times on the file's clock are the site's.
    pub zone: Tz,
    /// The project's calendars that the document's first ones are.
    pub known: &'a [CalendarId],
}

/// Turns a file's plan into tasks of a site.
pub fn incoming(document: &Document, to: &Place<'_>, now: Timestamp) -> Result<Incoming, Fault> {
    let (plan, project, site, zone) = (&document.plan, to.project, to.site, to.zone);
    let wall = Wall(zone);
    let starts_at = wall.moment(plan.start);
    let ids: Vec<TaskId> = plan.tasks.iter().map(|_| TaskId::new()).collect();
    let known = |nth: usize| to.known.get(nth).copied();
    let calendar_ids: Vec<_> =
        (0..plan.calendars.len()).map(|nth| known(nth).unwrap_or_else(CalendarId::new)).collect();
    let mut used = vec![false; plan.calendars.len()];
    let mut items = Vec::with_capacity(plan.tasks.len());
    let mut notes = Vec::new();
    let mut findings = Vec::new();
    for (place, task) in plan.tasks.iter().enumerate() {
        let info = document.tasks.get(place);
        let uid = info.map_or(0, |info| info.uid);
        let (minutes, work_elapsed) = match task.work {
            Work::Working(minutes) => (minutes, false),
            Work::Elapsed(minutes) => (minutes, true),
        };
        let Some(work_min) = i32::try_from(minutes).ok().filter(|m| (0..=LONGEST * 3).contains(m))
        else {
            findings.push(finding(uid, "duration", "durée hors limites", "duration out of range"));
            continue;
        };
        let calendar = task.calendar.unwrap_or(plan.calendar);
        if let Some(used) = used.get_mut(calendar) {
            *used = true;
        }
        let (not_before, constraint_kind, moment) = bounds(task.constraint);
        let (started, finished) = (task.progress.started_at, task.progress.finished_at);
        let status = match (task.inactive, started, finished) {
            (true, ..) => TaskStatus::Cancelled,
            (_, _, Some(_)) => TaskStatus::Done,
            (_, Some(_), None) => TaskStatus::InProgress,
            (_, None, None) => TaskStatus::Planned,
        };
        let told = info.and_then(|info| info.told);
        let bound = not_before.or(moment);
        let from = started.or(told.map(|t| t.0)).or(bound).unwrap_or(plan.start);
        items.push(Item {
            id: ids[place],
            site_id: site,
            zone,
            title: named(&task.name, || format!("Tâche {}", place + 1)),
            status,
            starts_at: wall.moment(from),
            ends_at: wall.moment(finished.or(told.map(|t| t.1)).unwrap_or(from).max(from)),
            started_at: started.or(finished).map(|at| wall.moment(at)),
            finished_at: finished.map(|at| wall.moment(at)),
            staffed: false,
            seen: true,
            version: 1,
            terms: Terms {
                parent_id: task.parent.and_then(|p| ids.get(p)).copied(),
                position: i32::try_from(place).unwrap_or(i32::MAX),
                duration_min: work_min,
                work_min,
                work_elapsed,
                not_before: not_before.map(|at| wall.moment(at)),
                constraint_kind,
                constraint_at: moment.map(|at| wall.moment(at)),
                deadline: task.deadline.map(|at| wall.moment(at)),
                calendar_id: calendar_ids.get(calendar).copied(),
                done_min: i32::try_from(task.progress.done.clamp(0, minutes)).unwrap_or(0),
                splits: task.splits.clone(),
            },
        });
        if let Some(info) = info.filter(|info| !info.notes.trim().is_empty()) {
            notes.push((ids[place], clean(&info.notes, 4000)));
        }
    }
    if !findings.is_empty() {
        return Err(Fault { findings });
    }
    let mut links: Vec<Dependency> = Vec::with_capacity(plan.links.len());
    let mut known = HashSet::new();
    for link in &plan.links {
        let (Some(from), Some(to)) = (ids.get(link.from), ids.get(link.to)) else { continue };
        let kind = link.kind.into();
        if !known.insert((*from, *to, kind)) {
            continue;
        }
        let (minutes, lag_elapsed) = lag(link.lag, plan.tasks[link.from].work);
        links.push(Dependency {
            id: DependencyId::new(),
            project_id: project,
            predecessor: *from,
            successor: *to,
            kind,
            lag_min: i32::try_from(minutes).unwrap_or(0).clamp(-LONGEST, LONGEST),
            lag_elapsed,
            version: 1,
        });
    }
    let calendars = plan
        .calendars
        .iter()
        .zip(calendar_ids)
        .zip(used)
        .filter(|((_, id), used)| *used && !to.known.contains(id))
        .map(|((calendar, id), _)| written(calendar, id, project))
        .collect();
    let starts_at = starts_at.min(items.iter().map(|i| i.starts_at).min().unwrap_or(now));
    Ok(Incoming { starts_at, items, links, calendars, notes })
}

fn finding(uid: i64, code: &'static str, fr: &str, en: &str) -> Finding {
    let place = interchange::Place { line: None, column: None, what: format!("UID={uid}") };
    Finding::new(place, code, fr, en)
}

/// What binds a task from below, and what else.
fn bounds(constraint: Constraint) -> (Option<NaiveDateTime>, Bound, Option<NaiveDateTime>) {
    match constraint {
        Constraint::AsSoonAsPossible => (None, Bound::AsSoonAsPossible, None),
        Constraint::AsLateAsPossible => (None, Bound::AsLateAsPossible, None),
        Constraint::StartNoEarlierThan(at) => (Some(at), Bound::AsSoonAsPossible, None),
        Constraint::StartNoLaterThan(at) => (None, Bound::StartNoLaterThan, Some(at)),
        Constraint::FinishNoEarlierThan(at) => (None, Bound::FinishNoEarlierThan, Some(at)),
        Constraint::FinishNoLaterThan(at) => (None, Bound::FinishNoLaterThan, Some(at)),
        Constraint::MustStartOn(at) => (None, Bound::MustStartOn, Some(at)),
        Constraint::MustFinishOn(at) => (None, Bound::MustFinishOn, Some(at)),
    }
}

fn lag(lag: Lag, predecessor: Work) -> (i64, bool) {
    match (lag, predecessor) {
        (Lag::Working(minutes), _) => (minutes, false),
        (Lag::Elapsed(minutes), _) => (minutes, true),
        (Lag::Percent(percent), Work::Working(work)) => (work * i64::from(percent) / 100, false),
        (Lag::Percent(percent), Work::Elapsed(work)) => (work * i64::from(percent) / 100, true),
    }
}

/// A name of 1 to 200 characters.
fn named(name: &str, otherwise: impl Fn() -> String) -> String {
    let name = clean(name, 200);
    if name.is_empty() { otherwise() } else { name }
}

fn clean(text: &str, most: usize) -> String {
    let kept = text.chars().map(|c| if c.is_control() && c != '\n' { ' ' } else { c });
    kept.collect::<String>().trim().chars().take(most).collect()
}

fn written(calendar: &engine::Calendar, id: CalendarId, project: ProjectId) -> Calendar {
    let exceptions = calendar.exceptions.iter().map(|e| Exception {
        name: named(&e.name, || "Exception".into()),
        from: e.from,
        to: e.to,
        kind: if e.hours.is_empty() { ExceptionKind::Closure } else { ExceptionKind::Extra },
        hours: calendar::written(&e.hours),
    });
    Calendar {
        id,
        project_id: project,
        name: named(&calendar.name, || "Calendrier".into()),
        country: None,
        week: calendar.week.iter().map(|day| calendar::written(day)).collect(),
        exceptions: exceptions.collect(),
        version: 1,
    }
}
