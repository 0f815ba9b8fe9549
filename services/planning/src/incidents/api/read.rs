use auth::Action;
use contracts::{IncidentSeverity, IncidentStatus};
use kernel::{IncidentId, SiteId, TaskId};
use serde::Deserialize;
use validator::Validate;
use web::{Ctx, Found, Listed, Page, PageParams, PathId, Problem, ReadRefused};

use super::target;
use crate::incidents::model::Incident;
use crate::incidents::store::{self, Filter};

/// Which incidents to list.
#[derive(Debug, Deserialize, Validate, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct IncidentParams {
    /// On this site.
    site_id: Option<SiteId>,
    /// About this task.
    task_id: Option<TaskId>,
    /// That stand so.
    #[param(inline)]
    status: Option<IncidentStatus>,
    /// As bad as this.
    #[param(inline)]
    severity: Option<IncidentSeverity>,
}

/// Reads an incident.
#[utoipa::path(
    get, path = "/v1/incidents/{id}", tag = "planning", security(("bearer" = [])),
    params(("id" = IncidentId, Path, description = "The incident")),
    responses(
        (status = 200, description = "The incident", body = Incident),
        ReadRefused,
    )
)]
pub(super) async fn read_incident(
    cx: Ctx,
    PathId(id): PathId<IncidentId>,
) -> Result<Found<Incident>, Problem> {
    let incident = store::find(&mut *cx.db().await?, id).await?.ok_or_else(Problem::not_found)?;
    cx.sees(Action::ReadIncident, &target(&incident))?;
    Ok(Found(incident))
}

/// Lists incidents by site, task, status and severity.
#[utoipa::path(
    get, path = "/v1/incidents", tag = "planning", security(("bearer" = [])),
    params(IncidentParams, PageParams),
    responses(
        (status = 200, description = "A page of incidents", body = Page<Incident>),
        ReadRefused,
    )
)]
pub(super) async fn list_incidents(
    cx: Ctx,
    Listed(asked, page): Listed<IncidentParams>,
) -> Result<axum::Json<Page<Incident>>, Problem> {
    let seen = cx.visible(Action::ReadIncident)?;
    let filter = Filter {
        site: asked.site_id,
        task: asked.task_id,
        status: asked.status,
        severity: asked.severity,
        after: page.after()?,
        limit: page.limit + 1,
    };
    let rows = store::list(&mut *cx.db().await?, &seen, &filter).await?;
    Ok(axum::Json(Page::of(rows, page.limit, |incident| incident.id)))
}
