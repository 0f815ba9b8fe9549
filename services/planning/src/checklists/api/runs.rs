//! The runs: a checklist being answered for a task, in one call or in several.

use auth::Action;
use axum::Json;
use chrono::{DateTime, Utc};
use contracts::ChecklistRunChange;
use kernel::{ChecklistId, ChecklistRunId, PhotoId, TaskId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;
use web::{
    Changed, Created, Ctx, Found, Listed, Page, PageParams, PathId, Problem, ProblemBody,
    ReadRefused, Reply, Valid, Write, WriteHeaders, WriteRefused,
};

use crate::checklists::model::{AnswerError, Given, Kind, Refused, Run, Value};
use crate::checklists::{events, store};
use crate::error::{Error, WorkError};
use crate::incidents;
use crate::tasks::{self, Task};

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
    /// The photo that proves it, taken on the task's site.
    pub photo_id: Option<PhotoId>,
    /// When the answer was given (`answered_at`) that this one takes the place of; needed where
    /// somebody else gave it.
    pub replaces: Option<DateTime<Utc>>,
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
    /// The template's version that the phone began with; without it, the present one.
    #[validate(range(min = 1))]
    #[schema(minimum = 1)]
    pub checklist_version: Option<i64>,
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
async fn take_all(
    tx: &mut Write<'_>,
    run: &mut Run,
    task: &Task,
    answers: &[NewAnswer],
    cx: &Ctx,
) -> Result<ChecklistRunChange, Error> {
    let photos: Vec<_> = answers.iter().filter_map(|a| a.photo(run)).collect();
    let known = store::photos(tx, task.site_id, &photos).await?;
    for (at, answer) in answers.iter().enumerate() {
        let given = Given {
            question: answer.question.clone(),
            value: answer.value.clone(),
            photo_id: answer.photo(run),
            replaces: answer.replaces,
            answered_at: cx.acted_at(),
        };
        let photo = given.photo_id;
        run.take(given, cx.actor, tx.now()).map_err(|refused| match refused {
            Refused::Unfit(error) => Error::Answer { at, error },
            Refused::Answered(present) => WorkError::AnsweredMeanwhile(present).into(),
        })?;
        if photo.is_some_and(|photo| !known.contains(&photo)) {
            return Err(Error::Answer { at, error: AnswerError::NoSuchPhoto });
        }
    }
    let asked = run.asked();
    let hidden = answers.iter().position(|a| !asked.iter().any(|q| q.key == a.question));
    if let Some(at) = hidden {
        return Err(Error::Answer { at, error: AnswerError::NotAsked });
    }
    Ok(if run.close(cx.acted_at()) {
        ChecklistRunChange::Completed
    } else {
        ChecklistRunChange::Answered
    })
}

impl NewAnswer {
    /// The photo that it gives: as its proof, or as the answer itself.
    fn photo(&self, run: &Run) -> Option<PhotoId> {
        let question = run.questions.iter().find(|q| q.key == self.question);
        match (&self.value, question.map(|q| q.kind)) {
            (Value::Text(id), Some(Kind::Photo)) => id.parse().ok().or(self.photo_id),
            _ => self.photo_id,
        }
    }
}

/// Opens the incidents of the answers that do not conform.
async fn open_incidents(
    cx: &Ctx,
    tx: &mut Write<'_>,
    run: &Run,
    task: &Task,
    answers: &[NewAnswer],
) -> Result<(), Error> {
    for question in run.asked() {
        if let Some(answer) = run.answer(&question.key)
            && answers.iter().any(|new| new.question == question.key)
        {
            incidents::of_answer(cx, tx, task, run, question, answer).await?;
        }
    }
    Ok(())
}

/// Begin to answer one of a task's checklists.
///
/// The run keeps the version it began with: `checklist_version`, or the present one. A value outside
/// a question's limits is kept and counted as a nonconformity, and opens an incident where the
/// question says so: one, however often it is answered. Once all required questions that are asked
/// are answered the run is complete.
#[utoipa::path(
    post, path = "/v1/checklist-runs", tag = "planning", security(("bearer" = [])),
    params(WriteHeaders),
    request_body = NewRun,
    responses(
        (status = 201, description = "Begun", body = Run),
        WriteRefused,
        (status = 409, description = "Begun already (`run` names it), the checklist is not the \
            task's, or the task is done",
            body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "An answer does not fit its question",
            body = ProblemBody, content_type = "application/problem+json"),
    ))]
pub async fn create_checklist_run(
    cx: Ctx,
    Valid(new): Valid<NewRun>,
) -> Result<Reply<Created<Run>>, Problem> {
    cx.write(async |tx| -> Result<_, Error> {
        tx.keep_position_at_work(&cx, cx.acted_at()).await?;
        let task = task_at_work(&cx, tx, new.task_id).await?;
        if !task.checklists.contains(&new.checklist_id) {
            return Err(Error::NotLinked);
        }
        if let Some(run) = store::run_of(tx, task.id, new.checklist_id).await? {
            return Err(Error::RunExists(run));
        }
        let template = match new.checklist_version {
            Some(version) => store::find_version(tx, new.checklist_id, version)
                .await?
                .ok_or(WorkError::NoSuchVersion)?,
            None => store::find(tx, new.checklist_id).await?.ok_or_else(Problem::not_found)?,
        };
        let mut run = Run::begin(new.id.unwrap_or_else(ChecklistRunId::new), task.id, &template);
        let change = take_all(tx, &mut run, &task, &new.answers, &cx).await?;
        store::insert_run(tx, &run).await?;
        open_incidents(&cx, tx, &run, &task, &new.answers).await?;
        events::tell_run(tx, &run, &task, change, &new).await?;
        Ok(Created(format!("/v1/checklist-runs/{}", run.id), run))
    })
    .await
}

/// Answer more questions of a run.
#[utoipa::path(
    post, path = "/v1/checklist-runs/{id}/answers", tag = "planning", security(("bearer" = [])),
    params(("id" = ChecklistRunId, Path, description = "The run"), WriteHeaders),
    request_body = Answers,
    responses(
        (status = 200, description = "The run as it is now", body = Run),
        WriteRefused,
        (status = 409, description = "The task is done, or somebody else answered meanwhile \
            (`current`)",
            body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "An answer does not fit its question",
            body = ProblemBody, content_type = "application/problem+json"),
    ))]
pub async fn answer_checklist_run(
    cx: Ctx,
    PathId(id): PathId<ChecklistRunId>,
    Valid(more): Valid<Answers>,
) -> Result<Reply<Changed<Run>>, Problem> {
    cx.write(async |tx| -> Result<_, Error> {
        tx.keep_position_at_work(&cx, cx.acted_at()).await?;
        let seen = store::find_run(tx, id).await?.ok_or_else(Problem::not_found)?;
        let task = task_at_work(&cx, tx, seen.task_id).await?;
        let mut run = store::lock_run(tx, id).await?.ok_or_else(Problem::not_found)?;
        let change = take_all(tx, &mut run, &task, &more.answers, &cx).await?;
        store::save_run(tx, &mut run).await?;
        open_incidents(&cx, tx, &run, &task, &more.answers).await?;
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
        ReadRefused,
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

/// How a list of runs is asked for.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ListRuns {
    /// Runs of this task.
    pub task_id: Option<TaskId>,
}

/// List the runs of tasks that the caller may see.
#[utoipa::path(
    get, path = "/v1/checklist-runs", tag = "planning", security(("bearer" = [])),
    params(ListRuns, PageParams),
    responses(
        (status = 200, description = "A page of runs", body = Page<Run>),
        ReadRefused,
    ))]
pub async fn list_checklist_runs(
    cx: Ctx,
    Listed(ask, page): Listed<ListRuns>,
) -> Result<Json<Page<Run>>, Problem> {
    let seen = cx.visible(Action::ReadTask)?;
    let after = page.after()?;
    let mut conn = cx.db().await?;
    let found = store::list_runs(&mut conn, &seen, ask.task_id, after, page.limit + 1).await?;
    Ok(Json(Page::of(found, page.limit, |r| r.id)))
}
