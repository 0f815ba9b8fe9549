use auth::{Action, Target};
use chrono::NaiveDate;
use contracts::{DispatchChange, DispatchState};
use http::{HeaderName, StatusCode, header};
use kernel::{CrewId, DispatchRunId, ProjectId, SiteId, WorkerId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;
use web::{Answer, Ctx, Problem, ProblemBody, Reply, Valid, WriteHeaders, WriteRefused};

use super::scope::{Region, Scope};
use crate::dispatch::model::{Ask, Away, Delay, Kind, Progress, Run, Weights};
use crate::dispatch::store::scene::Place;
use crate::dispatch::{job, load, store};
use crate::error::{DispatchError, Error};
use crate::tasks;

/// The most days of a search.
const MOST_DAYS: i64 = 31;

fn ten() -> u16 {
    10
}

fn one() -> u32 {
    1
}

/// A search to be made.
#[derive(Debug, Deserialize, Serialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDispatchRun {
    /// The id that the client chose for it.
    pub id: Option<DispatchRunId>,
    /// These sites.
    #[validate(length(min = 1, max = 500))]
    #[schema(min_items = 1, max_items = 500)]
    pub site_ids: Option<Vec<SiteId>>,
    /// All sites of these projects.
    #[validate(length(min = 1, max = 50))]
    #[schema(min_items = 1, max_items = 50)]
    pub project_ids: Option<Vec<ProjectId>>,
    /// The sites around a place, of those that the caller may dispatch.
    #[validate(nested)]
    pub region: Option<Region>,
    /// The first day, in the sites' zone.
    #[validate(custom(function = web::check::day))]
    pub from: NaiveDate,
    /// The last day, at most 30 later.
    #[validate(custom(function = web::check::day))]
    pub to: NaiveDate,
    /// Who may be put on the tasks; without it, everybody.
    #[validate(length(min = 1, max = 1000))]
    #[schema(min_items = 1, max_items = 1000)]
    pub worker_ids: Option<Vec<WorkerId>>,
    /// The members of these crews, beside `worker_ids`.
    #[validate(length(min = 1, max = 20))]
    #[schema(min_items = 1, max_items = 20)]
    pub crew_ids: Option<Vec<CrewId>>,
    /// What counts how much.
    #[serde(default)]
    #[validate(nested)]
    pub weights: Weights,
    /// How many seconds are searched at most.
    #[serde(default = "ten")]
    #[validate(range(min = 1, max = 300))]
    #[schema(minimum = 1, maximum = 300, default = 10)]
    pub seconds: u16,
    /// Where chance begins.
    #[serde(default = "one")]
    #[schema(default = 1)]
    pub seed: u32,
    /// Searches so many rounds in place of so many seconds: then the same seed finds the same.
    #[validate(range(min = 1, max = 1_000_000))]
    #[schema(minimum = 1, maximum = 1_000_000)]
    pub rounds: Option<u32>,
    /// Whether to ask only what would be.
    #[serde(default)]
    pub what_if: bool,
    /// Whether tasks stay at their planned start and workers alone are sought.
    #[serde(default)]
    pub keep_times: bool,
    /// Whether tasks that have all their workers stay as they are.
    #[serde(default)]
    pub keep_assigned: bool,
}

/// What happened, to be answered with as few changes as can be.
#[derive(Debug, Deserialize, Serialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewReplan {
    /// The id that the client chose for the search.
    pub id: Option<DispatchRunId>,
    /// Whose tasks may be given to others or moved; without it, those of the sites that what
    /// happened concerns.
    #[validate(length(min = 1, max = 500))]
    #[schema(min_items = 1, max_items = 500)]
    pub site_ids: Option<Vec<SiteId>>,
    /// All sites of these projects.
    #[validate(length(min = 1, max = 50))]
    #[schema(min_items = 1, max_items = 50)]
    pub project_ids: Option<Vec<ProjectId>>,
    /// The sites around a place.
    #[validate(nested)]
    pub region: Option<Region>,
    /// The first day, in the sites' zone.
    #[validate(custom(function = web::check::day))]
    pub from: NaiveDate,
    /// The last day, at most 30 later.
    #[validate(custom(function = web::check::day))]
    pub to: NaiveDate,
    /// Who will not be there, whether or not it is noted as an absence.
    #[serde(default)]
    #[validate(length(max = 50), nested)]
    #[schema(max_items = 50)]
    pub away: Vec<Away>,
    /// What is late.
    #[serde(default)]
    #[validate(length(max = 50), nested)]
    #[schema(max_items = 50)]
    pub delays: Vec<Delay>,
    /// How many seconds are searched at most.
    #[serde(default = "ten")]
    #[validate(range(min = 1, max = 300))]
    #[schema(minimum = 1, maximum = 300, default = 10)]
    pub seconds: u16,
    /// Where chance begins.
    #[serde(default = "one")]
    #[schema(default = 1)]
    pub seed: u32,
    /// Searches so many rounds in place of so many seconds.
    #[validate(range(min = 1, max = 1_000_000))]
    #[schema(minimum = 1, maximum = 1_000_000)]
    pub rounds: Option<u32>,
    /// Whether to ask only what would be.
    #[serde(default)]
    pub what_if: bool,
}

/// 202: it is searched from now on.
#[derive(Debug)]
pub struct Accepted(Run);

impl Answer for Accepted {
    fn status(&self) -> StatusCode {
        StatusCode::ACCEPTED
    }
    fn headers(&self) -> Vec<(HeaderName, String)> {
        vec![
            (header::LOCATION, format!("/v1/dispatch/runs/{}", self.0.id)),
            (header::ETAG, format!("\"{}\"", self.0.version)),
        ]
    }
    fn body(&self) -> Result<Vec<u8>, serde_json::Error> {
        serde_json::to_vec(&self.0)
    }
}

/// Search for who does what and when.
///
/// A background search over the open tasks of sites in some days: its state, progress and proposal
/// are read from the run. Nothing of the plan changes until somebody publishes it. Give
/// `site_ids`, `project_ids` or `region`. One search plans a site at a time.
#[utoipa::path(
    post, path = "/v1/dispatch/runs", tag = "planning", security(("bearer" = [])),
    params(WriteHeaders),
    request_body = NewDispatchRun,
    responses(
        (status = 202, description = "It is searched", body = Run),
        WriteRefused,
        (status = 409, description = "A search plans one of the sites already (`run`), or the id \
            is taken",
            body = ProblemBody, content_type = "application/problem+json"),
    ))]
pub async fn start_dispatch_run(
    cx: Ctx,
    Valid(new): Valid<NewDispatchRun>,
) -> Result<Reply<Accepted>, Problem> {
    load::check_days(new.from, new.to, MOST_DAYS)?;
    cx.write(async |tx| -> Result<_, Error> {
        let scope = Scope {
            site_ids: new.site_ids.as_deref(),
            project_ids: new.project_ids.as_deref(),
            region: new.region,
        };
        let places = scope.places(&cx, tx).await?;
        let ask = Ask {
            from: new.from,
            to: new.to,
            worker_ids: load::who(tx, new.worker_ids.as_deref(), new.crew_ids.as_deref()).await?,
            weights: new.weights,
            seconds: new.seconds,
            seed: new.seed,
            rounds: new.rounds,
            keep_times: new.keep_times,
            keep_assigned: new.keep_assigned,
            away: Vec::new(),
            delays: Vec::new(),
        };
        start(&cx, tx, (new.id, Kind::Plan, new.what_if), ask, &places).await
    })
    .await
}

/// Replan after something happened, with as few changes as can be.
///
/// A search as by `POST /v1/dispatch/runs`, in which what people were told weighs most: say who
/// will not be there or what is late.
#[utoipa::path(
    post, path = "/v1/dispatch/replan", tag = "planning", security(("bearer" = [])),
    params(WriteHeaders),
    request_body = NewReplan,
    responses(
        (status = 202, description = "It is searched", body = Run),
        WriteRefused,
        (status = 404, description = "No such site, project or task",
            body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "A search plans one of the sites already (`run`), or the id \
            is taken",
            body = ProblemBody, content_type = "application/problem+json"),
    ))]
pub async fn replan_dispatch(
    cx: Ctx,
    Valid(new): Valid<NewReplan>,
) -> Result<Reply<Accepted>, Problem> {
    load::check_days(new.from, new.to, MOST_DAYS)?;
    if new.away.is_empty() && new.delays.is_empty() {
        return Err(Error::from(DispatchError::NothingHappened).into());
    }
    cx.write(async |tx| -> Result<_, Error> {
        let late: Vec<_> = new.delays.iter().map(|delay| delay.task_id).collect();
        let mut concerned = Vec::new();
        for id in late {
            let task = tasks::store::find(tx, id).await?.ok_or_else(Problem::not_found)?;
            cx.guard(Action::ReadTask, Action::AssignTask, &task.target())?;
            concerned.push(task.site_id);
        }
        let named = new.site_ids.is_some() || new.project_ids.is_some() || new.region.is_some();
        if !named {
            let workers: Vec<_> = new.away.iter().map(|away| away.worker_id).collect();
            let sites = store::scene::sites_of(tx, &workers, new.from, new.to).await?;
            let may = |(project, site): &(ProjectId, SiteId)| {
                cx.caller.may(Action::AssignTask, &Target::site(*project, *site))
            };
            concerned.extend(sites.into_iter().filter(may).map(|(_, site)| site));
            concerned.sort();
            concerned.dedup();
        }
        let site_ids = if named { new.site_ids.as_deref() } else { Some(concerned.as_slice()) };
        let scope = Scope { site_ids, project_ids: new.project_ids.as_deref(), region: new.region };
        let places = scope.places(&cx, tx).await?;
        let ask = Ask {
            from: new.from,
            to: new.to,
            worker_ids: None,
            weights: Weights::default(),
            seconds: new.seconds,
            seed: new.seed,
            rounds: new.rounds,
            keep_times: false,
            keep_assigned: false,
            away: new.away.clone(),
            delays: new.delays.clone(),
        };
        start(&cx, tx, (new.id, Kind::Replan, new.what_if), ask, &places).await
    })
    .await
}

async fn start(
    cx: &Ctx,
    tx: &mut web::Write<'_>,
    (id, kind, what_if): (Option<DispatchRunId>, Kind, bool),
    ask: Ask,
    places: &[Place],
) -> Result<Accepted, Error> {
    let sites: Vec<_> = places.iter().map(|place| place.id).collect();
    let mut projects: Vec<_> = places.iter().map(|place| place.project).collect();
    projects.sort();
    projects.dedup();
    let limit = i64::try_from(load::MOST_TASKS + 1).unwrap_or(i64::MAX);
    let tasks = store::scene::open(tx, &sites, ask.from, ask.to, limit).await?.len();
    if tasks > load::MOST_TASKS {
        return Err(DispatchError::TooManyTasks(load::MOST_TASKS).into());
    }
    let id = id.unwrap_or_else(DispatchRunId::new);
    if store::runs::find(tx, id).await?.is_some() {
        return Err(Error::AlreadyExists);
    }
    if let Some(run) = store::runs::busy(tx, &sites).await? {
        return Err(DispatchError::Busy(run).into());
    }
    let run = Run {
        id,
        kind,
        state: DispatchState::Queued,
        ask,
        site_ids: sites,
        project_ids: projects,
        places: places.iter().map(|place| (place.project, place.id)).collect(),
        what_if,
        asked_by: cx.actor,
        asked_at: tx.now(),
        stop: false,
        started_at: None,
        ended_at: None,
        progress: Progress {
            tasks: i64::try_from(tasks).unwrap_or(i64::MAX),
            ..Progress::default()
        },
        failure: None,
        published_by: None,
        published_at: None,
        version: 1,
    };
    store::runs::insert(tx, &run, places).await?;
    tx.emit_about(&run.news(DispatchChange::Asked), &run.ask);
    tx.enqueue(job::search(id, run.asked_at));
    Ok(Accepted(run))
}
