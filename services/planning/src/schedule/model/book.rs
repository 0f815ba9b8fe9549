//! A project's plan as it is read: tasks, links, calendars; and its calculation by the engine.
//! No I/O.

use std::collections::HashMap;

use chrono::{DateTime, Datelike, NaiveDateTime, Utc};
use chrono_tz::Tz;
use contracts::TaskStatus;
use kernel::{CalendarId, ProjectId, SiteId, TaskId, Timestamp};

use super::calendar::{self, Calendar};
use super::terms::{Bound, Dependency, Terms};
use super::wall::Wall;
use crate::tasks::{Task, TaskRef};

/// A task of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// The task.
    pub id: TaskId,
    /// Its site.
    pub site_id: SiteId,
    /// The site's zone.
    pub zone: Tz,
    /// Its title.
    pub title: String,
    /// Where it stands.
    pub status: TaskStatus,
    /// Its start as last calculated.
    pub starts_at: DateTime<Utc>,
    /// Its end as last calculated.
    pub ends_at: DateTime<Utc>,
    /// When work began.
    pub started_at: Option<DateTime<Utc>>,
    /// When it was finished.
    pub finished_at: Option<DateTime<Utc>>,
    /// Whether workers are on it.
    pub staffed: bool,
    /// Whether the reader may see it.
    pub seen: bool,
    /// Counts its changes.
    pub version: i64,
    /// What its dates depend on.
    pub terms: Terms,
}

impl Item {
    /// The item of a task that was just planned.
    pub fn planned(task: &Task) -> Self {
        Self {
            id: task.id,
            site_id: task.site_id,
            zone: task.zone.parse().unwrap_or(Tz::UTC),
            title: task.title.clone(),
            status: task.status,
            starts_at: task.starts_at,
            ends_at: task.ends_at,
            started_at: task.started_at,
            finished_at: task.finished_at,
            staffed: false,
            seen: true,
            version: task.version,
            terms: Terms::pinned(task.span()),
        }
    }

    /// Whether work on it has not begun, and is to.
    pub fn is_ahead(&self) -> bool {
        self.status.is_open() && self.started_at.is_none()
    }

    /// Whether work on it has begun and is not done.
    pub fn is_under_way(&self) -> bool {
        self.status.is_open() && self.started_at.is_some()
    }

    /// The task as a problem names it.
    pub fn reference(&self) -> TaskRef {
        TaskRef { id: self.id, title: self.title.clone(), status: self.status }
    }
}

/// What holds for the whole of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// The project.
    pub project: ProjectId,
    /// Counts the plan's changes.
    pub version: i64,
    /// What nothing binds begins here.
    pub starts_at: Timestamp,
    /// To when progress was last reported.
    pub status_at: Option<Timestamp>,
    /// The calendar of tasks that have none of their own, nor of their site.
    pub calendar_id: Option<CalendarId>,
}

/// A project's plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Book {
    /// What holds for the whole.
    pub frame: Frame,
    /// Its tasks, by id.
    pub items: Vec<Item>,
    /// The links between them.
    pub links: Vec<Dependency>,
    /// The project's calendars.
    pub calendars: HashMap<CalendarId, Calendar>,
    /// Which sites have one of their own.
    pub site_calendars: HashMap<SiteId, CalendarId>,
}

/// How firmly the engine is to keep what a task must.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// As people read a schedule: late dates and floats know of every bound.
    Read,
    /// As a move is judged: a task that must start at a moment starts when it can from then on, so
    /// that a broken bound shows, and by how much.
    Judge,
}

/// A plan in the engine's words, with the way back.
pub struct Drawn {
    /// The plan.
    pub plan: engine::Plan,
    /// Its clock.
    pub wall: Wall,
    /// The item at each place of the plan.
    pub items: Vec<usize>,
    /// The link at each place of the plan.
    pub links: Vec<usize>,
}

/// Why a plan cannot be calculated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unfit {
    /// These tasks wait for each other.
    Cycle(Vec<TaskId>),
    /// A calendar in which work never ends.
    NoWorkingTime(String),
    /// A task's work is out of range, or leaves the years that can be planned.
    Range(Option<TaskId>),
    /// A link that cannot be: of a task to its own summary, or one that waits for ever.
    Link(Option<(TaskId, TaskId)>),
}

impl Book {
    /// The item of a task.
    pub fn item(&self, id: TaskId) -> Option<&Item> {
        self.place(id).map(|at| &self.items[at])
    }

    /// The terms of a task, to be changed.
    pub fn terms(&mut self, id: TaskId) -> Option<&mut Terms> {
        self.place(id).map(|at| &mut self.items[at].terms)
    }

    fn place(&self, id: TaskId) -> Option<usize> {
        self.items.binary_search_by_key(&id, |item| item.id).ok()
    }

    /// Whether other tasks belong to this one.
    pub fn is_summary(&self, id: TaskId) -> bool {
        self.items.iter().any(|item| item.terms.parent_id == Some(id))
    }

    /// The calendar that an item is worked by.
    pub fn calendar_of(&self, item: &Item) -> Option<CalendarId> {
        let own = item.terms.calendar_id;
        own.or_else(|| self.site_calendars.get(&item.site_id).copied()).or(self.frame.calendar_id)
    }

    /// The plan's clock: that of most of its tasks. Where no calendar is used, days have no hours
    /// and the clock is UTC, which neither skips nor repeats any.
    pub fn wall(&self) -> Wall {
        if self.items.iter().all(|item| self.calendar_of(item).is_none()) {
            return Wall(Tz::UTC);
        }
        let mut count: HashMap<Tz, usize> = HashMap::new();
        for item in &self.items {
            *count.entry(item.zone).or_default() += 1;
        }
        let most = count.into_iter().max_by_key(|(zone, tasks)| (*tasks, zone.name()));
        Wall(most.map_or(Tz::UTC, |(zone, _)| zone))
    }

    /// The plan in the engine's words.
    pub fn draw(&self, mode: Mode) -> Drawn {
        let wall = self.wall();
        let items = self.parents_first();
        let places: HashMap<TaskId, usize> =
            items.iter().enumerate().map(|(place, at)| (self.items[*at].id, place)).collect();
        let mut summary = vec![false; items.len()];
        for item in &self.items {
            if let Some(place) = item.terms.parent_id.and_then(|p| places.get(&p)) {
                summary[*place] = true;
            }
        }
        let mut calendars = vec![calendar::always()];
        let mut known: HashMap<(CalendarId, Tz), usize> = HashMap::new();
        let tasks = items
            .iter()
            .enumerate()
            .map(|(place, at)| {
                let item = &self.items[*at];
                let own = self.calendar_of(item).and_then(|id| self.calendars.get(&id));
                let calendar = own.map_or(0, |own| {
                    *known.entry((own.id, item.zone)).or_insert_with(|| {
                        // The difference of two zones' clocks is taken at the plan's start.
                        let ahead = wall.ahead(item.zone, self.frame.starts_at);
                        let year = self.frame.starts_at.year();
                        calendars.push(calendar::moved(&own.engine(year), -ahead));
                        calendars.len() - 1
                    })
                });
                let parent = item.terms.parent_id.and_then(|p| places.get(&p)).copied();
                self.task(item, wall, mode, parent, calendar, summary[place])
            })
            .collect();
        let mut kept = Vec::with_capacity(self.links.len());
        let links = self
            .links
            .iter()
            .enumerate()
            .filter_map(|(at, link)| {
                let (from, to) = (*places.get(&link.predecessor)?, *places.get(&link.successor)?);
                let minutes = i64::from(link.lag_min);
                let lag = if link.lag_elapsed {
                    engine::Lag::Elapsed(minutes)
                } else {
                    engine::Lag::Working(minutes)
                };
                kept.push(at);
                Some(engine::Link { from, to, kind: link.kind.into(), lag })
            })
            .collect();
        let plan = engine::Plan {
            start: self.earliest(wall),
            status_at: self.frame.status_at.map(|at| wall.by(at)),
            calendars,
            calendar: 0,
            lag_calendar: engine::LagCalendar::Successor,
            tasks,
            links,
        };
        Drawn { plan, wall, items, links: kept }
    }

    /// A moment that nothing in the plan lies before.
    fn earliest(&self, wall: Wall) -> NaiveDateTime {
        let moments = self.items.iter().flat_map(|item| {
            let begins = item.terms.not_before.or(item.terms.constraint_at);
            [begins, item.started_at, Some(item.starts_at)]
        });
        wall.at(moments.flatten().min().unwrap_or(self.frame.starts_at).min(self.frame.starts_at))
    }

    fn task(
        &self,
        item: &Item,
        wall: Wall,
        mode: Mode,
        parent: Option<usize>,
        calendar: usize,
        summary: bool,
    ) -> engine::Task {
        let terms = &item.terms;
        let minutes = i64::from(terms.work_min);
        let started = item.started_at.map(|at| wall.at(at));
        let finished =
            item.finished_at.map(|at| wall.by(at)).map(|end| end.max(started.unwrap_or(end)));
        let (constraint, deadline) = self.bounds(item, wall, mode, summary);
        engine::Task {
            name: String::new(), // places tell; the engine needs no names
            parent,
            work: if terms.work_elapsed {
                engine::Work::Elapsed(minutes)
            } else {
                engine::Work::Working(minutes)
            },
            calendar: Some(calendar),
            constraint,
            deadline,
            progress: if summary {
                engine::Progress::default()
            } else {
                engine::Progress {
                    started_at: started,
                    finished_at: finished,
                    done: if finished.is_some() { minutes } else { i64::from(terms.done_min) },
                }
            },
            splits: if summary { Vec::new() } else { terms.splits.clone() },
            inactive: item.status == TaskStatus::Cancelled,
        }
    }

    /// A task's bounds in the engine's one constraint and deadline. Where a task has both, its
    /// `not_before` is the constraint and the latest end is a deadline: float honours it, and
    /// moves are judged by it.
    fn bounds(
        &self,
        item: &Item,
        wall: Wall,
        mode: Mode,
        summary: bool,
    ) -> (engine::Constraint, Option<NaiveDateTime>) {
        use engine::Constraint as C;
        let terms = &item.terms;
        let deadline = terms.deadline.map(|at| wall.at(at));
        if summary {
            return (C::AsSoonAsPossible, deadline);
        }
        let from = wall.at(terms.not_before.unwrap_or(self.frame.starts_at));
        let freely = C::StartNoEarlierThan(from);
        let Some(moment) = terms.constraint_at else {
            let late = terms.constraint_kind == Bound::AsLateAsPossible;
            return (if late { C::AsLateAsPossible } else { freely }, deadline);
        };
        let (shown, read) = (wall.at(moment), mode == Mode::Read);
        let sooner = |end: NaiveDateTime| Some(deadline.map_or(end, |d| d.min(end)));
        match terms.constraint_kind {
            Bound::FinishNoLaterThan => (freely, sooner(shown)),
            Bound::MustStartOn if read => (C::MustStartOn(shown), deadline),
            Bound::MustStartOn => {
                let pinned = terms.not_before.map_or(shown, |_| from);
                (C::StartNoEarlierThan(shown.max(pinned)), deadline)
            }
            Bound::MustFinishOn if read => (C::MustFinishOn(shown), deadline),
            Bound::FinishNoEarlierThan | Bound::MustFinishOn if terms.not_before.is_none() => {
                (C::FinishNoEarlierThan(shown), deadline)
            }
            Bound::AsSoonAsPossible
            | Bound::AsLateAsPossible
            | Bound::StartNoLaterThan
            | Bound::FinishNoEarlierThan
            | Bound::MustFinishOn => (freely, deadline),
        }
    }

    /// The items' places, each after its summary.
    fn parents_first(&self) -> Vec<usize> {
        let mut below: HashMap<Option<TaskId>, Vec<usize>> = HashMap::new();
        for (at, item) in self.items.iter().enumerate() {
            let parent = item.terms.parent_id.filter(|p| self.place(*p).is_some());
            below.entry(parent).or_default().push(at);
        }
        for siblings in below.values_mut() {
            siblings.sort_by_key(|at| (self.items[*at].terms.position, self.items[*at].id));
        }
        let mut order = Vec::with_capacity(self.items.len());
        let mut open: Vec<usize> = below.remove(&None).unwrap_or_default();
        open.reverse();
        while let Some(at) = open.pop() {
            order.push(at);
            if let Some(children) = below.remove(&Some(self.items[at].id)) {
                open.extend(children.into_iter().rev());
            }
        }
        order
    }

    /// Calculates the plan.
    pub fn calculate(&self, mode: Mode) -> Result<(Drawn, engine::Schedule), Unfit> {
        let drawn = self.draw(mode);
        match engine::schedule(&drawn.plan) {
            Ok(schedule) => Ok((drawn, schedule)),
            Err(refused) => Err(self.unfit(&drawn, refused)),
        }
    }

    /// A refusal of the engine, with tasks in place of places.
    pub fn unfit(&self, drawn: &Drawn, refused: engine::Refused) -> Unfit {
        use engine::Refused as R;
        let task = |place: usize| drawn.items.get(place).map(|at| self.items[*at].id);
        let link = |place: usize| {
            let link = drawn.links.get(place).map(|at| &self.links[*at]);
            link.map(|link| (link.predecessor, link.successor))
        };
        match refused {
            R::Cycle(places) => Unfit::Cycle(places.into_iter().filter_map(task).collect()),
            R::NoWorkingTime(place) | R::Hours(place) => Unfit::NoWorkingTime(
                drawn.plan.calendars.get(place).map_or_else(String::new, |c| c.name.clone()),
            ),
            R::Duration(place) | R::Reference(place) | R::Years(place) => Unfit::Range(task(place)),
            R::Lag(place) | R::Link(place) => Unfit::Link(link(place)),
        }
    }
}
