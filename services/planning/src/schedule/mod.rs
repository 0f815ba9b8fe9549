//! A true schedule behind the tasks. What people set (work, links, calendars, bounds) is stored;
//! the engine calculates the dates that follow, and every change tells all that it moves.

mod actual;
mod api;
pub(crate) mod model;
mod place;
pub(crate) mod store;

use std::collections::HashSet;

use auth::Visibility;
use contracts::{PlanChange, PlanChanged, TaskChange, TaskChanged};
use kernel::{MoveId, ProjectId, SiteId, TaskId, Timestamp, UserId};
use serde_json::{Value, json};
use sqlx::PgConnection;
use web::{Problem, Write};

pub(crate) use actual::{hold, progress};
pub(crate) use api::routes;
pub(crate) use place::{Replan, place, place_all, replan};

use self::model::{
    Book, Calendar, Dates, Extent, Frame, Inverse, Misfit, Objection, Shift, Unfit, Verdict, judge,
};
use self::store::moves::NewMove;
use crate::dispatch;
use crate::error::{Error, PlanError};
use crate::service_levels;

/// How often a change is calculated anew because a task changed meanwhile.
const TRIES: usize = 5;

/// What is asked of a plan, besides the change itself.
pub(crate) struct Ask {
    pub project: ProjectId,
    /// The version that the caller believes is the present one.
    pub expected: Option<i64>,
    pub extent: Extent,
    /// The word for it.
    pub kind: &'static str,
    pub by: Option<UserId>,
    pub at: Timestamp,
    /// What was asked, for those who read the moves.
    pub edit: Value,
    /// The move that it takes back.
    pub undoes: Option<MoveId>,
    /// The task whose new dates the caller wants to know, moved or not.
    pub watch: Option<TaskId>,
    /// The dates that tasks under way get back.
    pub restore: Vec<Shift>,
    /// Whether those who are on tasks that move are left behind: who changes several plans in one
    /// write lets them follow at its end, with [`dispatch::follow`].
    pub unfollowed: bool,
}

impl Ask {
    /// A change that somebody makes now.
    pub fn new(kind: &'static str, project: ProjectId, by: Option<UserId>, at: Timestamp) -> Self {
        Self {
            project,
            expected: None,
            extent: Extent::Change,
            kind,
            by,
            at,
            edit: Value::Null,
            undoes: None,
            watch: None,
            restore: Vec::new(),
            unfollowed: false,
        }
    }
}

/// What came of it.
pub(crate) struct Made {
    pub id: MoveId,
    pub version: i64,
    pub verdict: Verdict,
    /// The plan as it was.
    pub before: Book,
    /// The plan as it is now, with the dates of before.
    pub after: Book,
    /// What is told of each touched task.
    pub told: Vec<TaskChanged>,
    /// The tasks for which levelling found that there is never enough.
    pub short: Vec<TaskId>,
}

/// Everything: a change to a plan is judged over all of it, whoever makes it.
pub(crate) fn everything() -> Visibility {
    Visibility { all: true, ..Visibility::default() }
}

impl Made {
    /// Whether somebody works at other hours than before.
    fn changes_hours(&self) -> bool {
        let (before, after) = (&self.before, &self.after);
        before.frame.calendar_id != after.frame.calendar_id
            || before.site_calendars != after.site_calendars
            || before.calendars != after.calendars
    }
}

/// Changes a plan: reads it, lets `change` do its part, calculates both, and writes what differs.
/// Tells nobody yet: see [`tell`]. In a transaction that is taken back it is a dry run.
pub(crate) async fn carry_out(
    conn: &mut PgConnection,
    ask: &Ask,
    change: impl Fn(&mut Book) -> Result<(), Error>,
) -> Result<Made, Error> {
    store::links::lock_project(conn, ask.project).await?;
    for _ in 0..TRIES {
        let before = store::plan::book(conn, ask.project, &everything(), ask.at).await?;
        if let Some(expected) = ask.expected.filter(|e| *e != before.frame.version) {
            let moves = store::moves::after(conn, ask.project, expected, 200).await?;
            let version = before.frame.version;
            return Err(PlanError::Stale { version, moves }.into());
        }
        let mut after = before.clone();
        change(&mut after)?;
        let mut verdict = judge(&before, &after, ask.extent, ask.watch)
            .map_err(|objection| explained(&after, objection))?;
        verdict.restore(&after, &ask.restore);
        let touched = verdict.touched();
        if store::plan::lock_as_read(conn, &before, &touched).await? {
            return write(conn, ask, before, after, verdict, &touched).await;
        }
    }
    Err(Problem::unavailable(1).into())
}

async fn write(
    conn: &mut PgConnection,
    ask: &Ask,
    before: Book,
    after: Book,
    verdict: Verdict,
    touched: &[TaskId],
) -> Result<Made, Error> {
    let inverse = &verdict.inverse;
    let new: Vec<_> = after.items.iter().filter(|i| before.item(i.id).is_none()).collect();
    if !new.is_empty() {
        store::tasks::insert_items(conn, ask.project, &new).await?;
    }
    store::links::delete(conn, &inverse.add.iter().map(|l| l.id).collect::<Vec<_>>()).await?;
    store::links::insert(conn, &verdict.added).await?;
    for (site, _) in &inverse.sites {
        let calendar = after.site_calendars.get(site).copied();
        store::plan::set_site_calendar(conn, ask.project, *site, calendar).await?;
    }
    let terms = verdict.terms.iter().filter_map(|id| Some((*id, &after.item(*id)?.terms)));
    store::plan::save_terms(conn, terms).await?;
    let mut told = store::plan::save_dates(conn, touched, &verdict.shifts).await?;
    let moved: Vec<_> = verdict.shifts.iter().map(|s| s.task_id).collect();
    let changed: HashSet<_> = verdict.terms.iter().chain(&moved).copied().collect();
    for task in &mut told {
        if before.item(task.task).is_none() {
            task.change = TaskChange::Planned;
        } else if !changed.contains(&task.task) {
            task.change = TaskChange::Linked;
        }
    }
    if !moved.is_empty() && !ask.unfollowed {
        dispatch::follow(conn, &moved, &[]).await?;
    }
    let version = store::plan::bump(conn, &after.frame).await?;
    let id = MoveId::new();
    // New tasks and changed calendars stay; what changed nothing is not taken back.
    let whole =
        new.is_empty() && before.calendars == after.calendars && *inverse != Inverse::default();
    let made = NewMove {
        id,
        project: ask.project,
        version,
        kind: ask.kind,
        by: ask.by,
        at: ask.at,
        edit: &ask.edit,
        changes: &verdict.shifts,
        inverse: Some(inverse).filter(|_| whole),
        tasks: touched,
        undoes: ask.undoes,
    };
    store::moves::insert(conn, &made).await?;
    Ok(Made { id, version, verdict, before, after, told, short: Vec::new() })
}

/// Tells of a change to a plan: of each task that it touched, and of the plan.
pub(crate) async fn tell(
    tx: &mut Write<'_>,
    made: &Made,
    change: PlanChange,
    about: &Value,
) -> Result<(), Error> {
    for task in &made.told {
        let about = json!({"move": made.id, "starts_at": task.starts_at, "ends_at": task.ends_at});
        tx.emit_about(task, &about);
    }
    let tasks: Vec<_> = made.told.iter().map(|t| t.task).collect();
    crate::field::touch_tasks(tx, &tasks).await?;
    service_levels::moved(tx, &tasks).await?;
    if made.changes_hours() {
        service_levels::other_hours(tx, made.before.frame.project);
    }
    let event = PlanChanged {
        project: made.before.frame.project,
        version: made.version,
        change,
        moved: i64::try_from(made.verdict.shifts.len()).unwrap_or(i64::MAX),
    };
    tx.emit_about(&event, about);
    Ok(())
}

/// The calendar by which a site works: its own, or its project's; none where neither has one.
pub(crate) async fn calendar_of(
    conn: &mut PgConnection,
    project: ProjectId,
    site: SiteId,
    now: Timestamp,
) -> Result<Option<Calendar>, sqlx::Error> {
    let frame = store::plan::frame(conn, project, now).await?;
    let sites = store::plan::site_calendars(conn, project).await?;
    match sites.get(&site).copied().or(frame.calendar_id) {
        Some(id) => store::calendars::find(conn, id).await,
        None => Ok(None),
    }
}

/// A change that touches no other task's dates, such as a new task: counts it and keeps it among
/// the moves.
pub(crate) async fn note(
    conn: &mut PgConnection,
    ask: &Ask,
    frame: &Frame,
    tasks: &[TaskId],
) -> Result<i64, Error> {
    let version = store::plan::bump(conn, frame).await?;
    let new = NewMove {
        id: MoveId::new(),
        project: ask.project,
        version,
        kind: ask.kind,
        by: ask.by,
        at: ask.at,
        edit: &ask.edit,
        changes: &[],
        inverse: None,
        tasks,
        undoes: None,
    };
    store::moves::insert(conn, &new).await?;
    Ok(version)
}

/// A problem names tasks, not places.
fn explained(book: &Book, objection: Objection) -> Error {
    let name = |id: &TaskId| book.item(*id).map(model::book::Item::reference);
    match objection {
        Objection::Broken(broken) => PlanError::Broken(broken).into(),
        Objection::Unfit(Unfit::Cycle(tasks)) => {
            Error::Cycle(tasks.iter().filter_map(name).collect())
        }
        Objection::Unfit(Unfit::NoWorkingTime(calendar)) => {
            PlanError::NoWorkingTime(calendar).into()
        }
        Objection::Unfit(Unfit::Range(task)) => {
            PlanError::Range(task.as_ref().and_then(name)).into()
        }
        Objection::Unfit(Unfit::Link(ends)) => {
            let both = ends.map(|(from, to)| [from, to].iter().filter_map(name).collect());
            PlanError::Link(both.unwrap_or_default()).into()
        }
    }
}

/// Why a change is none, in words that name the tasks.
pub(crate) fn misfit(book: &Book, misfit: Misfit) -> Error {
    let name = |id: TaskId| book.item(id).map(model::book::Item::reference);
    match misfit {
        Misfit::NoTask | Misfit::NoLink | Misfit::NoCalendar => Problem::not_found().into(),
        Misfit::Linked => Error::AlreadyExists,
        Misfit::SelfLink(id) => Error::Cycle(name(id).into_iter().collect()),
        Misfit::Range(pointer) => PlanError::Field(pointer).into(),
        Misfit::Closed(id) => PlanError::Closed(name(id)).into(),
        Misfit::Begun(id) => PlanError::Begun(name(id)).into(),
        Misfit::NotBegun(id) => PlanError::NotBegun(name(id)).into(),
        Misfit::Summary(id) => PlanError::Summary(name(id)).into(),
        Misfit::NoSummary(id) => PlanError::NoSummary(name(id)).into(),
        Misfit::OwnParent(id) => PlanError::OwnParent(name(id)).into(),
    }
}

/// When a task could start and end if no other were there: at its `not_before`, or when its
/// calendar works next.
pub(crate) fn alone(book: &Book, id: TaskId) -> Result<Option<Dates>, Error> {
    let mut items = book.items.iter().filter(|item| item.id == id).cloned().collect::<Vec<_>>();
    if let Some(item) = items.first_mut() {
        item.terms.parent_id = None;
    }
    let single = Book { items, links: Vec::new(), ..book.clone_frame() };
    let (drawn, schedule) = single
        .calculate(model::Mode::Judge)
        .map_err(|unfit| explained(&single, Objection::Unfit(unfit)))?;
    let dates = schedule.dates.first().copied().flatten();
    Ok(dates
        .map(|d| Dates { start: drawn.wall.moment(d.start), finish: drawn.wall.moment(d.finish) }))
}

/// Refuses a start that what comes before the task does not let be.
pub(crate) fn refuse_early(made: &Made, id: TaskId) -> Result<(), Error> {
    let free = alone(&made.after, id)?;
    match (free, made.verdict.watched) {
        (Some(free), Some(now)) if now.start > free.start => {
            Err(Error::TooEarly { earliest: now.start })
        }
        _ => Ok(()),
    }
}
