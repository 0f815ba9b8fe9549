use auth::Action;
use chrono::{DateTime, Utc};
use contracts::{PlanChange, TaskChange, TaskStatus};
use kernel::{TaskId, Timestamp, WorkerId};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::PgConnection;
use utoipa::ToSchema;
use validator::Validate;
use web::{
    Changed, Ctx, IfMatch, MatchHeader, PathId, Problem, ProblemBody, Reply, Valid, Write,
    WriteRefused,
};

use crate::dispatch::check::{self, Override, Waived, Wanted, sees};
use crate::dispatch::store;
use crate::error::{DispatchError, Error, UnfitTask};
use crate::schedule::{self, Made};
use crate::tasks::{self, Task};

/// Who is to be on a task.
#[derive(Debug, Deserialize, Serialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Assignments {
    /// All of its workers; none takes everybody off it.
    #[validate(length(max = 50))]
    #[schema(max_items = 50)]
    pub worker_ids: Vec<WorkerId>,
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
    /// All of its workers; where it is left out, they stay.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[validate(length(max = 50))]
    #[schema(max_items = 50)]
    pub worker_ids: Option<Vec<WorkerId>>,
    /// Tasks that make room for it, moved in the same write; their workers stay.
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
    let Assignments { worker_ids, agreed, dry_run } = set;
    let worker_ids = Some(worker_ids);
    let to = Move { task_id: id, starts_at: None, worker_ids, also: Vec::new(), agreed, dry_run };
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
    if to.starts_at.is_none() && to.worker_ids.is_none() {
        return Err(Error::NoChange.into());
    }
    run(&cx, &to, expected).await
}

/// What a move did, or would do.
struct Done {
    task: Task,
    former: Vec<WorkerId>,
    waived: Vec<Waived>,
    made: Option<Made>,
}

/// What is to become of one task.
struct One {
    id: TaskId,
    starts_at: Option<Timestamp>,
    worker_ids: Option<Vec<WorkerId>>,
    expected: Option<IfMatch>,
}

async fn run(cx: &Ctx, to: &Move, expected: IfMatch) -> Result<Reply<Changed<Task>>, Problem> {
    if to.dry_run {
        let mut tx = cx.app.tenants.begin_of(&cx.tenant).await?;
        let done = attempt(cx, &mut tx, to, expected).await?;
        tx.rollback().await?;
        let task = done.into_iter().next_back().ok_or_else(Problem::not_found)?.task;
        return Ok(Reply::Fresh(Changed(task)));
    }
    cx.write(async |tx| -> Result<_, Error> {
        let all = attempt(cx, tx, to, expected).await?;
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

/// First those that make room, the latest first, then the task itself.
async fn attempt(
    cx: &Ctx,
    conn: &mut PgConnection,
    to: &Move,
    expected: IfMatch,
) -> Result<Vec<Done>, Error> {
    let mut also = to.also.clone();
    also.sort_by_key(|other| std::cmp::Reverse(other.starts_at));
    let mut done = Vec::with_capacity(also.len() + 1);
    for other in also {
        let starts_at = Some(other.starts_at);
        let one = One { id: other.task_id, starts_at, worker_ids: None, expected: None };
        done.push(put(cx, conn, one, to.agreed.as_ref()).await?);
    }
    let one = One {
        id: to.task_id,
        starts_at: to.starts_at,
        worker_ids: to.worker_ids.clone(),
        expected: Some(expected),
    };
    done.push(put(cx, conn, one, to.agreed.as_ref()).await?);
    Ok(done)
}

async fn put(
    cx: &Ctx,
    conn: &mut PgConnection,
    to: One,
    agreed: Option<&Override>,
) -> Result<Done, Error> {
    let id = to.id;
    let seen = tasks::store::find(conn, id).await?.ok_or_else(Problem::not_found)?;
    cx.guard(Action::ReadTask, Action::AssignTask, &seen.target())?;
    if to.starts_at.is_some() {
        cx.may(Action::PlanTask, &seen.target())?;
        schedule::store::links::lock_project(conn, seen.project_id).await?;
    }
    let before = tasks::store::lock(conn, id).await?.ok_or_else(Problem::not_found)?;
    if let Some(expected) = to.expected {
        expected.check(&before)?;
    }
    if !before.is_open() {
        return Err(Error::Closed(Box::new(before)));
    }
    let mut all = to.worker_ids.unwrap_or_else(|| before.workers.clone());
    all.sort();
    all.dedup();
    let start = to.starts_at.filter(|start| *start != before.starts_at);
    let mut task = before.clone();
    let mut made = None;
    if let Some(start) = start {
        // Whoever stays is put on it anew where it is then.
        store::clear(conn, &[id]).await?;
        let moved = drag(cx, conn, &before, start).await?;
        task = tasks::store::find(conn, id).await?.ok_or_else(Problem::not_found)?;
        let others: Vec<_> =
            moved.verdict.shifts.iter().map(|s| s.task_id).filter(|other| *other != id).collect();
        refuse(check::moved(cx, conn, &others).await?)?;
        made = Some(moved);
    }
    let stay = |worker: &WorkerId| start.is_none() && before.workers.contains(worker);
    let check: Vec<_> = all.iter().copied().filter(|worker| !stay(worker)).collect();
    task.workers.clone_from(&all);
    let wanted = Wanted { task: task.clone(), check: check.clone() };
    let (waived, unfit) = check::check(cx, conn, &[wanted], agreed, &sees(cx)).await?;
    if let Some(unfit) = unfit.into_iter().next() {
        return Err(Error::Unfit(unfit.reasons));
    }
    store::keep_only(conn, id, &all).await?;
    store::add(conn, &task, &check).await?;
    tasks::store::bump(conn, &mut task).await?;
    Ok(Done { task, former: before.workers, waived, made })
}

async fn drag(
    cx: &Ctx,
    conn: &mut PgConnection,
    task: &Task,
    start: Timestamp,
) -> Result<Made, Error> {
    if task.status != TaskStatus::Planned {
        return Err(Error::Begun(Box::new(task.clone())));
    }
    let mut ask = schedule::Ask::new("drag", task.project_id, cx.actor, cx.now());
    ask.watch = Some(task.id);
    ask.edit = json!({"kind": "drag", "task_id": task.id, "start": start});
    let made = schedule::carry_out(conn, &ask, |book| {
        if book.is_summary(task.id) {
            let misfit = schedule::model::Misfit::Summary(task.id);
            return Err(schedule::misfit(book, misfit));
        }
        let terms = book.terms(task.id).ok_or_else(Problem::not_found)?;
        terms.start_at(start);
        Ok(())
    })
    .await?;
    schedule::refuse_early(&made, task.id)?;
    Ok(made)
}

/// 409 where rules stand against anybody.
pub(crate) fn refuse(unfit: Vec<UnfitTask>) -> Result<(), Error> {
    if unfit.is_empty() { Ok(()) } else { Err(DispatchError::Unfit(unfit).into()) }
}
