//! An incident that nobody deals with in time is passed on to the next role, once each.

use async_trait::async_trait;
use contracts::IncidentChange;
use jobs::{Handler, Job, JobError, NewJob};
use kernel::{IncidentId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;
use web::{App, Problem, Visit, Write};

use super::model::{Escalated, Incident};
use super::{events, store};

const KIND: &str = "planning.escalate_incident";

/// Which incident to whom.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Escalation {
    incident: IncidentId,
    to: Escalated,
    /// Whether a service level asks for it, rather than the severity.
    #[serde(default)]
    promised: bool,
}

impl Escalation {
    fn of(self, incident: &mut Incident, now: Timestamp) -> bool {
        if self.promised { incident.pass_on(self.to, now) } else { incident.escalate(self.to, now) }
    }
}

/// Leaves the work that an incident of this severity asks for. Where the severity becomes another,
/// it is asked for anew: whether it is time is decided when it comes.
pub(super) fn later(tx: &mut Write<'_>, incident: &Incident) {
    for to in Escalated::ALL {
        let Some(run_at) = incident.escalates_at(to) else { continue };
        let severity = incident.severity.as_str();
        tx.enqueue(NewJob {
            kind: KIND,
            key: Some(format!("{}:{}:{severity}", incident.id, to.as_str())),
            payload: json!(Escalation { incident: incident.id, to, promised: false }),
            run_at,
        });
    }
}

/// Passes an incident on whose service level was, or is about to be, broken.
pub(crate) fn pass_on(tx: &mut Write<'_>, incident: IncidentId, to: Escalated) {
    let run_at = tx.now();
    tx.enqueue(NewJob {
        kind: KIND,
        key: Some(format!("{incident}:{}:promised", to.as_str())),
        payload: json!(Escalation { incident, to, promised: true }),
        run_at,
    });
}

/// Passes incidents on.
pub(crate) struct Escalate {
    app: App,
}

impl Escalate {
    /// A handler for the jobs of this service.
    pub fn new(app: App) -> Self {
        Self { app }
    }
}

async fn escalate(tx: &mut Write<'_>, asked: Escalation) -> Result<(), Problem> {
    let now = tx.now();
    // Most are dealt with by then: looking takes no lock.
    let seen = store::find(tx, asked.incident).await?;
    if !seen.is_some_and(|mut incident| asked.of(&mut incident, now)) {
        return Ok(());
    }
    store::lock(tx, asked.incident).await?;
    let Some(mut incident) = store::find(tx, asked.incident).await? else { return Ok(()) };
    if asked.of(&mut incident, now) {
        store::update(tx, &incident).await?;
        events::tell(tx, &incident, IncidentChange::Escalated).await?;
    }
    Ok(())
}

#[async_trait]
impl Handler for Escalate {
    fn kind(&self) -> &'static str {
        KIND
    }

    async fn run(&self, job: &Job) -> Result<(), JobError> {
        let asked: Escalation = serde_json::from_value(job.payload.clone())
            .map_err(|e| JobError::Fatal(e.to_string()))?;
        let retry = |problem: Problem| JobError::Retry(problem.code().to_owned());
        let visit = Visit::system(&self.app, job.tenant).await.map_err(retry)?;
        visit.commit(async |tx| escalate(tx, asked).await).await.map_err(retry)
    }
}
