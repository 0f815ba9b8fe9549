use auth::Action;
use chrono::NaiveTime;
use contracts::{TaskChange, TaskTemplateChange};
use kernel::{ChecklistId, SkillId, TaskTemplateId};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use validator::Validate;
use web::{
    Changed, Ctx, IfMatch, MatchHeader, PathId, Problem, ProblemBody, Reply, Valid, Write,
    WriteHeaders, WriteRefused,
};

use crate::error::Error;
use crate::recurring::generate::{self, opening};
use crate::recurring::model::{Closed, FURTHEST, Occurrence, TaskTemplate};
use crate::recurring::{events, store};
use crate::schedule::{self, Replan};
use crate::service_levels;
use crate::tasks::model::{Priority, Step};
use crate::tasks::{self, Taken, Task};

/// What of a template becomes another; what is left out stays.
#[derive(Debug, Deserialize, Serialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeTaskTemplate {
    /// What is to be done, in a few words.
    #[validate(length(min = 1, max = 200), custom(function = web::check::text))]
    #[schema(min_length = 1, max_length = 200)]
    pub title: Option<String>,
    /// What is to be done, at length.
    #[validate(length(max = 4000))]
    #[schema(max_length = 4000)]
    pub description: Option<String>,
    /// How urgent it is.
    pub priority: Option<Priority>,
    /// How many workers it takes.
    #[validate(range(min = 1, max = 50))]
    #[schema(minimum = 1, maximum = 50)]
    pub workers_needed: Option<i16>,
    /// Minutes of planned work.
    #[validate(range(min = 1, max = 525_600))]
    #[schema(minimum = 1, maximum = 525_600)]
    pub duration_min: Option<i32>,
    /// The skills that each of its workers must hold.
    #[validate(length(max = 20))]
    #[schema(max_items = 20)]
    pub skills: Option<Vec<SkillId>>,
    /// The checklists to be answered.
    #[validate(length(max = 20))]
    #[schema(max_items = 20)]
    pub checklists: Option<Vec<ChecklistId>>,
    /// When it recurs, in the words of RFC 5545. Counting still begins at its first day.
    #[validate(length(min = 1, max = 300), custom(function = super::rule))]
    #[schema(min_length = 1, max_length = 300)]
    pub rule: Option<String>,
    /// When in the day of the site's zone its tasks begin.
    #[schema(value_type = Option<String>, example = "08:00")]
    pub starts_at: Option<NaiveTime>,
    /// What becomes of a day on which the site does not work.
    pub closed: Option<Closed>,
    /// How many days ahead its tasks are planned.
    #[validate(range(min = 1, max = FURTHEST))]
    #[schema(minimum = 1, maximum = 366)]
    pub horizon_days: Option<i32>,
    /// Whether it goes on.
    pub active: Option<bool>,
}

impl ChangeTaskTemplate {
    fn apply(&self, template: &mut TaskTemplate) {
        let set = self;
        let keep = |new: &Option<String>, old: &mut String| {
            if let Some(new) = new {
                old.clone_from(new);
            }
        };
        keep(&set.title, &mut template.title);
        keep(&set.description, &mut template.description);
        keep(&set.rule, &mut template.rule);
        template.priority = set.priority.unwrap_or(template.priority);
        template.workers_needed = set.workers_needed.unwrap_or(template.workers_needed);
        template.duration_min = set.duration_min.unwrap_or(template.duration_min);
        template.starts_at = set.starts_at.unwrap_or(template.starts_at);
        template.closed = set.closed.unwrap_or(template.closed);
        template.horizon_days = set.horizon_days.unwrap_or(template.horizon_days);
        template.active = set.active.unwrap_or(template.active);
        if let Some(skills) = &set.skills {
            template.skills = tasks::distinct(skills.clone());
        }
        if let Some(checklists) = &set.checklists {
            template.checklists = tasks::distinct(checklists.clone());
        }
    }
}

/// Change how a task recurs.
///
/// Takes the version that was read in `If-Match`. Its tasks ahead that nobody has touched follow:
/// they change, move, or are cancelled where their day is none any more. What somebody changed,
/// staffed or began stays as it is, and so does what is past.
#[utoipa::path(
    patch, path = "/v1/task-templates/{id}", tag = "planning", security(("bearer" = [])),
    params(
        ("id" = TaskTemplateId, Path, description = "The template"),
        MatchHeader,
        WriteHeaders,
    ),
    request_body = ChangeTaskTemplate,
    responses(
        (status = 200, description = "The template as it is now", body = TaskTemplate),
        WriteRefused,
        (status = 409, description = "A task ahead cannot move as the plan stands",
            body = ProblemBody, content_type = "application/problem+json"),
    ))]
pub async fn change_task_template(
    cx: Ctx,
    PathId(id): PathId<TaskTemplateId>,
    expected: IfMatch,
    Valid(set): Valid<ChangeTaskTemplate>,
) -> Result<Reply<Changed<TaskTemplate>>, Problem> {
    cx.write(async |tx| -> Result<_, Error> {
        let mut template = store::lock(tx, id).await?.ok_or_else(Problem::not_found)?;
        cx.guard(Action::ReadTask, Action::PlanTask, &template.target())?;
        expected.check(&template)?;
        set.apply(&mut template);
        let (skills, checklists) = (&template.skills, &template.checklists);
        tasks::check_known(tx, template.project_id, None, skills, checklists).await?;
        store::save(tx, &mut template).await?;
        events::tell(tx, &template, TaskTemplateChange::Updated, &set);
        follow(&cx, tx, &template).await?;
        Ok(Changed(template))
    })
    .await
}

/// Lets the tasks ahead that nobody has touched follow their template.
async fn follow(cx: &Ctx, tx: &mut Write<'_>, template: &TaskTemplate) -> Result<(), Error> {
    let now = tx.now();
    schedule::store::links::lock_project(tx, template.project_id).await?;
    let open = opening(tx, template, now).await?;
    let wanted = if template.active { template.ahead(now, &open) } else { Vec::new() };
    for planned in store::ahead(tx, template.id, now).await? {
        let task = tasks::store::lock(tx, planned.task).await?.ok_or_else(Problem::not_found)?;
        if !planned.untouched {
            continue;
        }
        let wanted = wanted.iter().find(|occurrence| occurrence.on_date == planned.on_date);
        if let Some(occurrence) = wanted {
            rewrite(cx, tx, template, occurrence, task).await?;
        } else {
            let taken = Taken { step: Step::Cancel, after: None, reason: None };
            let task = tasks::go(cx, tx, task, taken).await?;
            store::forget(tx, task.id).await?;
        }
    }
    Ok(())
}

/// Makes an untouched task what its template now says.
async fn rewrite(
    cx: &Ctx,
    tx: &mut Write<'_>,
    template: &TaskTemplate,
    occurrence: &Occurrence,
    before: Task,
) -> Result<(), Error> {
    let new = generate::task(template, occurrence)?;
    let mut task = Task {
        title: new.title,
        description: new.description,
        priority: new.priority,
        workers_needed: new.workers_needed,
        skills: new.skills,
        checklists: new.checklists,
        ..before.clone()
    };
    if task != before {
        tasks::store::save_plan(tx, &mut task).await?;
        let about = json!({ "template": template.id, "on_date": occurrence.on_date });
        tasks::tell(tx, &task, TaskChange::Replanned, &about, &[]).await?;
    }
    if task.priority != before.priority {
        service_levels::of_tasks(tx, &[task.id]).await?;
    }
    if (occurrence.starts_at, template.duration_min) != (before.starts_at, before.duration_min) {
        let replan = Replan {
            starts_at: Some(occurrence.starts_at),
            ends_at: None,
            duration_min: Some(template.duration_min),
            span: new_span(&before, occurrence, template)?,
        };
        schedule::replan(tx, &task, replan, cx.actor).await?;
        task = tasks::store::find(tx, task.id).await?.ok_or_else(Problem::not_found)?;
    }
    Ok(store::left(tx, &task).await?)
}

fn new_span(
    before: &Task,
    occurrence: &Occurrence,
    template: &TaskTemplate,
) -> Result<tasks::model::Span, Error> {
    let duration = Some(template.duration_min);
    before.span().replan(Some(occurrence.starts_at), None, duration).map_err(Error::Span)
}
