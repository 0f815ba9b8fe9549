//! What is told of service levels and their timers.

use contracts::{ServiceLevelChange, ServiceLevelChanged, ServiceTimerChange};
use serde::Serialize;
use web::Write;

use super::model::ServiceLevel;
use super::model::timer::ServiceTimer;
use crate::incidents;

/// Tells that a level changed.
pub(super) fn tell(
    tx: &mut Write<'_>,
    level: &ServiceLevel,
    change: ServiceLevelChange,
    about: &impl Serialize,
) {
    let event = ServiceLevelChanged {
        level: level.id,
        version: level.version,
        change,
        project: level.project_id,
        site: level.site_id,
    };
    tx.emit_about(&event, about);
}

/// Tells what a timer went through; an incident of which it warns or that breaks its promise is
/// passed on.
pub(super) fn tell_timer(tx: &mut Write<'_>, timer: &ServiceTimer, change: ServiceTimerChange) {
    tx.emit(&timer.event(change));
    let to = match change {
        ServiceTimerChange::Warned => timer.promise.warn_to,
        ServiceTimerChange::Breached => timer.promise.breach_to,
        _ => return,
    };
    if let Some(incident) = timer.incident_id.filter(|_| !timer.closed) {
        incidents::pass_on(tx, incident, to);
    }
}
