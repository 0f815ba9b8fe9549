//! The steps of a task. They need no version: the state machine tells whether a step fits, and a
//! replay comes under its idempotency key.

use contracts::TaskStatus;
use kernel::TaskId;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;
use web::{Changed, Ctx, PathId, Problem, ProblemBody, Reply, Valid, Write};

use crate::checklists;
use crate::error::Error;
use crate::tasks::events;
use crate::tasks::model::{Step, Task};
use crate::tasks::store::{self, Transition};
use crate::timeclock;

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

async fn take(
    cx: &Ctx,
    id: TaskId,
    step: Step,
    reason: Option<String>,
) -> Result<Reply<Changed<Task>>, Problem> {
    cx.write(async |tx| -> Result<_, Error> {
        let mut task = store::lock(tx, id).await?.ok_or_else(Problem::not_found)?;
        cx.guard(auth::Action::ReadTask, step.action(), &task.target())?;
        let from_status = task.status;
        let Some(to_status) = step.from(from_status) else {
            return Err(Error::IllegalTransition { step, current: Box::new(task) });
        };
        check(tx, &task, step).await?;
        step.take(&mut task, to_status, cx.acted_at());
        let position = timeclock::position(tx, cx).await?;
        let transition = Transition {
            id: Uuid::now_v7(),
            step,
            from_status,
            to_status,
            device_at: cx.device.at,
            at: tx.now(),
            lat: position.map(|p| p.lat),
            lon: position.map(|p| p.lon),
            accuracy_m: position.and_then(|p| p.accuracy_m),
            user_id: cx.actor,
            worker_id: cx.caller.worker,
            reason,
        };
        store::save_step(tx, &mut task, &transition).await?;
        let about = about(from_status, &transition);
        events::tell(tx, &task, step.change(), &about, &[]).await?;
        Ok(Changed(task))
    })
    .await
}

/// What comes before must be done before a task starts, and its checklists before it is finished.
async fn check(tx: &mut Write<'_>, task: &Task, step: Step) -> Result<(), Error> {
    match step {
        Step::Start => {
            let open = store::open_predecessors(tx, task.id).await?;
            if !open.is_empty() {
                return Err(Error::PredecessorsOpen(open));
            }
        }
        Step::Finish => {
            let missing = checklists::store::incomplete(tx, task.id).await?;
            if !missing.is_empty() {
                return Err(Error::ChecklistsIncomplete(missing));
            }
        }
        Step::Pause | Step::Resume | Step::Validate | Step::Reopen | Step::Cancel => {}
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
            params(("id" = TaskId, Path, description = "The task")),
            responses(
                (status = 200, description = "The task as it is now", body = Task),
                (status = 403, description = "The role may not do this", body = ProblemBody),
                (status = 404, description = "No such task", body = ProblemBody),
                (status = 409, description = $refused, body = ProblemBody),
                (status = 422, description = "The device's time is absurd", body = ProblemBody),
            ))]
        pub async fn $name(
            cx: Ctx,
            PathId(id): PathId<TaskId>,
        ) -> Result<Reply<Changed<Task>>, Problem> {
            take(&cx, id, $step, None).await
        }
    };
}

/// Declares the operation of a step whose reason may be told.
macro_rules! told_step {
    ($name:ident, $step:expr, $path:literal, $summary:literal, $refused:literal) => {
        #[doc = $summary]
        #[utoipa::path(
            post, path = $path, tag = "planning", security(("bearer" = [])),
            params(("id" = TaskId, Path, description = "The task")),
            request_body = Reason,
            responses(
                (status = 200, description = "The task as it is now", body = Task),
                (status = 403, description = "The role may not do this", body = ProblemBody),
                (status = 404, description = "No such task", body = ProblemBody),
                (status = 409, description = $refused, body = ProblemBody),
                (status = 422, description = "A value is wrong", body = ProblemBody),
            ))]
        pub async fn $name(
            cx: Ctx,
            PathId(id): PathId<TaskId>,
            Valid(why): Valid<Reason>,
        ) -> Result<Reply<Changed<Task>>, Problem> {
            take(&cx, id, $step, why.reason).await
        }
    };
}

plain_step!(
    start_task,
    Step::Start,
    "/v1/tasks/{id}/start",
    "Start a planned task.",
    "Not planned any more, or a task before it is not done"
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
