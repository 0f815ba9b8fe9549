//! What is told when an incident changes.

use contracts::IncidentChange;
use web::Write;

use super::model::Incident;
use crate::error::Error;
use crate::field;
use crate::service_levels;

/// Tells that an incident changed, also to the phone of who reported it, and counts what was
/// promised of it.
pub(super) async fn tell(
    tx: &mut Write<'_>,
    incident: &Incident,
    change: IncidentChange,
) -> Result<(), Error> {
    if let Some(worker) = incident.reporter_worker_id {
        field::touch_incident(tx, incident.id, worker).await?;
    }
    tx.emit_about(&incident.event(change), incident);
    match change {
        IncidentChange::Reported => service_levels::of_incident(tx, incident.id).await,
        IncidentChange::Updated | IncidentChange::Escalated | IncidentChange::Resolved => {
            service_levels::incident(tx, incident.id).await
        }
    }
}
