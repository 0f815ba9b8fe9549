//! A task made or changed by its own address, and what that means for its plan.

use chrono::{Datelike, NaiveDateTime};
use contracts::PlanChange;
use kernel::{TaskId, Timestamp, UserId};
use serde_json::json;
use sqlx::PgConnection;
use web::{Problem, Write};

use super::model::{Book, Calendar, Frame, Item, Misfit, Terms, calendar};
use super::{Ask, alone, carry_out, misfit, note, refuse_early, store, tell};
use crate::error::Error;
use crate::tasks::model::{Span, Task};

/// Gives a new task its place in its project's plan. Where a calendar is used there, its span
/// becomes one of working time: as much as was asked for (`work_min`), or as lies in it.
pub(crate) async fn place(
    tx: &mut PgConnection,
    task: &mut Task,
    work_min: Option<i32>,
    by: Option<UserId>,
    now: Timestamp,
) -> Result<Placed, Error> {
    store::links::lock_project(tx, task.project_id).await?;
    let frame = store::plan::frame(tx, task.project_id, task.starts_at).await?;
    let mut placed = Placed { frame, terms: None, by, at: now };
    let calendars = store::calendars::of_project(tx, task.project_id).await?;
    if calendars.is_empty() {
        return Ok(placed);
    }
    let site_calendars = store::plan::site_calendars(tx, task.project_id).await?;
    let mut book = Book {
        frame: placed.frame.clone(),
        items: vec![Item::planned(task)],
        links: Vec::new(),
        calendars: calendars.into_iter().map(|c| (c.id, c)).collect(),
        site_calendars,
    };
    if book.items.iter().all(|item| book.calendar_of(item).is_none()) {
        return Ok(placed);
    }
    book.work_in_calendar(task.id, task.span(), work_min);
    if let Some(dates) = alone(&book, task.id)? {
        task.starts_at = dates.start;
        task.ends_at = dates.finish;
    }
    placed.terms = book.items.pop().map(|item| item.terms);
    Ok(placed)
}

/// A new task's place in a plan, to be kept once the task is.
pub(crate) struct Placed {
    frame: Frame,
    /// None where the task's own row says all.
    terms: Option<Terms>,
    by: Option<UserId>,
    at: Timestamp,
}

impl Placed {
    /// Keeps it.
    pub async fn keep(&self, tx: &mut PgConnection, task: &Task) -> Result<(), Error> {
        let terms = self.terms.iter().map(|terms| (task.id, terms));
        store::plan::save_terms(tx, terms).await?;
        let mut ask = Ask::new("plan", task.project_id, self.by, self.at);
        ask.edit = json!({"kind": "plan", "task_id": task.id});
        note(tx, &ask, &self.frame, &[task.id]).await?;
        Ok(())
    }
}

/// What of a task's span became another, by the task's own address.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Replan {
    pub starts_at: Option<Timestamp>,
    pub ends_at: Option<Timestamp>,
    pub duration_min: Option<i32>,
    /// The span that results, were there no calendar.
    pub span: Span,
}

/// Carries on what it means that an open task is to have another span: what depends on it moves,
/// it must not begin too early for what comes before it, and nobody may be on two tasks at once.
pub(crate) async fn replan(
    tx: &mut Write<'_>,
    task: &Task,
    set: Replan,
    by: Option<UserId>,
) -> Result<(), Error> {
    let mut ask = Ask::new("replan", task.project_id, by, tx.now());
    ask.watch = Some(task.id);
    ask.edit = json!({"kind": "replan", "task_id": task.id, "starts_at": set.starts_at,
                      "ends_at": set.ends_at, "duration_min": set.duration_min});
    let made = carry_out(tx, &ask, |book| {
        if book.is_summary(task.id) {
            return Err(misfit(book, Misfit::Summary(task.id)));
        }
        let terms = book.terms(task.id).ok_or_else(Problem::not_found)?;
        terms.duration_min = set.span.duration_min;
        if let Some(start) = set.starts_at {
            terms.start_at(start);
        }
        if set.ends_at.is_some() {
            book.work_in_calendar(task.id, set.span, None);
        } else if let Some(minutes) = set.duration_min {
            terms.work_min = minutes;
        }
        Ok(())
    })
    .await?;
    if set.starts_at.is_some() && task.started_at.is_none() {
        refuse_early(&made, task.id)?;
    }
    tell(tx, &made, PlanChange::Moved, &ask.edit).await
}

impl Book {
    /// The same plan without its tasks and links.
    pub(super) fn clone_frame(&self) -> Self {
        Self {
            frame: self.frame.clone(),
            items: Vec::new(),
            links: Vec::new(),
            calendars: self.calendars.clone(),
            site_calendars: self.site_calendars.clone(),
        }
    }

    /// The calendar that an item is worked by, if there is one.
    fn own_calendar(&self, item: &Item) -> Option<&Calendar> {
        self.calendar_of(item).and_then(|id| self.calendars.get(&id))
    }

    /// The working minutes of a calendar between two moments of the plan's clock.
    fn minutes_in(
        &self,
        own: &Calendar,
        item: &Item,
        from: NaiveDateTime,
        to: NaiveDateTime,
    ) -> i64 {
        let ahead = self.wall().ahead(item.zone, self.frame.starts_at);
        let own = own.engine(self.frame.starts_at.year());
        calendar::minutes_between(&calendar::moved(&own, -ahead), from, to)
    }

    /// The minutes between two moments as a task's work is counted: of its calendar's working
    /// time, or elapsed ones.
    pub(super) fn work_between(&self, item: &Item, from: Timestamp, to: Timestamp) -> i64 {
        let (from, to) = self.wall().span(from, to);
        match self.own_calendar(item).filter(|_| !item.terms.work_elapsed) {
            Some(own) if from < to => self.minutes_in(own, item, from, to),
            _ => (to - from).num_minutes().max(0),
        }
    }

    /// Lets a task take so much working time, or as much as lies in a span; where there is none (a
    /// night's work), the span itself.
    fn work_in_calendar(&mut self, id: TaskId, span: Span, work_min: Option<i32>) {
        let wall = self.wall();
        let Some(item) = self.item(id) else { return };
        let Some(own) = self.own_calendar(item) else {
            if let Some(terms) = self.terms(id) {
                terms.work_min = Terms::minutes(span.starts_at, span.ends_at);
            }
            return;
        };
        let (from, to) = wall.span(span.starts_at, span.ends_at);
        let elapsed = (to - from).num_minutes();
        let working = work_min.map_or_else(|| self.minutes_in(own, item, from, to), i64::from);
        let minutes = if working > 0 { working } else { elapsed };
        if let Some(terms) = self.terms(id) {
            terms.work_elapsed = working == 0 && elapsed > 0;
            terms.work_min = i32::try_from(minutes).unwrap_or(i32::MAX);
        }
    }
}
