use auth::Action;
use axum::Json;
use kernel::{SiteId, TaskTemplateId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;
use web::{Ctx, Found, Listed, Page, PageParams, PathId, Problem, ReadRefused};

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
    /// Of this site.
    pub site_id: Option<SiteId>,
}

/// List the templates of recurring tasks.
#[utoipa::path(
    get, path = "/v1/task-templates", tag = "planning", security(("bearer" = [])),
    params(ListTaskTemplates, PageParams),
    responses(
        (status = 200, description = "A page of templates", body = Page<TaskTemplate>),
        ReadRefused,
    ))]
pub async fn list_task_templates(
    cx: Ctx,
    Listed(ask, page): Listed<ListTaskTemplates>,
) -> Result<Json<Page<TaskTemplate>>, Problem> {
    let seen = cx.visible(Action::ReadTask)?;
    let after = page.after()?;
    let mut conn = cx.db().await?;
    let found = store::list(&mut conn, &seen, ask.site_id, after, page.limit + 1).await?;
    Ok(Json(Page::of(found, page.limit, |t| t.id)))
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
