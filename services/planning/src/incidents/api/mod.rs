//! Reporting incidents, reading them, dealing with them.

mod photos;
mod read;
mod report;
mod resolve;
mod update;

use auth::{Action, Target};
use contracts::IncidentChange;
use kernel::IncidentId;
use sqlx::PgConnection;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{App, Ctx, Problem, Write};

use super::model::Incident;
use super::{events, store};
use crate::error::Error;

/// The slice's routes.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(report::report_incident, read::list_incidents))
        .routes(routes!(read::read_incident, update::update_incident))
        .routes(routes!(photos::add_incident_photos))
        .routes(routes!(resolve::resolve_incident))
}

/// What an action on an incident is checked against: who reported it reaches it.
fn target(incident: &Incident) -> Target {
    Target::site(incident.project_id, incident.site_id).with_workers(incident.reporter_worker_id)
}

/// Stores a change of an incident and tells of it.
async fn save(
    tx: &mut Write<'_>,
    incident: &Incident,
    change: IncidentChange,
) -> Result<(), Error> {
    store::update(tx, incident).await?;
    events::tell(tx, incident, change).await
}

/// The incident, locked for a change; 404 unless seen, 403 unless it may be dealt with.
async fn for_change(cx: &Ctx, tx: &mut PgConnection, id: IncidentId) -> Result<Incident, Problem> {
    store::lock(tx, id).await?;
    let incident = store::find(tx, id).await?.ok_or_else(Problem::not_found)?;
    cx.guard(Action::ReadIncident, Action::ManageIncident, &target(&incident))?;
    Ok(incident)
}
