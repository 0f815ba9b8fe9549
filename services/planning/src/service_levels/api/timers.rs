use auth::Action;
use axum::Json;
use chrono::{DateTime, Utc};
use contracts::ServiceTimerState;
use kernel::{IncidentId, ProjectId, ServiceTimerId, SiteId, TaskId};
use serde::Deserialize;
use sqlx::PgConnection;
use utoipa::IntoParams;
use validator::Validate;
use web::{Ctx, Found, Listed, Page, PageParams, Params, PathId, Problem, ReadRefused};

use crate::service_levels::model::timer::ServiceTimer;
use crate::service_levels::store::timers::{self, Filter, ServiceTimerEntry};

/// Which timers to list.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ListServiceTimers {
    /// Of this project.
    pub project_id: Option<ProjectId>,
    /// Of this site.
    pub site_id: Option<SiteId>,
    /// About this task.
    pub task_id: Option<TaskId>,
    /// About this incident.
    pub incident_id: Option<IncidentId>,
    /// That stand so.
    #[param(inline)]
    pub state: Option<ServiceTimerState>,
    /// Those for which something is waited for still (`true`), or nothing any more (`false`).
    pub open: Option<bool>,
    /// Due before this.
    #[validate(custom(function = web::check::instant))]
    pub due_before: Option<DateTime<Utc>>,
}

/// List timers, those due first at the head.
///
/// Who sees a task, or reported an incident, sees its timers.
#[utoipa::path(
    get, path = "/v1/service-timers", tag = "planning", security(("bearer" = [])),
    params(ListServiceTimers, PageParams),
    responses(
        (status = 200, description = "A page of timers", body = Page<ServiceTimer>),
        ReadRefused,
    ))]
pub async fn list_service_timers(
    cx: Ctx,
    Listed(ask, page): Listed<ListServiceTimers>,
) -> Result<Json<Page<ServiceTimer>>, Problem> {
    let seen = cx.visible(Action::ReadTask)?;
    let filter = Filter {
        id: None,
        project: ask.project_id,
        site: ask.site_id,
        task: ask.task_id,
        incident: ask.incident_id,
        state: ask.state,
        open: ask.open,
        due_before: ask.due_before,
        after: page.after()?,
        limit: page.limit + 1,
    };
    let found = timers::list(&mut *cx.db().await?, &seen, &filter).await?;
    Ok(Json(Page::of(found, page.limit, |timer| (timer.due_at, timer.id))))
}

/// The timer, if the caller sees what it is about.
async fn seen(
    cx: &Ctx,
    conn: &mut PgConnection,
    id: ServiceTimerId,
) -> Result<ServiceTimer, Problem> {
    let seen = cx.caller.visibility(Action::ReadTask);
    let one = Filter { id: Some(id), limit: 1, ..Filter::default() };
    let found = timers::list(conn, &seen, &one).await?;
    found.into_iter().next().ok_or_else(Problem::not_found)
}

/// Read a timer.
#[utoipa::path(
    get, path = "/v1/service-timers/{id}", tag = "planning", security(("bearer" = [])),
    params(("id" = ServiceTimerId, Path, description = "The timer")),
    responses(
        (status = 200, description = "The timer", body = ServiceTimer),
        ReadRefused,
    ))]
pub async fn read_service_timer(
    cx: Ctx,
    PathId(id): PathId<ServiceTimerId>,
) -> Result<Found<ServiceTimer>, Problem> {
    Ok(Found(seen(&cx, &mut *cx.db().await?, id).await?))
}

/// List what a timer went through, the first first.
///
/// What counted as broken until word came that it was not stands beside what corrected it.
#[utoipa::path(
    get, path = "/v1/service-timers/{id}/entries", tag = "planning", security(("bearer" = [])),
    params(("id" = ServiceTimerId, Path, description = "The timer"), PageParams),
    responses(
        (status = 200, description = "A page of what happened", body = Page<ServiceTimerEntry>),
        ReadRefused,
    ))]
pub async fn list_service_timer_entries(
    cx: Ctx,
    PathId(id): PathId<ServiceTimerId>,
    Params(page): Params<PageParams>,
) -> Result<Json<Page<ServiceTimerEntry>>, Problem> {
    let mut conn = cx.db().await?;
    seen(&cx, &mut conn, id).await?;
    let entries = timers::entries(&mut conn, id, page.after()?, page.limit + 1).await?;
    Ok(Json(Page::of(entries, page.limit, |entry| entry.version)))
}
