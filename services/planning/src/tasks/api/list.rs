use auth::Action;
use axum::Json;
use chrono::NaiveDate;
use contracts::TaskStatus;
use kernel::{ProjectId, SiteId, WorkerId};
use serde::Deserialize;
use utoipa::IntoParams;
use validator::Validate;
use web::{Ctx, Listed, Page, PageParams, Problem, ReadRefused};

use crate::tasks::model::Task;
use crate::tasks::store::{self, Filter};

/// How a list of tasks is asked for.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ListTasks {
    /// Tasks of this day, in each site's own zone.
    #[validate(custom(function = web::check::day))]
    pub day: Option<NaiveDate>,
    /// Tasks of this site.
    pub site_id: Option<SiteId>,
    /// Tasks of this project.
    pub project_id: Option<ProjectId>,
    /// Tasks that this worker is on.
    pub worker_id: Option<WorkerId>,
    /// Tasks that stand here.
    pub status: Option<TaskStatus>,
}

/// List tasks by planned start.
///
/// With `day` and `site_id` it is the day's plan of a site. Only what the caller may see is there.
#[utoipa::path(
    get, path = "/v1/tasks", tag = "planning", security(("bearer" = [])),
    params(ListTasks, PageParams),
    responses(
        (status = 200, description = "A page of tasks", body = Page<Task>),
        ReadRefused,
    ))]
pub async fn list_tasks(
    cx: Ctx,
    Listed(ask, page): Listed<ListTasks>,
) -> Result<Json<Page<Task>>, Problem> {
    let seen = cx.visible(Action::ReadTask)?;
    let after = page.after()?;
    let filter = Filter {
        day: ask.day,
        site: ask.site_id,
        project: ask.project_id,
        worker: ask.worker_id,
        status: ask.status,
    };
    let mut conn = cx.db().await?;
    let keys = store::list(&mut conn, &seen, &filter, after, page.limit + 1).await?;
    // The cursor is where this list ended, even if a task is moved meanwhile.
    let page = Page::of(keys, page.limit, |key| *key);
    let ids: Vec<_> = page.items.iter().map(|key| key.1).collect();
    Ok(Json(Page { items: store::of_ids(&mut conn, &ids).await?, next: page.next }))
}
