//! The runs: a checklist being answered for a task, in one call or in several.

use auth::Action;
use axum::Json;
use contracts::ChecklistRunChange;
use kernel::{ChecklistId, ChecklistRunId, TaskId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;
use web::{
    Changed, Created, Ctx, Found, Page, PageParams, Params, PathId, Problem, ProblemBody, Reply,
    Valid, Write,
};

use crate::checklists::model::{Run, Value};
use crate::checklists::{events, store};
use crate::error::Error;
use crate::tasks::{self, Task};
use crate::timeclock;

/// An answer to a question.
#[derive(Debug, Deserialize, Serialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAnswer {
    /// The question's key.
    #[validate(length(min = 1, max = 40))]
    #[schema(min_length = 1, max_length = 40)]
    pub question: String,
    /// True or false, a number, text of at most 2000 characters, or a photo's id: as the question
    /// asks.
    pub value: Value,
}

/// A checklist to be answered for a task.
#[derive(Debug, Deserialize, Serialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewChecklistRun)]
pub struct NewRun {
    /// The id that the client chose for it.
    pub id: Option<ChecklistRunId>,
    /// The task.
    pub task_id: TaskId,
    /// One of the task's checklists.
    pub checklist_id: ChecklistId,
    /// The answers so far.
    #[serde(default)]
    #[validate(length(max = 100), nested)]
    #[schema(max_items = 100)]
    pub answers: Vec<NewAnswer>,
}

/// More answers.
#[derive(Debug, Deserialize, Serialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = MoreAnswers)]
pub struct Answers {
    /// The answers; one to a question that was answered before takes its place.
    #[validate(length(min = 1, max = 100), nested)]
    #[schema(min_items = 1, max_items = 100)]
    pub answers: Vec<NewAnswer>,
}

/// The task whose checklists the caller may answer, locked. What is done must be reopened first.
async fn task_at_work(cx: &Ctx, tx: &mut Write<'_>, id: TaskId) -> Result<Task, Error> {
    let task = tasks::store::lock(tx, id).await?.ok_or_else(Problem::not_found)?;
    cx.guard(Action::ReadTask, Action::WorkTask, &task.target())?;
    if task.is_open() { Ok(task) } else { Err(Error::Closed(Box::new(task))) }
}

/// Takes the answers in, each by its question, and tells whether that closed the run.
fn take_all(
    run: &mut Run,
    answers: &[NewAnswer],
    cx: &Ctx,
    now: Timestamp,
) -> Result<ChecklistRunChange, Error> {
    for (at, answer) in answers.iter().enumerate() {
        run.take(&answer.question, answer.value.clone(), cx.actor, cx.acted_at(), now)
            .map_err(|error| Error::Answer { at, error })?;
    }
    Ok(if run.close(cx.acted_at()) {
        ChecklistRunChange::Completed
    } else {
        ChecklistRunChange::Answered
    })
}

/// Begin to answer one of a task's checklists.
///
/// The run keeps the template's present version. A value outside a question's limits is kept and
/// counted as a nonconformity. Once all required questions are answered the run is complete.
#[utoipa::path(
    post, path = "/v1/checklist-runs", tag = "planning", security(("bearer" = [])),
    request_body = NewRun,
    responses(
        (status = 201, description = "Begun", body = Run),
        (status = 403, description = "The role may not work on the task", body = ProblemBody),
        (status = 404, description = "No such task", body = ProblemBody),
        (status = 409, description = "Begun already (`run` names it), the checklist is not the \
                                      task's, or the task is done", body = ProblemBody),
        (status = 422, description = "An answer does not fit its question", body = ProblemBody),
    ))]
pub async fn create_checklist_run(
    cx: Ctx,
    Valid(new): Valid<NewRun>,
) -> Result<Reply<Created<Run>>, Problem> {
    cx.write(async |tx| -> Result<_, Error> {
        timeclock::position(tx, &cx).await?;
        let task = task_at_work(&cx, tx, new.task_id).await?;
        if !task.checklists.contains(&new.checklist_id) {
            return Err(Error::NotLinked);
        }
        if let Some(run) = store::run_of(tx, task.id, new.checklist_id).await? {
            return Err(Error::RunExists(run));
        }
        let template = store::find(tx, new.checklist_id).await?.ok_or_else(Problem::not_found)?;
        let mut run = Run::begin(new.id.unwrap_or_else(ChecklistRunId::new), task.id, &template);
        let change = take_all(&mut run, &new.answers, &cx, tx.now())?;
        store::insert_run(tx, &run).await?;
        events::tell_run(tx, &run, &task, change, &new).await?;
        Ok(Created(format!("/v1/checklist-runs/{}", run.id), run))
    })
    .await
}

/// Answer more questions of a run.
#[utoipa::path(
    post, path = "/v1/checklist-runs/{id}/answers", tag = "planning", security(("bearer" = [])),
    params(("id" = ChecklistRunId, Path, description = "The run")),
    request_body = Answers,
    responses(
        (status = 200, description = "The run as it is now", body = Run),
        (status = 403, description = "The role may not work on the task", body = ProblemBody),
        (status = 404, description = "No such run", body = ProblemBody),
        (status = 409, description = "The task is done", body = ProblemBody),
        (status = 422, description = "An answer does not fit its question", body = ProblemBody),
    ))]
pub async fn answer_checklist_run(
    cx: Ctx,
    PathId(id): PathId<ChecklistRunId>,
    Valid(more): Valid<Answers>,
) -> Result<Reply<Changed<Run>>, Problem> {
    cx.write(async |tx| -> Result<_, Error> {
        timeclock::position(tx, &cx).await?;
        let seen = store::find_run(tx, id).await?.ok_or_else(Problem::not_found)?;
        let task = task_at_work(&cx, tx, seen.task_id).await?;
        let mut run = store::lock_run(tx, id).await?.ok_or_else(Problem::not_found)?;
        let change = take_all(&mut run, &more.answers, &cx, tx.now())?;
        store::save_run(tx, &mut run).await?;
        events::tell_run(tx, &run, &task, change, &more).await?;
        Ok(Changed(run))
    })
    .await
}

/// Read a run with its questions and answers.
#[utoipa::path(
    get, path = "/v1/checklist-runs/{id}", tag = "planning", security(("bearer" = [])),
    params(("id" = ChecklistRunId, Path, description = "The run")),
    responses(
        (status = 200, description = "The run", body = Run),
        (status = 404, description = "No such run", body = ProblemBody),
    ))]
pub async fn read_checklist_run(
    cx: Ctx,
    PathId(id): PathId<ChecklistRunId>,
) -> Result<Found<Run>, Problem> {
    let mut conn = cx.db().await?;
    let run = store::find_run(&mut conn, id).await?.ok_or_else(Problem::not_found)?;
    let task = tasks::store::find(&mut conn, run.task_id).await?;
    cx.sees(Action::ReadTask, &task.ok_or_else(Problem::not_found)?.target())?;
    Ok(Found(run))
}

fn usual() -> i64 {
    50
}

/// How a list of runs is asked for.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ListRuns {
    /// How many items at most.
    #[serde(default = "usual")]
    #[validate(range(min = 1, max = 200))]
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub limit: i64,
    /// Where the page before ended, as it said.
    #[validate(length(max = 500))]
    #[param(max_length = 500)]
    pub cursor: Option<String>,
    /// Runs of this task.
    pub task_id: Option<TaskId>,
}

/// List the runs of tasks that the caller may see.
#[utoipa::path(
    get, path = "/v1/checklist-runs", tag = "planning", security(("bearer" = [])),
    params(ListRuns),
    responses(
        (status = 200, description = "A page of runs", body = Page<Run>),
        (status = 400, description = "A parameter is unknown", body = ProblemBody),
        (status = 403, description = "The role sees no tasks", body = ProblemBody),
        (status = 422, description = "A parameter is out of range", body = ProblemBody),
    ))]
pub async fn list_checklist_runs(
    cx: Ctx,
    Params(ask): Params<ListRuns>,
) -> Result<Json<Page<Run>>, Problem> {
    let seen = cx.visible(Action::ReadTask)?;
    let after = PageParams { limit: ask.limit, cursor: ask.cursor }.after()?;
    let mut conn = cx.db().await?;
    let found = store::list_runs(&mut conn, &seen, ask.task_id, after, ask.limit + 1).await?;
    Ok(Json(Page::of(found, ask.limit, |r| r.id)))
}
