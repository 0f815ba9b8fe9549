use std::collections::{HashMap, HashSet};

use auth::{Action, Target};
use chrono::{DateTime, Utc};
use contracts::TaskStatus;
use kernel::{BaselineId, CalendarId, ProjectId, SiteId, TaskId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;
use web::{Ctx, Found, Params, Problem, ProblemBody, ReadRefused, Versioned};

use crate::error::Error;
use crate::schedule::model::{Book, Bound, Dates, Dependency, Mode, Objection};
use crate::schedule::{explained, store};

/// Which plan is asked for.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ReadSchedule {
    /// The project.
    pub project_id: ProjectId,
    /// The baseline to compare with; without it, the last one.
    pub baseline_id: Option<BaselineId>,
}

/// A project's plan with its dates.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlanSchedule {
    /// The project.
    pub project_id: ProjectId,
    /// Counts the plan's changes; the `ETag`.
    pub version: i64,
    /// The IANA zone whose clock the plan is calculated by.
    pub zone: String,
    /// To when progress was last reported.
    pub status_at: Option<DateTime<Utc>>,
    /// The project's calendar.
    pub calendar_id: Option<CalendarId>,
    /// When the last task ends.
    pub finish: DateTime<Utc>,
    /// The baseline compared with.
    pub baseline_id: Option<BaselineId>,
    /// The tasks that the caller may see, each after its summary.
    pub tasks: Vec<ScheduledTask>,
    /// The links between these tasks.
    pub links: Vec<Dependency>,
}

impl Versioned for PlanSchedule {
    fn version(&self) -> i64 {
        self.version
    }
}

/// A task of a plan with its dates.
#[derive(Debug, Serialize, ToSchema)]
pub struct ScheduledTask {
    /// The task.
    pub id: TaskId,
    /// Its site.
    pub site_id: SiteId,
    /// The summary it belongs to.
    pub parent_id: Option<TaskId>,
    /// Its number in the work breakdown: `1.2.3`.
    pub wbs: String,
    /// Whether other tasks belong to it.
    pub summary: bool,
    /// Its title.
    pub title: String,
    /// Where it stands.
    pub status: TaskStatus,
    /// Its start as the plan was last changed.
    pub starts_at: DateTime<Utc>,
    /// Its end as the plan was last changed.
    pub ends_at: DateTime<Utc>,
    /// Its start as it is calculated now, with what was done until now.
    pub start: Option<DateTime<Utc>>,
    /// Its end as it is calculated now, with what was done until now.
    pub finish: Option<DateTime<Utc>>,
    /// The soonest it can start.
    pub early_start: Option<DateTime<Utc>>,
    /// The soonest it can end.
    pub early_finish: Option<DateTime<Utc>>,
    /// The latest it may start without delaying the end.
    pub late_start: Option<DateTime<Utc>>,
    /// The latest it may end without delaying the end.
    pub late_finish: Option<DateTime<Utc>>,
    /// Minutes of its working time that it can slip without delaying the end; less than none
    /// where a date cannot be kept.
    pub total_float_min: Option<i64>,
    /// Minutes of its working time that it can slip without delaying another task.
    pub free_float_min: Option<i64>,
    /// Whether it has no float left.
    pub critical: bool,
    /// Minutes it takes; none of a milestone.
    pub work_min: i32,
    /// Whether these are of elapsed time or of its calendar's working time.
    pub work_elapsed: bool,
    /// How much of it is done, in per cent.
    pub percent: i32,
    /// Planned pauses: after so many minutes of work, so many minutes long.
    pub splits: Vec<(i64, i64)>,
    /// It does not start before this.
    pub not_before: Option<DateTime<Utc>>,
    /// What else binds it.
    pub constraint: Bound,
    /// The moment that binds it.
    pub constraint_at: Option<DateTime<Utc>>,
    /// It should end by this.
    pub deadline: Option<DateTime<Utc>>,
    /// Its own calendar.
    pub calendar_id: Option<CalendarId>,
    /// Its start in the baseline.
    pub baseline_start: Option<DateTime<Utc>>,
    /// Its end in the baseline.
    pub baseline_finish: Option<DateTime<Utc>>,
    /// Minutes that it starts later than in the baseline; less than none where it is earlier.
    pub start_variance_min: Option<i64>,
    /// Minutes that it ends later than in the baseline; less than none where it is earlier.
    pub finish_variance_min: Option<i64>,
    /// Counts its changes.
    pub version: i64,
}

/// Read a project's schedule.
///
/// Every task that the caller may see with its dates, float and variance, calculated over the
/// whole of the plan.
#[utoipa::path(
    get, path = "/v1/schedule", tag = "planning", security(("bearer" = [])),
    params(ReadSchedule),
    responses(
        (status = 200, description = "The plan with its dates", body = PlanSchedule),
        ReadRefused,
        (status = 422, description = "The plan cannot be calculated",
            body = ProblemBody, content_type = "application/problem+json"),
    ))]
pub async fn read_schedule(
    cx: Ctx,
    Params(ask): Params<ReadSchedule>,
) -> Result<Found<PlanSchedule>, Problem> {
    let seen = cx.visible(Action::ReadTask)?;
    let mut conn = cx.db().await?;
    if !store::tasks::has_project(&mut conn, ask.project_id).await? {
        return Err(Problem::not_found());
    }
    let book = store::plan::book(&mut conn, ask.project_id, &seen, cx.now()).await?;
    let whole = seen.covers(&Target::project(ask.project_id));
    if !whole && !book.items.iter().any(|item| item.seen) {
        return Err(Problem::not_found());
    }
    let kept = store::baselines::dates(&mut conn, ask.project_id, ask.baseline_id).await?;
    if ask.baseline_id.is_some() && kept.is_none() {
        return Err(Problem::not_found());
    }
    drop(conn);
    Ok(Found(shown(book, kept)?))
}

fn shown(
    book: Book,
    kept: Option<(BaselineId, HashMap<TaskId, Dates>)>,
) -> Result<PlanSchedule, Error> {
    let (drawn, schedule) =
        book.calculate(Mode::Read).map_err(|unfit| explained(&book, Objection::Unfit(unfit)))?;
    let summaries: HashSet<_> = book.items.iter().filter_map(|i| i.terms.parent_id).collect();
    let mut numbers = Numbers::default();
    let (baseline_id, kept) = kept.map_or((None, HashMap::new()), |(id, dates)| (Some(id), dates));
    let moment = |at| drawn.wall.moment(at);
    let mut tasks = Vec::with_capacity(book.items.len());
    for (at, dates) in drawn.items.iter().zip(&schedule.dates) {
        let item = &book.items[*at];
        let wbs = numbers.next(item.id, item.terms.parent_id);
        if !item.seen {
            continue;
        }
        let terms = &item.terms;
        let base = kept.get(&item.id);
        let (start, finish) = match dates {
            Some(d) => (Some(moment(d.start)), Some(moment(d.finish))),
            None => (None, None),
        };
        let later = |now: Option<DateTime<Utc>>, then: Option<DateTime<Utc>>| {
            Some((now? - then?).num_minutes())
        };
        tasks.push(ScheduledTask {
            id: item.id,
            site_id: item.site_id,
            parent_id: terms.parent_id,
            wbs,
            summary: summaries.contains(&item.id),
            title: item.title.clone(),
            status: item.status,
            starts_at: item.starts_at,
            ends_at: item.ends_at,
            start,
            finish,
            early_start: dates.map(|d| moment(d.early_start)),
            early_finish: dates.map(|d| moment(d.early_finish)),
            late_start: dates.map(|d| moment(d.late_start)),
            late_finish: dates.map(|d| moment(d.late_finish)),
            total_float_min: dates.map(|d| d.total_float),
            free_float_min: dates.map(|d| d.free_float),
            critical: dates.is_some_and(|d| d.critical),
            work_min: terms.work_min,
            work_elapsed: terms.work_elapsed,
            percent: percent(item.finished_at.is_some(), terms.done_min, terms.work_min),
            splits: terms.splits.clone(),
            not_before: terms.not_before,
            constraint: terms.constraint_kind,
            constraint_at: terms.constraint_at,
            deadline: terms.deadline,
            calendar_id: terms.calendar_id,
            baseline_start: base.map(|b| b.start),
            baseline_finish: base.map(|b| b.finish),
            start_variance_min: later(start, base.map(|b| b.start)),
            finish_variance_min: later(finish, base.map(|b| b.finish)),
            version: item.version,
        });
    }
    let seen: HashSet<_> = tasks.iter().map(|task| task.id).collect();
    let links = book
        .links
        .into_iter()
        .filter(|link| seen.contains(&link.predecessor) && seen.contains(&link.successor))
        .collect();
    Ok(PlanSchedule {
        project_id: book.frame.project,
        version: book.frame.version,
        zone: drawn.wall.0.name().to_owned(),
        status_at: book.frame.status_at,
        calendar_id: book.frame.calendar_id,
        finish: moment(schedule.finish),
        baseline_id,
        tasks,
        links,
    })
}

fn percent(finished: bool, done: i32, work: i32) -> i32 {
    match work {
        _ if finished => 100,
        0 => 0,
        work => i32::try_from(i64::from(done) * 100 / i64::from(work)).unwrap_or(100).min(100),
    }
}

/// Numbers the work breakdown: tasks come each after its summary.
#[derive(Default)]
struct Numbers {
    of: HashMap<TaskId, String>,
    last: HashMap<Option<TaskId>, usize>,
}

impl Numbers {
    fn next(&mut self, id: TaskId, parent: Option<TaskId>) -> String {
        let above = parent.and_then(|p| self.of.get(&p).cloned());
        let nth = self.last.entry(parent.filter(|_| above.is_some())).or_default();
        *nth += 1;
        let number = above.map_or_else(|| nth.to_string(), |above| format!("{above}.{nth}"));
        self.of.insert(id, number.clone());
        number
    }
}
