//! What is told when an incident changes.

use contracts::IncidentChange;
use web::Write;

use super::model::Incident;
use crate::field;

/// Tells that an incident changed, also to the phone of who reported it.
pub(super) async fn tell(
    tx: &mut Write<'_>,
    incident: &Incident,
    change: IncidentChange,
) -> Result<(), sqlx::Error> {
    if let Some(worker) = incident.reporter_worker_id {
        field::touch_incident(tx, incident.id, worker).await?;
    }
    tx.emit_about(&incident.event(change), incident);
    Ok(())
}
