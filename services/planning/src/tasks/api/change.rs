use auth::Action;
use chrono::{DateTime, Utc};
use contracts::{TaskChange, TaskStatus};
use kernel::{ChecklistId, MilestoneId, PhaseId, SkillId, TaskId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;
use web::{
    Changed, Ctx, IfMatch, MatchHeader, PathId, Problem, ProblemBody, Reply, Valid, WriteHeaders,
    WriteRefused,
};

use super::{check_references, distinct};
use crate::dispatch;
use crate::error::Error;
use crate::schedule::{self, Replan};
use crate::service_levels;
use crate::tasks::model::{Measure, Priority, Task};
use crate::tasks::{Needs, events, store};

/// What of a task becomes another; what is left out stays.
#[derive(Debug, Default, Deserialize, Serialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeTask {
    /// What is to be done, in a few words.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[validate(length(min = 1, max = 200), custom(function = web::check::text))]
    #[schema(min_length = 1, max_length = 200)]
    pub title: Option<String>,
    /// What is to be done, at length.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[validate(length(max = 4000))]
    #[schema(max_length = 4000)]
    pub description: Option<String>,
    /// The project's phase; null for none.
    #[serde(default, deserialize_with = "web::nullable", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<uuid::Uuid>)]
    pub phase_id: Option<Option<PhaseId>>,
    /// The milestone it leads to; null for none.
    #[serde(default, deserialize_with = "web::nullable", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<uuid::Uuid>)]
    pub milestone_id: Option<Option<MilestoneId>>,
    /// Planned start. Where it alone is given, the whole task moves.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[validate(custom(function = web::check::instant))]
    pub starts_at: Option<DateTime<Utc>>,
    /// Planned end.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[validate(custom(function = web::check::instant))]
    pub ends_at: Option<DateTime<Utc>>,
    /// Minutes of planned work. Without an end it also sets the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[validate(range(min = 1, max = 525_600))]
    #[schema(minimum = 1, maximum = 525_600)]
    pub duration_min: Option<i32>,
    /// The skills that each of its workers must hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[validate(length(max = 20))]
    #[schema(max_items = 20)]
    pub skills: Option<Vec<SkillId>>,
    /// The checklists to be answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[validate(length(max = 20))]
    #[schema(max_items = 20)]
    pub checklists: Option<Vec<ChecklistId>>,
    /// How urgent it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<Priority>,
    /// How many workers it takes.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[validate(range(min = 1, max = 50))]
    #[schema(minimum = 1, maximum = 50)]
    pub workers_needed: Option<i16>,
    /// What it asks of those who do it, all of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[validate(nested)]
    pub needs: Option<Needs>,
    /// How much there is to do; null where the work is not measured. What was reported until now
    /// counts against it.
    #[serde(default, deserialize_with = "web::nullable", skip_serializing_if = "Option::is_none")]
    #[validate(nested)]
    #[schema(value_type = Option<Measure>)]
    pub measure: Option<Option<Measure>>,
}

impl ChangeTask {
    fn apply(&self, task: &mut Task) -> Result<(), Error> {
        let set = self;
        task.title = set.title.clone().unwrap_or_else(|| task.title.clone());
        task.description = set.description.clone().unwrap_or_else(|| task.description.clone());
        task.phase_id = set.phase_id.unwrap_or(task.phase_id);
        task.milestone_id = set.milestone_id.unwrap_or(task.milestone_id);
        task.priority = set.priority.unwrap_or(task.priority);
        task.workers_needed = set.workers_needed.unwrap_or(task.workers_needed);
        if let Some(skills) = &set.skills {
            task.skills = distinct(skills.clone());
        }
        if let Some(measure) = &set.measure {
            task.execution.measure.clone_from(measure);
        }
        if let Some(checklists) = &set.checklists {
            task.checklists = distinct(checklists.clone());
        }
        if let Some(needs) = &set.needs {
            task.needs = needs.clone().in_order();
        }
        let span = task.span().replan(set.starts_at, set.ends_at, set.duration_min);
        task.move_to(span.map_err(Error::Span)?);
        Ok(())
    }
}

/// Change a task's plan.
///
/// Takes the version that was read in `If-Match`; 412 with the present state where somebody else
/// was first. Where its dates change, the planned tasks that depend on it and would begin too
/// early are moved later in the same write.
#[utoipa::path(
    patch, path = "/v1/tasks/{id}", tag = "planning", security(("bearer" = [])),
    params(("id" = TaskId, Path, description = "The task"), MatchHeader, WriteHeaders),
    request_body = ChangeTask,
    responses(
        (status = 200, description = "The task as it is now", body = Task),
        WriteRefused,
        (status = 409, description = "Done already, too early for what comes before it, or a \
            worker would be on two tasks at once",
            body = ProblemBody, content_type = "application/problem+json"),
    ))]
pub async fn change_task(
    cx: Ctx,
    PathId(id): PathId<TaskId>,
    expected: IfMatch,
    Valid(set): Valid<ChangeTask>,
) -> Result<Reply<Changed<Task>>, Problem> {
    cx.write(async |tx| -> Result<_, Error> {
        let seen = store::find(tx, id).await?.ok_or_else(Problem::not_found)?;
        cx.guard(Action::ReadTask, Action::PlanTask, &seen.target())?;
        schedule::store::links::lock_project(tx, seen.project_id).await?;
        let before = store::lock(tx, id).await?.ok_or_else(Problem::not_found)?;
        expected.check(&before)?;
        if !before.is_open() {
            return Err(Error::Closed(Box::new(before)));
        }
        let mut task = before.clone();
        set.apply(&mut task)?;
        let milestone = set.milestone_id.flatten();
        check_references(tx, &task, milestone).await?;
        let span = task.span();
        if before.status == TaskStatus::Planned {
            task.move_to(before.span()); // its plan says where it goes
        }
        if task != before || span == before.span() {
            store::save_plan(tx, &mut task).await?;
            events::tell(tx, &task, TaskChange::Replanned, &set, &[]).await?;
        }
        if task.priority != before.priority {
            service_levels::of_tasks(tx, &[id]).await?;
        }
        if span != before.span() {
            let (starts_at, ends_at, duration_min) = (set.starts_at, set.ends_at, set.duration_min);
            let replan = Replan { starts_at, ends_at, duration_min, span };
            let moved = schedule::replan(tx, &before, replan, cx.actor).await?;
            dispatch::refuse(dispatch::moved(&cx, tx, &moved).await?)?;
            task = store::find(tx, id).await?.ok_or_else(Problem::not_found)?;
        }
        Ok(Changed(task))
    })
    .await
}
