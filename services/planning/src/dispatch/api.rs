//! The routes of dispatch.

use auth::{Action, Target};
use axum::Json;
use chrono::NaiveDate;
use contracts::TaskChange;
use http::{HeaderName, StatusCode};
use kernel::{SiteId, TaskId, WorkerId};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::PgConnection;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use validator::Validate;
use web::{Answer, App, Changed, Ctx, IfMatch, PathId, Problem, ProblemBody, Reply, Valid, Write};

use super::model::{self, Candidate, Person, Reason, Refusal};
use super::store;
use crate::error::Error;
use crate::tasks::{self, Task};

/// How many candidates and how many refusals a proposal names at most.
const SHOWN: usize = 100;

/// The slice's routes.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(propose_workers))
        .routes(routes!(assign_workers))
        .routes(routes!(set_assignments))
}

/// Which tasks are meant: these, or those of a site on a day that lack workers.
#[derive(Debug, Deserialize, Serialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TasksToFill)]
pub struct Which {
    /// These tasks.
    #[validate(length(min = 1, max = 100))]
    #[schema(min_items = 1, max_items = 100)]
    pub task_ids: Option<Vec<TaskId>>,
    /// The open tasks of this site that lack workers, on `day`.
    pub site_id: Option<SiteId>,
    /// The day, in the site's own zone.
    #[validate(custom(function = web::check::day))]
    pub day: Option<NaiveDate>,
}

impl Which {
    /// The tasks' ids; the tasks themselves are checked one by one.
    async fn ids(&self, cx: &Ctx, conn: &mut PgConnection) -> Result<Vec<TaskId>, Error> {
        match (&self.task_ids, self.site_id, self.day) {
            (Some(ids), None, None) => {
                let mut ids = ids.clone();
                ids.sort();
                ids.dedup();
                Ok(ids)
            }
            (None, Some(site), Some(day)) => {
                let (project, _) =
                    tasks::store::site(conn, site).await?.ok_or_else(Problem::not_found)?;
                let target = Target::site(project, site);
                cx.guard(Action::ReadProject, Action::AssignTask, &target)?;
                Ok(store::unfilled(conn, site, day).await?)
            }
            _ => Err(Error::TasksOrDay),
        }
    }
}

/// 404 where one is missing or unseen, 403 where one may not be assigned, 409 where one is done.
fn check(cx: &Ctx, ids: &[TaskId], tasks: &[Task]) -> Result<(), Error> {
    for task in tasks {
        cx.guard(Action::ReadTask, Action::AssignTask, &task.target())?;
    }
    if tasks.len() != ids.len() {
        return Err(Problem::not_found().into());
    }
    match tasks.iter().find(|t| !t.is_open()) {
        Some(task) => Err(Error::Closed(Box::new(task.clone()))),
        None => Ok(()),
    }
}

/// Who could be put on each task.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TaskProposals)]
pub struct Proposals {
    /// One for each task.
    pub tasks: Vec<Proposal>,
}

/// Who could be put on a task, and who could not.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TaskProposal)]
pub struct Proposal {
    /// The task.
    pub task_id: TaskId,
    /// Its version, for `If-Match`.
    pub version: i64,
    /// How many workers it still lacks.
    pub missing: usize,
    /// Who holds all its skills, is not away and is free then: the one with the fewest hours that
    /// day first. At most 100.
    pub candidates: Vec<Candidate>,
    /// Who cannot be on it and by which rule, those nearest to it first. At most 100.
    pub others: Vec<Refusal>,
}

/// Propose workers for tasks.
///
/// Give `task_ids`, or `site_id` and `day` for the tasks of that day that lack workers. Nothing is
/// changed.
#[utoipa::path(
    post, path = "/v1/dispatch/propose", tag = "planning", security(("bearer" = [])),
    request_body = Which,
    responses(
        (status = 200, description = "Who can, and who cannot with the rule that stands against \
                                      it", body = Proposals),
        (status = 403, description = "The role may not assign here", body = ProblemBody),
        (status = 404, description = "No such task or site", body = ProblemBody),
        (status = 409, description = "A task is done", body = ProblemBody),
        (status = 422, description = "A value is wrong", body = ProblemBody),
    ))]
pub async fn propose_workers(
    cx: Ctx,
    Valid(which): Valid<Which>,
) -> Result<Json<Proposals>, Problem> {
    let mut conn = cx.db().await?;
    let ids = which.ids(&cx, &mut conn).await?;
    let tasks = tasks::store::of_ids(&mut conn, &ids).await?;
    check(&cx, &ids, &tasks)?;
    let people = store::people(&mut conn, None, &tasks).await?;
    let tasks = tasks.iter().map(|task| propose(task, &people)).collect();
    Ok(Json(Proposals { tasks }))
}

fn missing(task: &Task) -> usize {
    usize::try_from(task.workers_needed).unwrap_or(0).saturating_sub(task.workers.len())
}

fn propose(task: &Task, people: &[Person]) -> Proposal {
    let (mut candidates, mut others) = model::sort_out(people, task);
    candidates.truncate(SHOWN);
    others.truncate(SHOWN);
    Proposal { task_id: task.id, version: task.version, missing: missing(task), candidates, others }
}

/// Who is to be on a task.
#[derive(Debug, Deserialize, Serialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Assignments {
    /// All of its workers; none takes everybody off it.
    #[validate(length(max = 50))]
    #[schema(max_items = 50)]
    pub worker_ids: Vec<WorkerId>,
}

/// Set who is on a task.
///
/// Takes the task's version in `If-Match`. Whoever is new on it must hold its skills until its
/// last day, not be away, and not be on another task then.
#[utoipa::path(
    post, path = "/v1/tasks/{id}/assignments", tag = "planning", security(("bearer" = [])),
    params(("id" = TaskId, Path, description = "The task"),
           ("If-Match" = String, Header, description = "The ETag that reading gave")),
    request_body = Assignments,
    responses(
        (status = 200, description = "The task as it is now", body = Task),
        (status = 403, description = "The role may not assign here", body = ProblemBody),
        (status = 404, description = "No such task", body = ProblemBody),
        (status = 409, description = "A rule stands against a worker (`reasons` tells which), or \
                                      the task is done", body = ProblemBody),
        (status = 412, description = "Changed by somebody else", body = ProblemBody),
        (status = 422, description = "A value is wrong", body = ProblemBody),
        (status = 428, description = "If-Match is missing", body = ProblemBody),
    ))]
pub async fn set_assignments(
    cx: Ctx,
    PathId(id): PathId<TaskId>,
    expected: IfMatch,
    Valid(set): Valid<Assignments>,
) -> Result<Reply<Changed<Task>>, Problem> {
    cx.write(async |tx| -> Result<_, Error> {
        let task = tasks::store::lock(tx, id).await?.ok_or_else(Problem::not_found)?;
        cx.guard(Action::ReadTask, Action::AssignTask, &task.target())?;
        expected.check(&task)?;
        if !task.is_open() {
            return Err(Error::Closed(Box::new(task)));
        }
        let mut wanted = set.worker_ids.clone();
        wanted.sort();
        wanted.dedup();
        let new: Vec<_> = wanted.iter().copied().filter(|w| !task.workers.contains(w)).collect();
        refuse_unfit(tx, &task, &new).await?;
        store::keep_only(tx, id, &wanted).await?;
        Ok(Changed(put_on(tx, task, wanted, &new).await?))
    })
    .await
}

/// 409 with every reason for every worker who cannot be on the task.
async fn refuse_unfit(tx: &mut Write<'_>, task: &Task, new: &[WorkerId]) -> Result<(), Error> {
    let people = store::people(tx, Some(new), std::slice::from_ref(task)).await?;
    let (_, mut refused) = model::sort_out(&people, task);
    let unknown = new.iter().filter(|w| !people.iter().any(|p| p.id == **w));
    refused.extend(unknown.map(|&worker_id| Refusal {
        worker_id,
        name: None,
        reasons: vec![Reason::Unknown],
    }));
    if refused.is_empty() { Ok(()) } else { Err(Error::Unfit(refused)) }
}

/// Puts `new` on the task, which then has the workers `all`, and tells it.
async fn put_on(
    tx: &mut Write<'_>,
    mut task: Task,
    all: Vec<WorkerId>,
    new: &[WorkerId],
) -> Result<Task, Error> {
    store::add(tx, &task, new).await?;
    let former = std::mem::replace(&mut task.workers, all);
    tasks::store::bump(tx, &mut task).await?;
    let about = json!({ "workers": task.workers, "before": former });
    tasks::tell(tx, &task, TaskChange::Assigned, &about, &former).await?;
    Ok(task)
}

/// Whom the rule put on which task.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Dispatched {
    /// One for each task.
    pub tasks: Vec<Filled>,
}

/// Whom the rule put on a task.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = FilledTask)]
pub struct Filled {
    /// The task.
    pub task_id: TaskId,
    /// Its version now.
    pub version: i64,
    /// Who is on it now.
    pub workers: Vec<WorkerId>,
    /// Who is new on it.
    pub added: Vec<WorkerId>,
    /// How many workers it still lacks; a proposal for it tells why nobody fits.
    pub missing: usize,
}

impl Answer for Dispatched {
    fn status(&self) -> StatusCode {
        StatusCode::OK
    }
    fn headers(&self) -> Vec<(HeaderName, String)> {
        Vec::new()
    }
    fn body(&self) -> Result<Vec<u8>, serde_json::Error> {
        serde_json::to_vec(self)
    }
}

/// Fill tasks with workers by rule.
///
/// The most urgent task is filled first, then the earliest. Of those who can be on it, the one
/// with the fewest hours that day is taken, then the one with the lower id. Give `task_ids`, or
/// `site_id` and `day`. All in one write: where another dispatcher takes the same worker at the
/// same moment, one of the two gets 409 and may try again.
#[utoipa::path(
    post, path = "/v1/dispatch/assign", tag = "planning", security(("bearer" = [])),
    request_body = Which,
    responses(
        (status = 200, description = "Who is on which task now", body = Dispatched),
        (status = 403, description = "The role may not assign here", body = ProblemBody),
        (status = 404, description = "No such task or site", body = ProblemBody),
        (status = 409, description = "Nobody fits or all is filled, a task is done, or a worker \
                                      was taken meanwhile", body = ProblemBody),
        (status = 422, description = "A value is wrong", body = ProblemBody),
    ))]
pub async fn assign_workers(
    cx: Ctx,
    Valid(which): Valid<Which>,
) -> Result<Reply<Dispatched>, Problem> {
    cx.write(async |tx| -> Result<_, Error> {
        let ids = which.ids(&cx, tx).await?;
        let tasks = tasks::store::lock_all(tx, &ids).await?;
        check(&cx, &ids, &tasks)?;
        let people = store::people(tx, None, &tasks).await?;
        let chosen = model::fill(people, &tasks);
        if chosen.iter().all(|(_, workers)| workers.is_empty()) {
            return Err(Error::NobodyToAssign);
        }
        let mut filled = Vec::with_capacity(tasks.len());
        for task in tasks {
            let added = chosen.iter().find(|(id, _)| *id == task.id).map(|(_, w)| w.clone());
            filled.push(fill_one(tx, task, added.unwrap_or_default()).await?);
        }
        Ok(Dispatched { tasks: filled })
    })
    .await
}

async fn fill_one(tx: &mut Write<'_>, task: Task, added: Vec<WorkerId>) -> Result<Filled, Error> {
    let task = if added.is_empty() {
        task
    } else {
        let mut all = [task.workers.as_slice(), &added].concat();
        all.sort();
        put_on(tx, task, all, &added).await?
    };
    Ok(Filled {
        task_id: task.id,
        version: task.version,
        missing: missing(&task),
        workers: task.workers,
        added,
    })
}
