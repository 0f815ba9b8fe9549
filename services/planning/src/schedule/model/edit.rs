//! What a planner does to a plan: one change each. No I/O.

use chrono::{DateTime, Utc};
use kernel::{CalendarId, DependencyId, SiteId, TaskId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::book::{Book, Item};
use super::terms::{Bound, Dependency, Kind};

/// How many pauses a task may have.
pub const MOST_SPLITS: usize = 50;
/// The longest work, lag or pause: 366 days of minutes.
pub const LONGEST: i32 = 527_040;

/// One change to a plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[schema(as = PlanEdit)]
pub enum Edit {
    /// Lets a task start at another moment. Refused where what comes before it ends later.
    Drag {
        /// The task.
        task_id: TaskId,
        /// The moment.
        start: DateTime<Utc>,
    },
    /// Gives a task more or less work.
    Resize {
        /// The task.
        task_id: TaskId,
        /// Minutes it takes; none makes it a milestone.
        #[schema(minimum = 0, maximum = 527_040)]
        duration_min: i32,
        /// Whether nights and holidays count; left out, as until now.
        elapsed: Option<bool>,
    },
    /// Ties two tasks.
    Link {
        /// The id that the client chose for the link.
        id: Option<DependencyId>,
        /// The task that comes first.
        predecessor: TaskId,
        /// The task that comes after; not begun.
        successor: TaskId,
        /// Which ends are tied.
        #[serde(default)]
        ends: Kind,
        /// Minutes between them; less than none overlaps them.
        #[serde(default)]
        #[schema(minimum = -527_040, maximum = 527_040, default = 0)]
        lag_min: i32,
        /// Whether these minutes pass at night and on holidays too.
        #[serde(default)]
        lag_elapsed: bool,
    },
    /// Removes a link.
    Unlink {
        /// The link.
        dependency_id: DependencyId,
    },
    /// Interrupts a task: after so many minutes of its work, so many minutes long.
    Split {
        /// The task.
        task_id: TaskId,
        /// Minutes of its work before the pause.
        #[schema(minimum = 1, maximum = 527_040)]
        after_min: i32,
        /// Minutes that the pause is long.
        #[schema(minimum = 1, maximum = 527_040)]
        pause_min: i32,
    },
    /// Removes all pauses of a task.
    Join {
        /// The task.
        task_id: TaskId,
    },
    /// Says how much of a task that has begun is done.
    Progress {
        /// The task.
        task_id: TaskId,
        /// Of its work.
        #[schema(minimum = 0, maximum = 100)]
        percent: i32,
    },
    /// Binds a task's dates.
    Constrain {
        /// The task.
        task_id: TaskId,
        /// How.
        constraint: Bound,
        /// The moment, where the constraint names one.
        at: Option<DateTime<Utc>>,
    },
    /// Says by when a task should end; none: no more.
    Deadline {
        /// The task.
        task_id: TaskId,
        /// The moment.
        at: Option<DateTime<Utc>>,
    },
    /// Gives a task its place in the work breakdown.
    Nest {
        /// The task.
        task_id: TaskId,
        /// The summary it belongs to; none: the top.
        parent_id: Option<TaskId>,
        /// Its place there; lower comes first.
        #[serde(default)]
        #[schema(minimum = 0, maximum = 1_000_000)]
        position: i32,
    },
    /// Says by which calendar the whole project is worked, or a site, or a task.
    UseCalendar {
        /// The task.
        task_id: Option<TaskId>,
        /// The site.
        site_id: Option<SiteId>,
        /// The calendar; none: that of the site or the project.
        calendar_id: Option<CalendarId>,
    },
}

/// Why a change is none.
#[derive(Debug, Clone, PartialEq)]
pub enum Misfit {
    /// There is no such task in this plan.
    NoTask,
    /// There is no such link in this plan.
    NoLink,
    /// There is no such calendar in this plan.
    NoCalendar,
    /// The field of this pointer is out of range.
    Range(&'static str),
    /// The task is done or cancelled.
    Closed(TaskId),
    /// The task has begun.
    Begun(TaskId),
    /// Progress of a task that has not begun.
    NotBegun(TaskId),
    /// A summary takes this from the tasks that belong to it.
    Summary(TaskId),
    /// Somebody is on the task that is to be a summary, or it has begun.
    NoSummary(TaskId),
    /// A task would belong to itself.
    OwnParent(TaskId),
    /// The link is there already.
    Linked,
    /// A task would wait for itself.
    SelfLink(TaskId),
}

impl Edit {
    /// Its word for programs.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Drag { .. } => "drag",
            Self::Resize { .. } => "resize",
            Self::Link { .. } => "link",
            Self::Unlink { .. } => "unlink",
            Self::Split { .. } => "split",
            Self::Join { .. } => "join",
            Self::Progress { .. } => "progress",
            Self::Constrain { .. } => "constrain",
            Self::Deadline { .. } => "deadline",
            Self::Nest { .. } => "nest",
            Self::UseCalendar { .. } => "use_calendar",
        }
    }

    /// The tasks it names.
    pub fn tasks(&self) -> Vec<TaskId> {
        match self {
            Self::Drag { task_id, .. }
            | Self::Resize { task_id, .. }
            | Self::Split { task_id, .. }
            | Self::Join { task_id }
            | Self::Progress { task_id, .. }
            | Self::Constrain { task_id, .. }
            | Self::Deadline { task_id, .. } => vec![*task_id],
            Self::Link { predecessor, successor, .. } => vec![*predecessor, *successor],
            Self::Nest { task_id, parent_id, .. } => {
                std::iter::once(*task_id).chain(*parent_id).collect()
            }
            Self::UseCalendar { task_id, .. } => task_id.iter().copied().collect(),
            Self::Unlink { .. } => Vec::new(),
        }
    }

    /// Does it to a plan.
    pub fn apply(&self, book: &mut Book) -> Result<(), Misfit> {
        match self {
            Self::Drag { task_id, start } => {
                let item = book.leaf(*task_id)?;
                if !item.is_ahead() {
                    return Err(Misfit::Begun(*task_id));
                }
                item.terms.start_at(*start);
            }
            Self::Resize { task_id, duration_min, elapsed } => {
                fits(*duration_min, 0, "/move/duration_min")?;
                let terms = &mut book.leaf(*task_id)?.terms;
                terms.duration_min = *duration_min;
                terms.work_min = *duration_min;
                terms.work_elapsed = elapsed.unwrap_or(terms.work_elapsed);
                terms.done_min = terms.done_min.min(*duration_min);
                terms.splits.retain(|(after, _)| *after < i64::from(*duration_min));
            }
            Self::Link { id, predecessor, successor, ends, lag_min, lag_elapsed } => {
                fits(*lag_min, -LONGEST, "/move/lag_min")?;
                book.link(Dependency {
                    id: id.unwrap_or_else(DependencyId::new),
                    project_id: book.frame.project,
                    predecessor: *predecessor,
                    successor: *successor,
                    kind: *ends,
                    lag_min: *lag_min,
                    lag_elapsed: *lag_elapsed,
                    version: 1,
                })?;
            }
            Self::Unlink { dependency_id } => {
                let links = book.links.len();
                book.links.retain(|link| link.id != *dependency_id);
                if book.links.len() == links {
                    return Err(Misfit::NoLink);
                }
            }
            Self::Split { task_id, after_min, pause_min } => {
                fits(*after_min, 1, "/move/after_min")?;
                fits(*pause_min, 1, "/move/pause_min")?;
                let terms = &mut book.leaf(*task_id)?.terms;
                let after = i64::from(*after_min);
                if *after_min >= terms.work_min {
                    return Err(Misfit::Range("/move/after_min"));
                }
                if terms.splits.len() >= MOST_SPLITS
                    || terms.splits.iter().any(|(at, _)| *at == after)
                {
                    return Err(Misfit::Range("/move/after_min"));
                }
                terms.splits.push((after, i64::from(*pause_min)));
                terms.splits.sort_unstable();
            }
            Self::Join { task_id } => book.leaf(*task_id)?.terms.splits.clear(),
            Self::Progress { task_id, percent } => {
                if !(0..=100).contains(percent) {
                    return Err(Misfit::Range("/move/percent"));
                }
                let item = book.leaf(*task_id)?;
                if item.started_at.is_none() {
                    return Err(Misfit::NotBegun(*task_id));
                }
                let done = i64::from(item.terms.work_min) * i64::from(*percent) / 100;
                item.terms.done_min = i32::try_from(done).unwrap_or(i32::MAX);
            }
            Self::Constrain { task_id, constraint, at } => {
                if constraint.has_moment() != at.is_some() {
                    return Err(Misfit::Range("/move/at"));
                }
                let item = book.leaf(*task_id)?;
                item.terms.bind(*constraint, *at);
            }
            Self::Deadline { task_id, at } => book.open(*task_id)?.terms.deadline = *at,
            Self::Nest { task_id, parent_id, position } => {
                book.nest(*task_id, *parent_id, *position)?;
            }
            Self::UseCalendar { task_id, site_id, calendar_id } => {
                if calendar_id.is_some_and(|id| !book.calendars.contains_key(&id)) {
                    return Err(Misfit::NoCalendar);
                }
                match (task_id, site_id) {
                    (Some(_), Some(_)) => return Err(Misfit::Range("/move/site_id")),
                    (Some(task), None) => book.leaf(*task)?.terms.calendar_id = *calendar_id,
                    (None, Some(site)) => match calendar_id {
                        Some(id) => drop(book.site_calendars.insert(*site, *id)),
                        None => drop(book.site_calendars.remove(site)),
                    },
                    (None, None) => book.frame.calendar_id = *calendar_id,
                }
            }
        }
        Ok(())
    }
}

fn fits(value: i32, least: i32, pointer: &'static str) -> Result<(), Misfit> {
    if (least..=LONGEST).contains(&value) { Ok(()) } else { Err(Misfit::Range(pointer)) }
}

impl Book {
    /// A task that is ahead or under way.
    fn open(&mut self, id: TaskId) -> Result<&mut Item, Misfit> {
        let at = self.items.binary_search_by_key(&id, |item| item.id);
        let item = &mut self.items[at.map_err(|_| Misfit::NoTask)?];
        if item.status.is_open() { Ok(item) } else { Err(Misfit::Closed(id)) }
    }

    /// One that is no summary.
    fn leaf(&mut self, id: TaskId) -> Result<&mut Item, Misfit> {
        if self.is_summary(id) { Err(Misfit::Summary(id)) } else { self.open(id) }
    }

    /// Adds a link, of which one of a kind ties two tasks.
    pub fn link(&mut self, link: Dependency) -> Result<(), Misfit> {
        if link.predecessor == link.successor {
            return Err(Misfit::SelfLink(link.successor));
        }
        let successor = self.item(link.successor).ok_or(Misfit::NoTask)?;
        if !successor.is_ahead() {
            return Err(Misfit::Begun(link.successor));
        }
        self.item(link.predecessor).ok_or(Misfit::NoTask)?;
        let same = |l: &Dependency| {
            (l.predecessor, l.successor, l.kind) == (link.predecessor, link.successor, link.kind)
        };
        if self.links.iter().any(same) {
            return Err(Misfit::Linked);
        }
        self.links.push(link);
        Ok(())
    }

    fn nest(&mut self, id: TaskId, parent: Option<TaskId>, position: i32) -> Result<(), Misfit> {
        if !(0..=1_000_000).contains(&position) {
            return Err(Misfit::Range("/move/position"));
        }
        if let Some(parent) = parent {
            let summary = self.item(parent).ok_or(Misfit::NoTask)?;
            let begun = !summary.is_ahead() || summary.staffed;
            if begun && !self.is_summary(parent) {
                return Err(Misfit::NoSummary(parent));
            }
            let up = |task: &TaskId| self.item(*task).and_then(|item| item.terms.parent_id);
            if std::iter::successors(Some(parent), up).any(|above| above == id) {
                return Err(Misfit::OwnParent(id));
            }
        }
        let terms = &mut self.open(id)?.terms;
        terms.parent_id = parent;
        terms.position = position;
        Ok(())
    }
}
