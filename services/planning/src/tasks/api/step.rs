//! The steps of a task. They need no version: the state machine tells whether a step fits, a phone
//! says how many steps it knew of, and a replay comes under its idempotency key.

use contracts::TaskStatus;
use kernel::TaskId;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;
use web::{
    Changed, Ctx, Params, PathId, Problem, ProblemBody, Reply, Valid, Write, WriteHeaders,
    WriteRefused,
};

use crate::checklists;
use crate::error::{Error, WorkError};
use crate::privacy;
use crate::schedule;
use crate::service_levels;
use crate::tasks::events;
use crate::tasks::model::{Moment, Step, StepError, Task};
use crate::tasks::store;
use crate::tasks::store::blocks;
use crate::tasks::store::steps::{self, Transition};

/// Why a step is taken.
#[derive(Debug, Deserialize, Serialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = StepReason)]
pub struct Reason {
    /// In a sentence, for those who work on the task.
    #[validate(length(min = 1, max = 1000), custom(function = web::check::text))]
    #[schema(min_length = 1, max_length = 1000)]
    pub reason: Option<String>,
}

/// On what a step was decided.
#[derive(Debug, Default, Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct StepParams {
    /// How many steps the task had taken (`execution.steps`) when the device decided on this one,
    /// those that still wait on it counted. Where somebody else took one meanwhile it is refused
    /// with 412 and the present state. Left out, the present state alone decides.
    #[validate(range(min = 0))]
    #[param(minimum = 0)]
    pub after_step: Option<i32>,
}

/// A step to be taken.
pub(crate) struct Taken {
    pub step: Step,
    pub after: Option<i32>,
    pub reason: Option<String>,
}

/// The task that the caller may take a step of, locked. Where a block may begin or end, and the plan
/// may follow, the project is locked before.
pub(super) async fn task_for(
    cx: &Ctx,
    tx: &mut Write<'_>,
    id: TaskId,
    step: Step,
) -> Result<Task, Error> {
    if matches!(step, Step::Block | Step::Unblock | Step::Cancel) {
        let seen = store::find(tx, id).await?.ok_or_else(Problem::not_found)?;
        schedule::store::links::lock_project(tx, seen.project_id).await?;
    }
    let task = store::lock(tx, id).await?.ok_or_else(Problem::not_found)?;
    cx.guard(auth::Action::ReadTask, step.action(), &task.target())?;
    Ok(task)
}

async fn take(cx: &Ctx, id: TaskId, taken: Taken) -> Result<Reply<Changed<Task>>, Problem> {
    cx.write(async |tx| -> Result<_, Error> {
        let task = task_for(cx, tx, id, taken.step).await?;
        Ok(Changed(go(cx, tx, task, taken).await?))
    })
    .await
}

/// When what is done to a task, which is locked, counts as done.
pub(crate) async fn moment(
    cx: &Ctx,
    tx: &mut Write<'_>,
    task: &Task,
) -> Result<Moment, sqlx::Error> {
    let now = tx.now();
    let said = cx.device.at.map_or(now, |_| cx.acted_at());
    let last = steps::last(tx, task.id).await?;
    Ok(Moment::of(said, now, task.starts_at, last))
}

/// Takes a step of a task that is locked and that the caller may take it of.
pub(crate) async fn go(
    cx: &Ctx,
    tx: &mut Write<'_>,
    mut task: Task,
    taken: Taken,
) -> Result<Task, Error> {
    let Taken { step, after, reason } = taken;
    let from_status = task.status;
    let to_status = match step.from(&task, after) {
        Ok(status) => status,
        Err(StepError::Stale) => return Err(Problem::stale(&task).into()),
        Err(StepError::Illegal) => {
            return Err(Error::IllegalTransition { step, current: Box::new(task) });
        }
    };
    check(tx, &task, step).await?;
    let Moment { at: acted_at, doubtful } = moment(cx, tx, &task).await?;
    step.take(&mut task, to_status, acted_at);
    // By the phone's own time, as its press of the clock is: a step may count a little earlier.
    let position = tx.keep_position_at_work(cx, cx.acted_at()).await?;
    let transition = Transition {
        id: Uuid::now_v7(),
        step,
        after_step: after,
        from_status,
        to_status,
        device_at: cx.device.at,
        acted_at,
        doubtful,
        at: tx.now(),
        lat: position.map(|p| p.lat),
        lon: position.map(|p| p.lon),
        accuracy_m: position.and_then(|p| p.accuracy_m),
        user_id: cx.actor,
        worker_id: cx.caller.worker,
        reason,
    };
    steps::save(tx, &mut task, &transition).await?;
    if position.is_some() {
        let now = tx.now();
        tx.enqueue(privacy::next_look(now));
    }
    let incidents = match from_status {
        TaskStatus::Blocked => blocks::end(tx, task.id, acted_at).await?,
        _ => Vec::new(),
    };
    events::tell(tx, &task, step.change(), &about(from_status, &transition), &[]).await?;
    if step != Step::Block {
        // A block is told once it is kept.
        service_levels::task(tx, task.id).await?;
    }
    for incident in incidents {
        service_levels::incident(tx, incident).await?;
    }
    if step == Step::Unblock && task.started_at.is_some() {
        // What was expected gives way to what was.
        schedule::hold(tx, &task, acted_at, cx.actor).await?;
    }
    Ok(store::find(tx, task.id).await?.ok_or_else(Problem::not_found)?)
}

/// What must be so before a step: workers before they are told to go, what comes before a task
/// before it starts, its checklists before it is finished, the incidents before what they block
/// goes on.
async fn check(tx: &mut Write<'_>, task: &Task, step: Step) -> Result<(), Error> {
    match step {
        Step::Dispatch => {
            if task.workers.is_empty() {
                return Err(WorkError::NobodyOnIt.into());
            }
        }
        Step::Start => {
            let open = store::steps::open_predecessors(tx, task.id).await?;
            if !open.is_empty() && task.started_at.is_none() {
                return Err(Error::PredecessorsOpen(open));
            }
        }
        Step::Finish => {
            let missing = checklists::store::incomplete(tx, task.id).await?;
            if !missing.is_empty() {
                return Err(Error::ChecklistsIncomplete(missing));
            }
        }
        Step::Unblock => {
            if let Some(id) = blocks::unresolved(tx, task.id).await? {
                return Err(WorkError::IncidentOpen(id).into());
            }
        }
        Step::Recall
        | Step::Travel
        | Step::Arrive
        | Step::Pause
        | Step::Resume
        | Step::Block
        | Step::Validate
        | Step::Reopen
        | Step::Cancel => {}
    }
    Ok(())
}

fn about(from: TaskStatus, step: &Transition) -> serde_json::Value {
    json!({ "from": from, "to": step.to_status, "reason": step.reason })
}

/// Declares the operation of a step that needs no words.
macro_rules! plain_step {
    ($name:ident, $step:expr, $path:literal, $summary:literal, $refused:literal) => {
        #[doc = $summary]
        ///
        /// The device's time and position come in `Device-Time` and `Device-Position`.
        #[utoipa::path(
            post, path = $path, tag = "planning", security(("bearer" = [])),
            params(("id" = TaskId, Path, description = "The task"), StepParams, WriteHeaders),
            responses(
                (status = 200, description = "The task as it is now", body = Task),
                WriteRefused,
                (status = 409, description = $refused, body = ProblemBody,
                    content_type = "application/problem+json"),
                (status = 422, description = "The device's time is absurd", body = ProblemBody,
                    content_type = "application/problem+json"),
            ))]
        pub async fn $name(
            cx: Ctx,
            PathId(id): PathId<TaskId>,
            Params(on): Params<StepParams>,
        ) -> Result<Reply<Changed<Task>>, Problem> {
            take(&cx, id, Taken { step: $step, after: on.after_step, reason: None }).await
        }
    };
}

/// Declares the operation of a step whose reason may be told.
macro_rules! told_step {
    ($name:ident, $step:expr, $path:literal, $summary:literal, $refused:literal) => {
        #[doc = $summary]
        #[utoipa::path(
            post, path = $path, tag = "planning", security(("bearer" = [])),
            params(("id" = TaskId, Path, description = "The task"), StepParams, WriteHeaders),
            request_body = Reason,
            responses(
                (status = 200, description = "The task as it is now", body = Task),
                WriteRefused,
                (status = 409, description = $refused, body = ProblemBody,
                    content_type = "application/problem+json"),
            ))]
        pub async fn $name(
            cx: Ctx,
            PathId(id): PathId<TaskId>,
            Params(on): Params<StepParams>,
            Valid(why): Valid<Reason>,
        ) -> Result<Reply<Changed<Task>>, Problem> {
            take(&cx, id, Taken { step: $step, after: on.after_step, reason: why.reason }).await
        }
    };
}

plain_step!(
    dispatch_task,
    Step::Dispatch,
    "/v1/tasks/{id}/dispatch",
    "Tell the workers of a planned task to go.",
    "Not planned any more, or nobody is on it"
);
told_step!(
    recall_task,
    Step::Recall,
    "/v1/tasks/{id}/recall",
    "Tell the workers of a task not to go, or to come back before work begins.",
    "Not dispatched, or work has begun"
);
plain_step!(
    travel_to_task,
    Step::Travel,
    "/v1/tasks/{id}/travel",
    "Set out for a task.",
    "Under way already, blocked or done"
);
plain_step!(
    arrive_at_task,
    Step::Arrive,
    "/v1/tasks/{id}/arrive",
    "Arrive on the site of a task.",
    "There already, blocked or done"
);
plain_step!(
    start_task,
    Step::Start,
    "/v1/tasks/{id}/start",
    "Start a planned task, or go on with it after the way there.",
    "Under way already, or a task before it is not done"
);
plain_step!(
    pause_task,
    Step::Pause,
    "/v1/tasks/{id}/pause",
    "Interrupt a task.",
    "Not in progress"
);
plain_step!(
    resume_task,
    Step::Resume,
    "/v1/tasks/{id}/resume",
    "Go on with a paused task.",
    "Not paused"
);
told_step!(
    unblock_task,
    Step::Unblock,
    "/v1/tasks/{id}/unblock",
    "Say that what blocked a task is gone; it goes back to where it was.",
    "Not blocked, or an incident that blocks it is not resolved"
);
plain_step!(
    finish_task,
    Step::Finish,
    "/v1/tasks/{id}/finish",
    "Say that a task is done.",
    "Not in progress, or a required checklist is not complete"
);
plain_step!(
    validate_task,
    Step::Validate,
    "/v1/tasks/{id}/validate",
    "Agree that a task is done.",
    "Not done"
);
told_step!(
    reopen_task,
    Step::Reopen,
    "/v1/tasks/{id}/reopen",
    "Send a finished task back to work.",
    "Not done"
);
told_step!(
    cancel_task,
    Step::Cancel,
    "/v1/tasks/{id}/cancel",
    "Cancel a task that is not done.",
    "Done or cancelled already"
);
