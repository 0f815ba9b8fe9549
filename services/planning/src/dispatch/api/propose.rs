use auth::{Action, Target};
use axum::Json;
use chrono::NaiveDate;
use kernel::{SiteId, TaskId};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use utoipa::ToSchema;
use validator::Validate;
use web::{Ctx, Problem, ProblemBody, Valid, WriteRefused};

use crate::dispatch::check::{Override, sees};
use crate::dispatch::model::{self, Candidate, DepotStock, Person, Refusal, SoftRule};
use crate::dispatch::store;
use crate::error::Error;
use crate::tasks::{self, Task};

/// How many candidates and how many refusals a proposal names at most.
const SHOWN: usize = 100;

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
    /// Rules that are left aside by agreement.
    #[serde(rename = "override", skip_serializing_if = "Option::is_none")]
    #[validate(nested)]
    pub agreed: Option<Override>,
}

impl Which {
    /// The rules that are left aside.
    pub(super) fn aside(&self) -> &[SoftRule] {
        self.agreed.as_ref().map_or(&[], |agreed| &agreed.rules)
    }

    /// The tasks' ids; the tasks themselves are checked one by one.
    pub(super) async fn ids(
        &self,
        cx: &Ctx,
        conn: &mut PgConnection,
    ) -> Result<Vec<TaskId>, Error> {
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
pub(super) fn check(cx: &Ctx, ids: &[TaskId], tasks: &[Task]) -> Result<(), Error> {
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
    /// Against whom no rule stands: the one with the fewest hours that day first. At most 100.
    /// Working time is judged when they are put on it.
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
        WriteRefused,
        (status = 409, description = "A task is done",
            body = ProblemBody, content_type = "application/problem+json"),
    ))]
pub async fn propose_workers(
    cx: Ctx,
    Valid(which): Valid<Which>,
) -> Result<Json<Proposals>, Problem> {
    let mut conn = cx.db().await?;
    let ids = which.ids(&cx, &mut conn).await?;
    let tasks = tasks::store::of_ids(&mut conn, &ids).await?;
    check(&cx, &ids, &tasks)?;
    let (people, depots) = gathered(&cx, &mut conn, &tasks).await?;
    let tasks = tasks.iter().map(|task| propose(task, &people, &depots, which.aside())).collect();
    Ok(Json(Proposals { tasks }))
}

pub(super) fn missing(task: &Task) -> usize {
    usize::try_from(task.workers_needed).unwrap_or(0).saturating_sub(task.workers.len())
}

/// All active workers around the time of tasks, and what lies in the depots.
pub(super) async fn gathered(
    cx: &Ctx,
    conn: &mut PgConnection,
    tasks: &[Task],
) -> Result<(Vec<Person>, Vec<DepotStock>), Error> {
    let mut people = store::people::around(conn, None, tasks).await?;
    let seen = sees(cx);
    for held in people.iter_mut().flat_map(|person| &mut person.tasks) {
        held.seen = seen(held);
    }
    Ok((people, store::people::depots(conn).await?))
}

fn propose(task: &Task, people: &[Person], depots: &[DepotStock], aside: &[SoftRule]) -> Proposal {
    let (mut candidates, mut others) = model::sort_out(people, depots, aside, task);
    candidates.truncate(SHOWN);
    others.truncate(SHOWN);
    Proposal { task_id: task.id, version: task.version, missing: missing(task), candidates, others }
}
