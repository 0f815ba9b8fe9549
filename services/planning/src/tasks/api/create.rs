use auth::{Action, Target};
use chrono::{DateTime, Utc};
use contracts::{TaskChange, TaskStatus};
use kernel::{ChecklistId, MilestoneId, PhaseId, ProjectId, SiteId, SkillId, TaskId, UserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;
use web::{Created, Ctx, Problem, ProblemBody, Reply, Valid, Write, WriteHeaders, WriteRefused};

use super::{check_references, distinct};
use crate::error::Error;
use crate::schedule;
use crate::service_levels;
use crate::tasks::model::{Execution, Measure, Priority, Span, Task};
use crate::tasks::{Needs, events, store};

/// A task to be planned.
#[derive(Debug, Deserialize, Serialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTask {
    /// The id that the client chose for it.
    pub id: Option<TaskId>,
    /// The site it is done on.
    pub site_id: SiteId,
    /// The project's phase it belongs to.
    pub phase_id: Option<PhaseId>,
    /// The milestone of the project that it leads to.
    pub milestone_id: Option<MilestoneId>,
    /// What is to be done, in a few words.
    #[validate(length(min = 1, max = 200), custom(function = web::check::text))]
    #[schema(min_length = 1, max_length = 200)]
    pub title: String,
    /// What is to be done, at length.
    #[serde(default)]
    #[validate(length(max = 4000))]
    #[schema(max_length = 4000)]
    pub description: String,
    /// Planned start.
    #[validate(custom(function = web::check::instant))]
    pub starts_at: DateTime<Utc>,
    /// Planned end; without it, the start plus the duration.
    #[validate(custom(function = web::check::instant))]
    pub ends_at: Option<DateTime<Utc>>,
    /// Minutes of planned work, at most a year of them; without it, from start to end. Where a
    /// calendar is used on the site they are of its working time, and the task ends later.
    #[validate(range(min = 1, max = 525_600))]
    #[schema(minimum = 1, maximum = 525_600)]
    pub duration_min: Option<i32>,
    /// The skills that each of its workers must hold.
    #[serde(default)]
    #[validate(length(max = 20))]
    #[schema(max_items = 20)]
    pub skills: Vec<SkillId>,
    /// The checklists to be answered.
    #[serde(default)]
    #[validate(length(max = 20))]
    #[schema(max_items = 20)]
    pub checklists: Vec<ChecklistId>,
    /// How urgent it is.
    #[serde(default)]
    pub priority: Priority,
    /// How many workers it takes.
    #[serde(default = "one")]
    #[validate(range(min = 1, max = 50))]
    #[schema(minimum = 1, maximum = 50, default = 1)]
    pub workers_needed: i16,
    /// What it asks of those who do it, beside its skills.
    #[serde(default, skip_serializing_if = "Needs::is_empty")]
    #[validate(nested)]
    pub needs: Needs,
    /// How much there is to do, where the work is measured: its progress is then told in this
    /// unit, else in percent.
    #[validate(nested)]
    pub measure: Option<Measure>,
}

impl NewTask {
    /// The task, planned.
    pub(crate) fn task(&self, project_id: ProjectId, zone: String) -> Result<Task, Error> {
        let span =
            Span::plan(self.starts_at, self.ends_at, self.duration_min).map_err(Error::Span)?;
        Ok(Task {
            id: self.id.unwrap_or_else(TaskId::new),
            site_id: self.site_id,
            project_id,
            phase_id: self.phase_id,
            milestone_id: self.milestone_id,
            title: self.title.clone(),
            description: self.description.clone(),
            priority: self.priority,
            workers_needed: self.workers_needed,
            starts_at: span.starts_at,
            ends_at: span.ends_at,
            duration_min: span.duration_min,
            status: TaskStatus::Planned,
            started_at: None,
            finished_at: None,
            validated_at: None,
            zone,
            skills: self.skills.clone(),
            checklists: self.checklists.clone(),
            workers: Vec::new(),
            predecessors: Vec::new(),
            needs: self.needs.clone(),
            execution: Execution { measure: self.measure.clone(), ..Execution::default() },
            version: 1,
        })
    }

    /// The working time that is asked for; none where it is what lies before an end.
    pub(crate) fn work_min(&self) -> Option<i32> {
        self.duration_min.filter(|_| self.ends_at.is_none())
    }
}

/// Gives a new task its place in the plan, where a calendar is used as much work as it says, stores
/// it and tells it.
pub(crate) async fn plan(
    tx: &mut Write<'_>,
    mut task: Task,
    work_min: Option<i32>,
    by: Option<UserId>,
    about: &impl Serialize,
) -> Result<Task, Error> {
    let now = tx.now();
    let placed = schedule::place(tx, &mut task, work_min, by, now).await?;
    store::insert(tx, &task).await?;
    placed.keep(tx, &task).await?;
    events::tell(tx, &task, TaskChange::Planned, about, &[]).await?;
    Ok(task)
}

fn one() -> i16 {
    1
}

/// Plan a task.
///
/// A task belongs to a site. Give its end, its duration, or both.
#[utoipa::path(
    post, path = "/v1/tasks", tag = "planning", security(("bearer" = [])),
    params(WriteHeaders),
    request_body = NewTask,
    responses(
        (status = 201, description = "Planned", body = Task),
        WriteRefused,
        (status = 409, description = "The id is taken",
            body = ProblemBody, content_type = "application/problem+json"),
    ))]
pub async fn create_task(
    cx: Ctx,
    Valid(mut new): Valid<NewTask>,
) -> Result<Reply<Created<Task>>, Problem> {
    new.skills = distinct(new.skills);
    new.checklists = distinct(new.checklists);
    new.needs = new.needs.in_order();
    cx.write(async |tx| -> Result<_, Error> {
        let (project_id, zone) =
            store::site(tx, new.site_id).await?.ok_or_else(Problem::not_found)?;
        let target = Target::site(project_id, new.site_id);
        cx.guard(Action::ReadProject, Action::PlanTask, &target)?;
        let task = new.task(project_id, zone)?;
        check_references(tx, &task, new.milestone_id).await?;
        let task = plan(tx, task, new.work_min(), cx.actor, &new).await?;
        service_levels::of_tasks(tx, &[task.id]).await?;
        Ok(Created(format!("/v1/tasks/{}", task.id), task))
    })
    .await
}
