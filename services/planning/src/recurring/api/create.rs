use auth::{Action, Target};
use chrono::{NaiveDate, NaiveTime};
use contracts::TaskTemplateChange;
use kernel::{ChecklistId, SiteId, SkillId, TaskTemplateId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;
use web::{Created, Ctx, Problem, ProblemBody, Reply, Valid, WriteHeaders, WriteRefused};

use crate::error::Error;
use crate::limits::{self, Definition};
use crate::recurring::model::{Closed, FURTHEST, TaskTemplate};
use crate::recurring::{events, store};
use crate::tasks;
use crate::tasks::model::Priority;

/// A task that is to recur.
#[derive(Debug, Deserialize, Serialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTaskTemplate {
    /// The id that the client chose for it.
    pub id: Option<TaskTemplateId>,
    /// The site its tasks are done on.
    pub site_id: SiteId,
    /// What is to be done, in a few words.
    #[validate(length(min = 1, max = 200), custom(function = web::check::text))]
    #[schema(min_length = 1, max_length = 200)]
    pub title: String,
    /// What is to be done, at length.
    #[serde(default)]
    #[validate(length(max = 4000))]
    #[schema(max_length = 4000)]
    pub description: String,
    /// How urgent it is.
    #[serde(default)]
    pub priority: Priority,
    /// How many workers it takes.
    #[serde(default = "one")]
    #[validate(range(min = 1, max = 50))]
    #[schema(minimum = 1, maximum = 50, default = 1)]
    pub workers_needed: i16,
    /// Minutes of planned work.
    #[validate(range(min = 1, max = 525_600))]
    #[schema(minimum = 1, maximum = 525_600)]
    pub duration_min: i32,
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
    /// When it recurs, in the words of RFC 5545: `FREQ=WEEKLY;INTERVAL=2;BYDAY=MO`. Known are
    /// FREQ (DAILY, WEEKLY, MONTHLY, YEARLY), INTERVAL, BYDAY, BYMONTHDAY, and UNTIL or COUNT.
    #[validate(length(min = 1, max = 300), custom(function = super::rule))]
    #[schema(min_length = 1, max_length = 300)]
    pub rule: String,
    /// The first day; counting begins here.
    #[validate(custom(function = web::check::day))]
    pub starts_on: NaiveDate,
    /// When in the day of the site's zone its tasks begin.
    #[schema(value_type = String, example = "08:00")]
    pub starts_at: NaiveTime,
    /// What becomes of a day on which the site does not work, by its calendar.
    #[serde(default)]
    pub closed: Closed,
    /// How many days ahead its tasks are planned.
    #[serde(default = "a_month")]
    #[validate(range(min = 1, max = FURTHEST))]
    #[schema(minimum = 1, maximum = 366, default = 30)]
    pub horizon_days: i32,
}

fn one() -> i16 {
    1
}

fn a_month() -> i32 {
    30
}

/// Let a task recur.
///
/// Its tasks are planned ahead in the background, each day of the rule once.
#[utoipa::path(
    post, path = "/v1/task-templates", tag = "planning", security(("bearer" = [])),
    params(WriteHeaders),
    request_body = NewTaskTemplate,
    responses(
        (status = 201, description = "Kept", body = TaskTemplate),
        WriteRefused,
        (status = 409, description = "The id is taken, or there are as many as may be",
            body = ProblemBody, content_type = "application/problem+json"),
    ))]
pub async fn create_task_template(
    cx: Ctx,
    Valid(new): Valid<NewTaskTemplate>,
) -> Result<Reply<Created<TaskTemplate>>, Problem> {
    cx.write(async |tx| -> Result<_, Error> {
        let site = tasks::store::site(tx, new.site_id).await?;
        let (project_id, zone) = site.ok_or_else(Problem::not_found)?;
        let target = Target::site(project_id, new.site_id);
        cx.guard(Action::ReadProject, Action::PlanTask, &target)?;
        limits::refuse_more(tx, Definition::TaskTemplate).await?;
        let template = TaskTemplate {
            id: new.id.unwrap_or_else(TaskTemplateId::new),
            site_id: new.site_id,
            project_id,
            title: new.title.clone(),
            description: new.description.clone(),
            priority: new.priority,
            workers_needed: new.workers_needed,
            duration_min: new.duration_min,
            skills: tasks::distinct(new.skills.clone()),
            checklists: tasks::distinct(new.checklists.clone()),
            rule: new.rule.clone(),
            starts_on: new.starts_on,
            starts_at: new.starts_at,
            closed: new.closed,
            horizon_days: new.horizon_days,
            active: true,
            zone,
            version: 1,
        };
        let (skills, checklists) = (&template.skills, &template.checklists);
        tasks::check_known(tx, project_id, None, skills, checklists).await?;
        store::insert(tx, &template).await?;
        events::tell(tx, &template, TaskTemplateChange::Created, &new);
        Ok(Created(format!("/v1/task-templates/{}", template.id), template))
    })
    .await
}
