use chrono::{DateTime, Utc};
use contracts::{PlanChange, TaskChange};
use kernel::{CrewId, TaskId, WorkerId};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use validator::Validate;
use web::{
    Changed, Ctx, IfMatch, MatchHeader, PathId, Problem, ProblemBody, Reply, Valid, Write,
    WriteRefused,
};

use crate::dispatch::check::{self, Override};
use crate::dispatch::put::{self, Done};
use crate::error::{DispatchError, Error, UnfitTask};
use crate::schedule;
use crate::tasks::{self, Task};

/// Who is to be on a task.
#[derive(Debug, Deserialize, Serialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Assignments {
    /// All of its workers; none takes everybody off it.
    #[validate(length(max = 50))]
    #[schema(max_items = 50)]
    pub worker_ids: Vec<WorkerId>,
    /// Crews of which all active members are on it too.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[validate(length(min = 1, max = 20))]
    #[schema(min_items = 1, max_items = 20)]
    pub crew_ids: Option<Vec<CrewId>>,
    /// Rules that are left aside by agreement.
    #[serde(rename = "override", skip_serializing_if = "Option::is_none")]
    #[validate(nested)]
    pub agreed: Option<Override>,
    /// Whether to answer what would be without doing it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub dry_run: bool,
}

/// A task as somebody puts it on the board.
#[derive(Debug, Deserialize, Serialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DispatchMove)]
pub struct Move {
    /// The task.
    pub task_id: TaskId,
    /// When it is to start; where it is left out, it stays when it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[validate(custom(function = web::check::instant))]
    pub starts_at: Option<DateTime<Utc>>,
    /// All of its workers; where it and `crew_ids` are left out, they stay.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[validate(length(max = 50))]
    #[schema(max_items = 50)]
    pub worker_ids: Option<Vec<WorkerId>>,
    /// Crews of which all active members are on it too.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[validate(length(min = 1, max = 20))]
    #[schema(min_items = 1, max_items = 20)]
    pub crew_ids: Option<Vec<CrewId>>,
    /// Tasks that make room for it, each once, moved in the same write; their workers stay.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[validate(length(max = 20), nested)]
    #[schema(max_items = 20)]
    pub also: Vec<AlsoMoved>,
    /// Rules that are left aside by agreement.
    #[serde(rename = "override", skip_serializing_if = "Option::is_none")]
    #[validate(nested)]
    pub agreed: Option<Override>,
    /// Whether to answer what would be without doing it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub dry_run: bool,
}

/// A task that makes room.
#[derive(Debug, Clone, Deserialize, Serialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DispatchAlsoMoved)]
pub struct AlsoMoved {
    /// The task.
    pub task_id: TaskId,
    /// When it is to start.
    #[validate(custom(function = web::check::instant))]
    pub starts_at: DateTime<Utc>,
    /// The version that was read of it.
    pub version: i64,
}

/// Set who is on a task.
///
/// Takes the task's version in `If-Match`. Whoever is new on it must hold its skills and
/// certificates until its last day, be there in their usual hours, not be on another task then,
/// have its tools and parts, and the law of working time must allow it. `override` leaves rules
/// aside that may be; `dry_run` answers the same without doing it.
#[utoipa::path(
    post, path = "/v1/tasks/{id}/assignments", tag = "planning", security(("bearer" = [])),
    params(("id" = TaskId, Path, description = "The task"),
           MatchHeader),
    request_body = Assignments,
    responses(
        (status = 200, description = "The task as it is now, or would be", body = Task),
        WriteRefused,
        (status = 409, description = "A rule stands against a worker (`reasons` tells which), or \
            the task is done",
            body = ProblemBody, content_type = "application/problem+json"),
    ))]
pub async fn set_assignments(
    cx: Ctx,
    PathId(id): PathId<TaskId>,
    expected: IfMatch,
    Valid(set): Valid<Assignments>,
) -> Result<Reply<Changed<Task>>, Problem> {
    let Assignments { worker_ids, crew_ids, agreed, dry_run } = set;
    let (starts_at, worker_ids, also) = (None, Some(worker_ids), Vec::new());
    let to = Move { task_id: id, starts_at, worker_ids, crew_ids, also, agreed, dry_run };
    run(&cx, &to, expected).await
}

/// Move a task on the board: to other workers, to another time, or both.
///
/// One write with the rules of `POST /v1/tasks/{id}/assignments` for all of its workers. What
/// depends on it moves along, and must not break what protects people either. `dry_run` answers
/// the same without doing it.
#[utoipa::path(
    post, path = "/v1/dispatch/moves", tag = "planning", security(("bearer" = [])),
    params(("If-Match" = String, Header, description = "The ETag that reading the task gave")),
    request_body = Move,
    responses(
        (status = 200, description = "The task as it is now, or would be", body = Task),
        WriteRefused,
        (status = 409, description = "A rule stands against a worker (`reasons` tells which), the \
            plan does not let the task start then, or it is done",
            body = ProblemBody, content_type = "application/problem+json"),
    ))]
pub async fn move_dispatched(
    cx: Ctx,
    expected: IfMatch,
    Valid(to): Valid<Move>,
) -> Result<Reply<Changed<Task>>, Problem> {
    if to.starts_at.is_none() && to.worker_ids.is_none() && to.crew_ids.is_none() {
        return Err(Error::NoChange.into());
    }
    run(&cx, &to, expected).await
}

async fn run(cx: &Ctx, to: &Move, expected: IfMatch) -> Result<Reply<Changed<Task>>, Problem> {
    if to.dry_run {
        let mut tx = cx.app.tenants.begin_of(&cx.tenant).await?;
        let done = put::put(cx, &mut tx, to, expected).await?;
        tx.rollback().await?;
        let task = done.into_iter().next_back().ok_or_else(Problem::not_found)?.task;
        return Ok(Reply::Fresh(Changed(task)));
    }
    cx.write(async |tx| -> Result<_, Error> {
        let all = put::put(cx, tx, to, expected).await?;
        let mut last = None;
        for done in all {
            last = Some(tell(cx, tx, done, to.agreed.as_ref()).await?);
        }
        Ok(Changed(last.ok_or_else(Problem::not_found)?))
    })
    .await
}

async fn tell(
    cx: &Ctx,
    tx: &mut Write<'_>,
    done: Done,
    agreed: Option<&Override>,
) -> Result<Task, Error> {
    let Done { task, former, waived, made } = done;
    let now = tx.now();
    check::note(tx, &waived, agreed, cx.actor, now).await?;
    if let Some(made) = made {
        let edit = json!({"kind": "drag", "task_id": task.id, "start": task.starts_at});
        schedule::tell(tx, &made, PlanChange::Moved, &edit).await?;
    }
    let mut about = json!({ "workers": task.workers, "before": former });
    if let Some(agreed) = agreed.filter(|_| !waived.is_empty()) {
        about["override"] = json!({ "left_aside": waived, "reason": agreed.reason });
    }
    tasks::tell(tx, &task, TaskChange::Assigned, &about, &former).await?;
    Ok(task)
}

/// 409 where rules stand against anybody.
pub(crate) fn refuse(unfit: Vec<UnfitTask>) -> Result<(), Error> {
    if unfit.is_empty() { Ok(()) } else { Err(DispatchError::Unfit(unfit).into()) }
}
