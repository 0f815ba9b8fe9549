//! How far a task is, and how long it was worked on: over several days, if need be.

use auth::Action;
use axum::Json;
use contracts::TaskChange;
use kernel::TaskId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;
use web::{
    Changed, Ctx, Page, PageParams, Params, PathId, Problem, ProblemBody, ReadRefused, Reply,
    Valid, WriteHeaders, WriteRefused,
};

use crate::error::{Error, WorkError};
use crate::schedule;
use crate::tasks::model::{Report, Reported, Task};
use crate::tasks::store::progress::{self, WorkSession};
use crate::tasks::{events, store};

/// How far a task is: in its unit where it is measured, else in percent.
#[derive(Debug, Deserialize, Serialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReportProgress {
    /// The id that the phone chose for the report.
    pub id: Option<Uuid>,
    /// How much of the whole is done.
    #[validate(range(min = 0, max = 100))]
    #[schema(minimum = 0, maximum = 100)]
    pub percent: Option<i16>,
    /// How much was done since the report before, in the task's unit; less than none corrects.
    #[validate(range(min = -1e9, max = 1e9))]
    #[schema(minimum = -1e9, maximum = 1e9)]
    pub quantity: Option<f64>,
    /// What else there is to say.
    #[serde(default)]
    #[validate(length(max = 1000))]
    #[schema(max_length = 1000)]
    pub note: String,
}

/// Say how far a task is.
///
/// Every report is kept. In percent, the one that is newest by the devices' clocks counts, whatever
/// the order they come in; quantities add up. The plan's progress follows.
#[utoipa::path(
    post, path = "/v1/tasks/{id}/progress", tag = "planning", security(("bearer" = [])),
    params(("id" = TaskId, Path, description = "The task"), WriteHeaders),
    request_body = ReportProgress,
    responses(
        (status = 200, description = "The task as it is now", body = Task),
        WriteRefused,
        (status = 409, description = "Not begun, or done; or the id is taken",
            body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "A value is wrong, or percent for a measured task",
            body = ProblemBody, content_type = "application/problem+json"),
    ))]
pub async fn report_task_progress(
    cx: Ctx,
    PathId(id): PathId<TaskId>,
    Valid(new): Valid<ReportProgress>,
) -> Result<Reply<Changed<Task>>, Problem> {
    cx.write(async |tx| -> Result<_, Error> {
        let seen = store::find(tx, id).await?.ok_or_else(Problem::not_found)?;
        cx.guard(Action::ReadTask, Action::WorkTask, &seen.target())?;
        schedule::store::links::lock_project(tx, seen.project_id).await?;
        let mut task = store::lock(tx, id).await?.ok_or_else(Problem::not_found)?;
        cx.guard(Action::ReadTask, Action::WorkTask, &task.target())?;
        if !task.is_open() {
            return Err(Error::Closed(Box::new(task)));
        }
        if task.started_at.is_none() {
            return Err(WorkError::NotBegun(Box::new(task)).into());
        }
        let report = task.execution.report(new.percent, new.quantity).map_err(WorkError::Report)?;
        let reported = Reported {
            id: new.id.unwrap_or_else(Uuid::now_v7),
            percent: new.percent,
            quantity: new.quantity,
            note: new.note.clone(),
            done_at: cx.acted_at(),
            at: tx.now(),
            user_id: cx.actor,
            worker_id: cx.caller.worker,
        };
        if !progress::insert(tx, task.id, &reported).await? {
            return Err(Error::AlreadyExists);
        }
        let (newest, sum) = progress::reached(tx, task.id).await?;
        let percent = match report {
            Report::Percent(percent) => newest.unwrap_or(percent),
            Report::Quantity(_) => task.execution.percent_of(sum),
        };
        schedule::progress(tx, &task, percent.into(), cx.actor).await?;
        progress::save(tx, &mut task, percent).await?;
        events::tell(tx, &task, TaskChange::Progressed, &reported, &[]).await?;
        Ok(Changed(store::find(tx, id).await?.ok_or_else(Problem::not_found)?))
    })
    .await
}

/// List the reports of how far a task is, the first first.
#[utoipa::path(
    get, path = "/v1/tasks/{id}/progress", tag = "planning", security(("bearer" = [])),
    params(("id" = TaskId, Path, description = "The task"), PageParams),
    responses(
        (status = 200, description = "A page of reports", body = Page<Reported>),
        ReadRefused,
    ))]
pub async fn list_task_progress(
    cx: Ctx,
    PathId(id): PathId<TaskId>,
    Params(page): Params<PageParams>,
) -> Result<Json<Page<Reported>>, Problem> {
    let mut conn = cx.db().await?;
    let task = store::find(&mut conn, id).await?.ok_or_else(Problem::not_found)?;
    cx.sees(Action::ReadTask, &task.target())?;
    let reports = progress::list(&mut conn, id, page.after()?, page.limit + 1).await?;
    Ok(Json(Page::of(reports, page.limit, |r| r.id)))
}

/// List the times in which a task was worked on, the first first.
///
/// By the devices' clocks: from start, resume or unblock to pause, block, finish or cancel.
#[utoipa::path(
    get, path = "/v1/tasks/{id}/work-sessions", tag = "planning", security(("bearer" = [])),
    params(("id" = TaskId, Path, description = "The task"), PageParams),
    responses(
        (status = 200, description = "A page of times", body = Page<WorkSession>),
        ReadRefused,
    ))]
pub async fn list_work_sessions(
    cx: Ctx,
    PathId(id): PathId<TaskId>,
    Params(page): Params<PageParams>,
) -> Result<Json<Page<WorkSession>>, Problem> {
    let mut conn = cx.db().await?;
    let task = store::find(&mut conn, id).await?.ok_or_else(Problem::not_found)?;
    cx.sees(Action::ReadTask, &task.target())?;
    let sessions = progress::sessions(&mut conn, id, page.after()?, page.limit + 1).await?;
    Ok(Json(Page::of(sessions, page.limit, |s| s.id)))
}
