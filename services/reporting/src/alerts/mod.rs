//! What a manager should look at: late tasks, grave incidents, missed milestones, forecasts above
//! their plan, documents and certificates that expire. Facts raise and
//! clear an alert as they come; what time alone makes late is raised when somebody looks, that is
//! when alerts are listed and every minute while a stream is open, so that a firm where nobody
//! looks costs nothing.

pub mod api;
mod model;
mod store;

use contracts::{CertificateChanged, Event as _, WorkerChanged};
use kernel::Timestamp;
use serde_json::json;
use sqlx::{Error, PgConnection};
use uuid::Uuid;

use crate::facts::{Fact, Place};
use crate::feed;
use model::Stirred;

/// Raises and clears what `fact` changes. The feed's head is locked by now.
pub async fn follow(tx: &mut PgConnection, fact: &Fact, now: Timestamp) -> Result<(), Error> {
    let subject = match fact {
        Fact::Task(e) => e.subject(),
        Fact::Incident(e) => e.subject(),
        Fact::ServiceTimer(e) => e.subject(),
        Fact::Milestone(e) => e.subject(),
        Fact::Document(e) => e.subject(),
        Fact::Budget(e) => e.subject(),
        // One more certificate of a kind may clear the alert of another, and who is no longer
        // planned needs none.
        Fact::Certificate(CertificateChanged { worker, .. })
        | Fact::Worker(WorkerChanged { worker, .. }) => {
            for certificate in store::reminded(tx, *worker).await? {
                settle(tx, now, certificate).await?;
            }
            return Ok(());
        }
        Fact::Project(_)
        | Fact::Site(_)
        | Fact::TimeEntry(_)
        | Fact::ChecklistRun(_)
        | Fact::Photo(_)
        | Fact::Signature(_)
        | Fact::Report(_)
        | Fact::Dispatch(_)
        | Fact::Alert(_) => return Ok(()),
    };
    settle(tx, now, subject.id).await
}

/// Raises and clears what time alone changed.
pub async fn watch(tx: &mut PgConnection, now: Timestamp) -> Result<(), Error> {
    let unsettled = store::unsettled(tx, now).await?;
    if unsettled.is_empty() {
        return Ok(()); // the usual case, without a lock
    }
    feed::lock(tx).await?;
    for thing in unsettled {
        settle(tx, now, thing).await?;
    }
    Ok(())
}

/// Brings the alerts about a thing in line with the facts, and tells the feed.
async fn settle(tx: &mut PgConnection, now: Timestamp, thing: Uuid) -> Result<(), Error> {
    for alert in store::clear(tx, now, thing).await? {
        tell(tx, "alert.cleared", alert, now).await?;
    }
    for alarm in store::alarms(tx, now, thing).await? {
        let alert = store::raise(tx, alarm, now).await?;
        tell(tx, "alert.raised", alert, now).await?;
    }
    Ok(())
}

async fn tell(
    tx: &mut PgConnection,
    kind: &str,
    alert: Stirred,
    now: Timestamp,
) -> Result<(), Error> {
    let state = json!({
        "rule": alert.rule,
        "entity": alert.entity,
        "entity_id": alert.entity_id,
    });
    let entry = feed::NewEntry {
        at: now,
        kind,
        entity: "alert",
        entity_id: alert.id.uuid(),
        version: alert.version,
        state: &state,
    };
    let place = Place {
        project: alert.project_id,
        site: alert.site_id,
        task: None,
        workers: alert.workers,
    };
    feed::append(tx, &entry, &place).await
}
