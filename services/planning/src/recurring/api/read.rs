use auth::Action;
use axum::Json;
use kernel::{SiteId, TaskTemplateId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;
use web::{Ctx, Found, Page, PageParams, Params, PathId, Problem, ReadRefused};

use crate::recurring::generate::opening;
use crate::recurring::model::{Occurrence, TaskTemplate};
use crate::recurring::store;

/// Read how a task recurs.
#[utoipa::path(
    get, path = "/v1/task-templates/{id}", tag = "planning", security(("bearer" = [])),
    params(("id" = TaskTemplateId, Path, description = "The template")),
    responses(
        (status = 200, description = "The template", body = TaskTemplate),
        ReadRefused,
    ))]
pub async fn read_task_template(
    cx: Ctx,
    PathId(id): PathId<TaskTemplateId>,
) -> Result<Found<TaskTemplate>, Problem> {
    let found = store::find(&mut *cx.db().await?, id).await?.ok_or_else(Problem::not_found)?;
    cx.sees(Action::ReadTask, &found.target())?;
    Ok(Found(found))
}

/// How a list of templates is asked for.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ListTaskTemplates {
    /// How many items at most.
    #[serde(default = "PageParams::usual_limit")]
    #[validate(range(min = 1, max = 200))]
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub limit: i64,
    /// Where the page before ended, as it said.
    #[validate(length(max = 500))]
    #[param(max_length = 500)]
    pub cursor: Option<String>,
    /// Of this site.
    pub site_id: Option<SiteId>,
}

/// List the templates of recurring tasks.
#[utoipa::path(
    get, path = "/v1/task-templates", tag = "planning", security(("bearer" = [])),
    params(ListTaskTemplates),
    responses(
        (status = 200, description = "A page of templates", body = Page<TaskTemplate>),
        ReadRefused,
    ))]
pub async fn list_task_templates(
    cx: Ctx,
    Params(ask): Params<ListTaskTemplates>,
) -> Result<Json<Page<TaskTemplate>>, Problem> {
    let seen = cx.visible(Action::ReadTask)?;
    let after = PageParams { limit: ask.limit, cursor: ask.cursor }.after()?;
    let mut conn = cx.db().await?;
    let found = store::list(&mut conn, &seen, ask.site_id, after, ask.limit + 1).await?;
    Ok(Json(Page::of(found, ask.limit, |t| t.id)))
}

/// The times ahead of a template.
#[derive(Debug, Serialize, ToSchema)]
pub struct TaskOccurrences {
    /// Each day of the rule that is planned or to be planned, in order.
    pub items: Vec<Occurrence>,
}

/// List when a task recurs, as far ahead as it is planned.
///
/// A day whose task is not planned yet has no `task_id`: the background comes to it.
#[utoipa::path(
    get, path = "/v1/task-templates/{id}/occurrences", tag = "planning",
    security(("bearer" = [])),
    params(("id" = TaskTemplateId, Path, description = "The template")),
    responses(
        (status = 200, description = "The times ahead", body = TaskOccurrences),
        ReadRefused,
    ))]
pub async fn list_task_occurrences(
    cx: Ctx,
    PathId(id): PathId<TaskTemplateId>,
) -> Result<Json<TaskOccurrences>, Problem> {
    let mut conn = cx.db().await?;
    let template = store::find(&mut conn, id).await?.ok_or_else(Problem::not_found)?;
    cx.sees(Action::ReadTask, &template.target())?;
    let now = cx.now();
    let open = opening(&mut conn, &template, now).await?;
    let mut items = if template.active { template.ahead(now, &open) } else { Vec::new() };
    let planned = store::ahead(&mut conn, id, now).await?;
    for occurrence in &mut items {
        let known = planned.iter().find(|p| p.on_date == occurrence.on_date);
        occurrence.task_id = known.map(|p| p.task);
    }
    Ok(Json(TaskOccurrences { items }))
}
