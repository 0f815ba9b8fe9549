//! An incident that nobody deals with in time is passed on to the next role, once each.
//!
//! For each incident and role one job waits, for the time at which it would be passed on. What the
//! incident and the firm's times are is looked at when it comes: where it is not time yet it comes
//! again, where it never will be it ends. Whatever may bring the time forward leaves the job anew;
//! of two the earlier counts.

use async_trait::async_trait;
use contracts::IncidentChange;
use jobs::{Handler, Job, JobError, NewJob};
use kernel::{IncidentId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;
use web::{App, Problem, Visit, Write};

use super::model::{Escalated, Incident};
use super::{events, store};
use crate::error::Error;
use crate::escalation::{self, EscalationTimes};

const KIND: &str = "planning.escalate_incident";
const LOOK: &str = "planning.escalation_times";
/// How many incidents one job looks at after other times were set; another goes on.
const AT_ONCE: i64 = 200;

/// Which incident to whom.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Escalation {
    incident: IncidentId,
    to: Escalated,
    /// Whether a service level asks for it, rather than the severity.
    #[serde(default)]
    promised: bool,
}

/// Leaves the work that an incident asks for as it stands, by times that nobody changes meanwhile.
pub(super) async fn later(tx: &mut Write<'_>, incident: &Incident) -> Result<(), sqlx::Error> {
    let times = escalation::hold(tx).await?.times;
    plan(tx, incident, &times);
    Ok(())
}

fn plan(tx: &mut Write<'_>, incident: &Incident, times: &EscalationTimes) {
    for to in Escalated::ALL {
        if let Some(run_at) = incident.escalates_at(to, times) {
            come(tx, incident.id, to, run_at);
        }
    }
}

fn come(tx: &mut Write<'_>, incident: IncidentId, to: Escalated, run_at: Timestamp) {
    tx.enqueue(NewJob {
        kind: KIND,
        key: Some(format!("{incident}:{}", to.as_str())),
        payload: json!(Escalation { incident, to, promised: false }),
        run_at,
    });
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

async fn escalate(tx: &mut Write<'_>, asked: Escalation) -> Result<(), Problem> {
    let Escalation { incident: id, to, promised } = asked;
    let now = tx.now();
    let times = escalation::setting(tx).await?.times;
    let pass = |incident: &mut Incident| {
        if promised { incident.pass_on(to, now) } else { incident.escalate(to, &times, now) }
    };
    // Most are dealt with by then: looking takes no lock.
    let Some(seen) = store::find(tx, id).await? else { return Ok(()) };
    if !pass(&mut seen.clone()) {
        if let Some(at) = seen.escalates_at(to, &times).filter(|_| !promised) {
            come(tx, id, to, at);
        }
        return Ok(());
    }
    store::lock(tx, id).await?;
    let Some(mut incident) = store::find(tx, id).await? else { return Ok(()) };
    if pass(&mut incident) {
        store::update(tx, &incident).await?;
        events::tell(tx, &incident, IncidentChange::Escalated).await?;
    }
    Ok(())
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

/// From where the open incidents are looked at, and for which of the firm's times.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Look {
    version: i64,
    after: Option<IncidentId>,
}

impl Look {
    fn job(self, run_at: Timestamp) -> NewJob {
        let after = self.after.map_or_else(|| "start".to_owned(), |id| id.to_string());
        let key = Some(format!("{}:{after}", self.version));
        NewJob { kind: LOOK, key, payload: json!(self), run_at }
    }
}

/// Has the open incidents looked at, since other times hold.
pub(crate) fn look_again(tx: &mut Write<'_>, version: i64) {
    let job = Look { version, after: None }.job(tx.now());
    tx.enqueue(job);
}

/// Leaves the work that some of the open incidents ask for by the times that hold now. Where others
/// were set meanwhile, those who set them began anew.
async fn look(tx: &mut Write<'_>, from: Look) -> Result<(), Error> {
    let setting = escalation::setting(tx).await?;
    if setting.version != from.version {
        return Ok(());
    }
    let some = store::open(tx, from.after, AT_ONCE).await?;
    for incident in &some {
        plan(tx, incident, &setting.times);
    }
    let full = i64::try_from(some.len()).is_ok_and(|count| count >= AT_ONCE);
    if let Some(last) = some.last().filter(|_| full) {
        let job = Look { after: Some(last.id), ..from }.job(tx.now());
        tx.enqueue(job);
    }
    Ok(())
}

/// Looks at the open incidents after other times were set, page by page.
pub(crate) struct LookAgain {
    app: App,
}

impl LookAgain {
    /// A handler for the jobs of this service.
    pub fn new(app: App) -> Self {
        Self { app }
    }
}

#[async_trait]
impl Handler for LookAgain {
    fn kind(&self) -> &'static str {
        LOOK
    }

    async fn run(&self, job: &Job) -> Result<(), JobError> {
        let from: Look = serde_json::from_value(job.payload.clone())
            .map_err(|e| JobError::Fatal(e.to_string()))?;
        let retry = |problem: Problem| JobError::Retry(problem.code().to_owned());
        let visit = Visit::system(&self.app, job.tenant).await.map_err(retry)?;
        visit.commit(async |tx| look(tx, from).await).await.map_err(retry)
    }
}
