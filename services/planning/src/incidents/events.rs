//! What is told when an incident changes.

use contracts::IncidentChange;
use web::Write;

use super::model::Incident;
use crate::error::Error;
use crate::field;
use crate::privacy;
use crate::service_levels;

/// Tells that an incident changed, also to the phones of who reported it and of those who are on
/// the task that it hinders, and counts what was promised of it.
pub(super) async fn tell(
    tx: &mut Write<'_>,
    incident: &Incident,
    change: IncidentChange,
) -> Result<(), Error> {
    if let Some(worker) = incident.reporter_worker_id {
        field::touch_incident(tx, incident.id, worker).await?;
    }
    if let Some(task) = incident.task_id {
        field::touch_crew(tx, task).await?;
    }
    if incident.position.is_some() {
        let now = tx.now();
        tx.enqueue(privacy::next_look(now));
    }
    // Not where: what the trail keeps of places stands apart, and goes with its time.
    let about = Incident { position: None, ..incident.clone() };
    tx.emit_about(&incident.event(change), &about);
    match change {
        IncidentChange::Reported => service_levels::of_incident(tx, incident.id).await,
        IncidentChange::Updated | IncidentChange::Escalated | IncidentChange::Resolved => {
            service_levels::incident(tx, incident.id).await
        }
    }
}
