use auth::Action;
use axum::Json;
use kernel::TaskId;
use web::{Ctx, Found, Page, PageParams, Params, PathId, Problem, ReadRefused};

use crate::tasks::model::Task;
use crate::tasks::store;
use crate::tasks::store::steps::{self, Transition};

/// Read a task.
#[utoipa::path(
    get, path = "/v1/tasks/{id}", tag = "planning", security(("bearer" = [])),
    params(("id" = TaskId, Path, description = "The task")),
    responses(
        (status = 200, description = "The task", body = Task),
        ReadRefused,
    ))]
pub async fn read_task(cx: Ctx, PathId(id): PathId<TaskId>) -> Result<Found<Task>, Problem> {
    let task = store::find(&mut *cx.db().await?, id).await?.ok_or_else(Problem::not_found)?;
    cx.sees(Action::ReadTask, &task.target())?;
    Ok(Found(task))
}

/// List the steps that a task took.
///
/// Each with its time by the device's and by the server's clock, and by whom it was taken. Where, it
/// says to who took it and to those who read the audit trail there.
#[utoipa::path(
    get, path = "/v1/tasks/{id}/transitions", tag = "planning", security(("bearer" = [])),
    params(("id" = TaskId, Path, description = "The task"), PageParams),
    responses(
        (status = 200, description = "A page of steps, the first first", body = Page<Transition>),
        ReadRefused,
    ))]
pub async fn list_task_transitions(
    cx: Ctx,
    PathId(id): PathId<TaskId>,
    Params(page): Params<PageParams>,
) -> Result<Json<Page<Transition>>, Problem> {
    let mut conn = cx.db().await?;
    let task = store::find(&mut conn, id).await?.ok_or_else(Problem::not_found)?;
    cx.sees(Action::ReadTask, &task.target())?;
    let mut steps = steps::transitions(&mut conn, id, page.after()?, page.limit + 1).await?;
    if !cx.caller.may(Action::ReadAudit, &task.target()) {
        let of_others = |step: &&mut Transition| !step.is_of(&cx.caller);
        steps.iter_mut().filter(of_others).for_each(Transition::unplace);
    }
    Ok(Json(Page::of(steps, page.limit, |s| s.id)))
}
