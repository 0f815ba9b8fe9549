use chrono::{DateTime, Utc};
use contracts::{TaskChange, TaskStatus};
use kernel::{IncidentId, TaskId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;
use web::{
    Changed, Ctx, Params, PathId, Problem, ProblemBody, Reply, Valid, Write, WriteHeaders,
    WriteRefused,
};

use super::step::{StepParams, Taken, go, moment, task_for};
use crate::error::{Error, WorkError};
use crate::schedule;
use crate::service_levels;
use crate::tasks::events;
use crate::tasks::model::{Block, Step, Task};
use crate::tasks::store::{self, blocks};

/// What keeps a task from going on.
#[derive(Debug, Clone, Deserialize, Serialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BlockTask {
    /// Why, in a sentence.
    #[validate(length(min = 1, max = 1000), custom(function = web::check::text))]
    #[schema(min_length = 1, max_length = 1000)]
    pub reason: String,
    /// The incident that does, on the same site; the task goes on when it is resolved.
    pub incident_id: Option<IncidentId>,
    /// Whether it waits for the client: what was promised by a time limit stands still meanwhile.
    #[serde(default)]
    pub by_client: bool,
    /// Until when it is expected to last: what remains of the work is planned after it, and what
    /// depends on it follows.
    #[validate(custom(function = web::check::instant))]
    pub expected_until: Option<DateTime<Utc>>,
}

/// Say that something keeps a task from going on.
///
/// Its workers are free for other tasks until it goes on. Where an end is expected the plan follows
/// in the same write; where it cannot, `execution.block.plan_kept` says so and the plan is to be
/// mended by hand. The device's time and position come in `Device-Time` and `Device-Position`.
#[utoipa::path(
    post, path = "/v1/tasks/{id}/block", tag = "planning", security(("bearer" = [])),
    params(("id" = TaskId, Path, description = "The task"), StepParams, WriteHeaders),
    request_body = BlockTask,
    responses(
        (status = 200, description = "The task as it is now", body = Task),
        WriteRefused,
        (status = 409, description = "Blocked, done or cancelled already",
            body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "A value is wrong, or no such incident on the site",
            body = ProblemBody, content_type = "application/problem+json"),
    ))]
pub async fn block_task(
    cx: Ctx,
    PathId(id): PathId<TaskId>,
    Params(on): Params<StepParams>,
    Valid(why): Valid<BlockTask>,
) -> Result<Reply<Changed<Task>>, Problem> {
    cx.write(async |tx| -> Result<_, Error> {
        let task = task_for(&cx, tx, id, Step::Block).await?;
        if let Some(incident) = why.incident_id {
            match blocks::incident(tx, incident).await? {
                Some((site, false)) if site == task.site_id => {}
                Some((site, true)) if site == task.site_id => return Err(Error::IncidentResolved),
                _ => return Err(Error::Unknown("/incident_id")),
            }
        }
        Ok(Changed(block(&cx, tx, task, why, on.after_step).await?))
    })
    .await
}

/// Blocks a task that is locked, as its project is.
pub(crate) async fn block(
    cx: &Ctx,
    tx: &mut Write<'_>,
    task: Task,
    why: BlockTask,
    after: Option<i32>,
) -> Result<Task, Error> {
    let since = moment(cx, tx, &task).await?.at;
    if why.expected_until.is_some_and(|until| until <= since) {
        return Err(WorkError::EndsBefore.into());
    }
    let block = why.since(since, task.status);
    let taken = Taken { step: Step::Block, after, reason: Some(block.reason.clone()) };
    let task = go(cx, tx, task, taken).await?;
    keep(cx, tx, &task, &block).await
}

/// Blocks a task once more that something else blocks already; it is locked, as its project is. No
/// step: it stands where it stood.
pub(crate) async fn block_also(
    cx: &Ctx,
    tx: &mut Write<'_>,
    mut task: Task,
    why: BlockTask,
) -> Result<Task, Error> {
    let from = task.execution.block.as_ref().map_or(task.status, |first| first.from);
    let block = why.since(moment(cx, tx, &task).await?.at, from);
    store::bump(tx, &mut task).await?;
    events::tell(tx, &task, TaskChange::Blocked, &block, &[]).await?;
    keep(cx, tx, &task, &block).await
}

impl BlockTask {
    fn since(self, since: DateTime<Utc>, from: TaskStatus) -> Block {
        Block {
            from,
            reason: self.reason,
            incident_id: self.incident_id,
            by_client: self.by_client,
            since,
            expected_until: self.expected_until,
            plan_kept: false,
        }
    }
}

/// Keeps what blocks a task, and lets the plan follow: what remains comes after the last of all
/// that it is expected to wait for.
async fn keep(cx: &Ctx, tx: &mut Write<'_>, task: &Task, block: &Block) -> Result<Task, Error> {
    blocks::insert(tx, task.id, block).await?;
    service_levels::task(tx, task.id).await?;
    if let Some(incident) = block.incident_id {
        service_levels::incident(tx, incident).await?;
    }
    if let Some(until) = block.expected_until {
        let others = blocks::expected_until(tx, task.id, block.incident_id).await?;
        let last = others.map_or(until, |other| until.max(other));
        if !schedule::hold(tx, task, last, cx.actor).await? {
            blocks::plan_kept(tx, task.id).await?;
        }
    }
    Ok(store::find(tx, task.id).await?.ok_or_else(Problem::not_found)?)
}
