use auth::Action;
use axum::http::HeaderMap;
use axum::response::Response;
use chrono::{DateTime, Duration, NaiveDate, Utc};
use contracts::TaskStatus;
use kernel::{CrewId, ProjectId, SiteId, TaskId, WorkerId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;
use web::{Ctx, Page, PageParams, Params, Problem, ReadRefused};

use crate::crews::Crew;
use crate::dispatch::check::{self, Wanted, sees};
use crate::dispatch::model::{Held, Person, Refusal};
use crate::dispatch::{load, store, travel};
use crate::tasks;
use crate::tasks::model::Priority;

/// The most days of a board.
const MOST_DAYS: i64 = 31;
/// The most tasks without workers that are shown.
const UNASSIGNED: usize = 200;
/// The most tasks of a worker that are shown.
const OF_ONE: usize = 200;

fn usual() -> i64 {
    50
}

/// What of the board is asked for.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ReadBoard {
    /// How many workers at most.
    #[serde(default = "usual")]
    #[validate(range(min = 1, max = 100))]
    #[param(minimum = 1, maximum = 100, default = 50)]
    pub limit: i64,
    /// Where the page before ended, as it said.
    #[validate(length(max = 500))]
    #[param(max_length = 500)]
    pub cursor: Option<String>,
    /// The first day, in the firm's zone.
    #[validate(custom(function = web::check::day))]
    pub from: NaiveDate,
    /// The last day, at most 30 later.
    #[validate(custom(function = web::check::day))]
    pub to: NaiveDate,
    /// Tasks without workers of this site alone.
    pub site_id: Option<SiteId>,
    /// Tasks without workers of this project alone.
    pub project_id: Option<ProjectId>,
    /// Workers of this crew alone.
    pub crew_id: Option<CrewId>,
}

/// Workers by time.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DispatchBoard)]
pub struct Board {
    /// The workers, by name.
    pub workers: Vec<BoardWorker>,
    /// The cursor of the page after this one; none at the end.
    pub next: Option<String>,
    /// The open tasks that lack workers, by start; on the first page alone, at most 200.
    pub unassigned: Vec<BoardTask>,
    /// Whether there are more of them.
    pub more_unassigned: bool,
}

/// A worker's line on the board.
#[derive(Debug, Serialize, ToSchema)]
pub struct BoardWorker {
    /// The worker.
    pub worker_id: WorkerId,
    /// The worker's name.
    pub name: String,
    /// The crews that the worker belongs to, by name.
    pub crews: Vec<Crew>,
    /// The usual hours on these days, in the firm's zone.
    pub hours: Vec<BoardSpan>,
    /// When the worker is away.
    pub absences: Vec<BoardSpan>,
    /// What holds the worker, by start.
    pub assignments: Vec<BoardAssignment>,
    /// What rules stand against what holds the worker by now, by task.
    pub breaches: Vec<BoardBreach>,
}

/// A span of time.
#[derive(Debug, Serialize, ToSchema)]
pub struct BoardSpan {
    /// From when.
    pub from: DateTime<Utc>,
    /// To when.
    pub to: DateTime<Utc>,
}

/// A task that holds a worker.
#[derive(Debug, Serialize, ToSchema)]
pub struct BoardAssignment {
    /// The task; none where the caller does not see it.
    pub task_id: Option<TaskId>,
    /// Its title, where the caller sees it.
    pub title: Option<String>,
    /// Its site, where the caller sees it.
    pub site_id: Option<SiteId>,
    /// From when.
    pub from: DateTime<Utc>,
    /// To when.
    pub to: DateTime<Utc>,
    /// Minutes there from the task before, or from the day's start, by the straight line; none
    /// where that is not known.
    pub travel_min: Option<i64>,
}

/// Rules that stand against a worker on a task.
#[derive(Debug, Serialize, ToSchema)]
pub struct BoardBreach {
    /// The task.
    pub task_id: TaskId,
    /// What stands against it.
    pub refusal: Refusal,
}

/// A task that lacks workers.
#[derive(Debug, Serialize, ToSchema)]
pub struct BoardTask {
    /// The task.
    pub task_id: TaskId,
    /// Its title.
    pub title: String,
    /// Its site.
    pub site_id: SiteId,
    /// Its project.
    pub project_id: ProjectId,
    /// How urgent it is.
    pub priority: Priority,
    /// Where it stands.
    pub status: TaskStatus,
    /// Planned start.
    pub starts_at: DateTime<Utc>,
    /// Planned end.
    pub ends_at: DateTime<Utc>,
    /// How many workers it lacks.
    pub missing: i32,
    /// Its version, for `If-Match`.
    pub version: i64,
}

/// Read the dispatch board: workers by time.
///
/// Who does what on these days, when they are away, what rules stand against it by now, and on the
/// first page the tasks that lack workers. Tasks that the caller does not see hold their workers
/// without saying what they are. `If-None-Match` takes the `ETag`: 304 where nothing changed.
#[utoipa::path(
    get, path = "/v1/dispatch/board", tag = "planning", security(("bearer" = [])),
    params(ReadBoard),
    responses(
        (status = 200, description = "A page of the board", body = Board),
        (status = 304, description = "As it was"),
        ReadRefused,
    ))]
pub async fn read_dispatch_board(
    cx: Ctx,
    Params(ask): Params<ReadBoard>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    cx.visible(Action::AssignTask)?;
    let seen = cx.visible(Action::ReadTask)?;
    load::check_days(ask.from, ask.to, MOST_DAYS)?;
    let first = ask.cursor.is_none();
    let after = PageParams { limit: ask.limit, cursor: ask.cursor.clone() }.after()?;
    let mut conn = cx.db().await?;
    let rows = store::board::workers(&mut conn, ask.crew_id, after.as_ref(), ask.limit + 1).await?;
    let page = Page::of(rows, ask.limit, Clone::clone);
    let ids: Vec<_> = page.items.iter().map(|(_, id)| *id).collect();
    let zone = cx.tenant.zone;
    let (from, to) =
        (labour::midnight(zone, ask.from), labour::midnight(zone, ask.to + Duration::days(1)));
    let mut people = store::people::between(&mut conn, Some(&ids), from, to).await?;
    let see = sees(&cx);
    for held in people.iter_mut().flat_map(|person| &mut person.tasks) {
        held.seen = see(held);
    }
    people.sort_by(|a, b| a.name.cmp(&b.name).then(a.id.cmp(&b.id)));
    let mut breaches = breaches(&cx, &mut conn, &people).await?;
    let mut workers = Vec::with_capacity(people.len());
    for person in &people {
        workers.push(line(&ask, zone, person));
    }
    let mut crews = crate::crews::of_workers(&mut conn, &ids).await?;
    for line in &mut workers {
        line.crews = crews.remove(&line.worker_id).unwrap_or_default();
        let (own, rest) =
            breaches.into_iter().partition(|breach| breach.refusal.worker_id == line.worker_id);
        line.breaches = own;
        breaches = rest;
    }
    let (mut unassigned, mut more_unassigned) = (Vec::new(), false);
    if first {
        let limit = i64::try_from(UNASSIGNED + 1).unwrap_or(i64::MAX);
        let (place, span) = ((ask.site_id, ask.project_id), (ask.from, ask.to));
        let rows = store::board::unassigned(&mut conn, &seen, place, span, limit).await?;
        more_unassigned = rows.len() > UNASSIGNED;
        unassigned.extend(rows.into_iter().take(UNASSIGNED).map(BoardTask::from));
    }
    web::found_as_of(&headers, &Board { workers, next: page.next, unassigned, more_unassigned })
}

/// What rules stand against what holds people by now.
async fn breaches(
    cx: &Ctx,
    conn: &mut sqlx::PgConnection,
    people: &[Person],
) -> Result<Vec<BoardBreach>, Problem> {
    let seen = people.iter().flat_map(|person| &person.tasks).filter(|held| held.seen);
    let mut ids: Vec<TaskId> = seen.map(|held| held.id).collect();
    ids.sort();
    ids.dedup();
    let on_page = |id: &WorkerId| people.iter().any(|person| person.id == *id);
    let wanted: Vec<_> = tasks::store::of_ids(conn, &ids)
        .await?
        .into_iter()
        .map(|task| {
            let check = task.workers.iter().copied().filter(on_page).collect();
            Wanted { task, check }
        })
        .collect();
    let (_, unfit) = check::look(cx, conn, &wanted, None, &sees(cx)).await?;
    let breaches = unfit.into_iter().flat_map(|task| {
        let task_id = task.task_id;
        task.reasons.into_iter().map(move |refusal| BoardBreach { task_id, refusal })
    });
    Ok(breaches.collect())
}

fn line(ask: &ReadBoard, zone: chrono_tz::Tz, person: &Person) -> BoardWorker {
    // The first night is that of the day before.
    let begins = labour::midnight(zone, ask.from);
    let all = (ask.from - Duration::days(1)).iter_days().take_while(|day| *day <= ask.to);
    let hours = all.flat_map(|day| person.hours_of(zone, day));
    let hours = hours.filter(|hours| hours.to > begins);
    let hours = hours.map(|hours| BoardSpan { from: hours.from, to: hours.to });
    let absences = person.absences.iter().map(|(from, to)| BoardSpan { from: *from, to: *to });
    let mut assignments = Vec::with_capacity(person.tasks.len());
    let mut before: Option<&Held> = None;
    for held in person.tasks.iter().take(OF_ONE) {
        assignments.push(BoardAssignment {
            task_id: held.seen.then_some(held.id),
            title: held.seen.then(|| held.title.clone()),
            site_id: held.seen.then_some(held.site),
            from: held.from,
            to: held.to,
            travel_min: held.seen.then(|| travel_min(zone, person, before, held)).flatten(),
        });
        before = Some(held);
    }
    BoardWorker {
        worker_id: person.id,
        name: person.name.clone(),
        crews: Vec::new(),
        hours: hours.collect(),
        absences: absences.collect(),
        assignments,
        breaches: Vec::new(),
    }
}

/// Minutes to a task from the one before it on that day, or from where the day starts.
fn travel_min(
    zone: chrono_tz::Tz,
    person: &Person,
    before: Option<&Held>,
    held: &Held,
) -> Option<i64> {
    let day = |at| person.day_at(zone, at);
    let same_day = |b: &&Held| day(b.from) == day(held.from);
    let from = before.filter(same_day).map(|b| b.at).or(person.start.map(|(at, _)| at))?;
    Some((travel::estimate(from, held.at) / 60.0).ceil() as i64)
}

impl From<store::board::Row> for BoardTask {
    fn from(row: store::board::Row) -> Self {
        Self {
            task_id: row.id,
            title: row.title,
            site_id: row.site_id,
            project_id: row.project_id,
            priority: row.priority,
            status: row.status,
            starts_at: row.starts_at,
            ends_at: row.ends_at,
            missing: row.missing,
            version: row.version,
        }
    }
}
