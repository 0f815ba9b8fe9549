//! Finds the timers that time alone has changed, and those whose working hours became others.

use async_trait::async_trait;
use chrono::TimeDelta;
use jobs::{Handler, Job, JobError, NewJob};
use kernel::{ProjectId, ServiceTimerId, SiteId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;
use web::{App, Problem, Visit, Write};

use super::follow;
use super::model::timer::ServiceTimer;
use super::store::timers;
use crate::error::Error;
use crate::schedule::store::links::lock_project;

const KIND: &str = "planning.service_timers";
/// How many timers of tasks, and of incidents, one commit counts at most; another job goes on.
const AT_ONCE: i64 = 100;

/// Which timers.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "why")]
enum Which {
    /// Those of a site that are due to warn or to break.
    Due { site: SiteId },
    /// Those of a project that count by a calendar, after one.
    OtherHours { project: ProjectId, after: Option<ServiceTimerId> },
}

/// Has the timers of a site looked at at `run_at`.
pub(super) fn look(tx: &mut Write<'_>, site: SiteId, run_at: Timestamp) {
    let payload = json!(Which::Due { site });
    tx.enqueue(NewJob { kind: KIND, key: Some(format!("due {site}")), payload, run_at });
}

/// Has the timers of a project counted anew at `run_at` that count by a calendar.
pub(super) fn other_hours(
    tx: &mut Write<'_>,
    project: ProjectId,
    after: Option<ServiceTimerId>,
    run_at: Timestamp,
) {
    let key = after.map_or_else(|| "start".to_owned(), |id| id.to_string());
    let payload = json!(Which::OtherHours { project, after });
    tx.enqueue(NewJob { kind: KIND, key: Some(format!("hours {project} {key}")), payload, run_at });
}

/// Whether there may be more than one commit counts.
fn is_full(some: &[ServiceTimer]) -> bool {
    i64::try_from(some.len()).is_ok_and(|count| count >= AT_ONCE)
}

/// Warns of, and breaks, what is due on a site, and comes again when something is due next.
async fn due(tx: &mut Write<'_>, site: SiteId) -> Result<(), Error> {
    let now = tx.now();
    let Some((_, project)) = timers::next(tx, site).await? else { return Ok(()) };
    lock_project(tx, project).await?;
    let due = timers::lock_due(tx, site, now, AT_ONCE).await?;
    let more = is_full(&due);
    follow::bring(tx, due).await?;
    if let Some((next, _)) = timers::next(tx, site).await? {
        // What is due and is in somebody else's hands is looked at again when they are done.
        let pause = if more { TimeDelta::zero() } else { TimeDelta::seconds(1) };
        look(tx, site, next.max(now + pause));
    }
    Ok(())
}

/// Counts some of a project's timers anew, those that differ, and leaves the rest to the next job.
async fn recount(
    tx: &mut Write<'_>,
    project: ProjectId,
    after: Option<ServiceTimerId>,
) -> Result<(), Error> {
    let now = tx.now();
    lock_project(tx, project).await?;
    let some = timers::working(tx, project, after, AT_ONCE).await?;
    let different = follow::differ(tx, &some, now).await?;
    let free = timers::lock_free(tx, &different).await?;
    let left = different.iter().any(|thing| free.iter().all(|t| t.thing() != Some(*thing)));
    follow::bring(tx, free).await?;
    if left {
        // What is in somebody else's hands is looked at again when they are done.
        other_hours(tx, project, after, now + TimeDelta::seconds(1));
    } else if let Some(last) = some.last().filter(|_| is_full(&some)) {
        other_hours(tx, project, Some(last.id), now);
    }
    Ok(())
}

/// Counts timers.
pub(crate) struct Watch {
    app: App,
}

impl Watch {
    /// A handler for the jobs of this service.
    pub fn new(app: App) -> Self {
        Self { app }
    }
}

#[async_trait]
impl Handler for Watch {
    fn kind(&self) -> &'static str {
        KIND
    }

    async fn run(&self, job: &Job) -> Result<(), JobError> {
        let which: Which = serde_json::from_value(job.payload.clone())
            .map_err(|e| JobError::Fatal(e.to_string()))?;
        let retry = |problem: Problem| JobError::Retry(problem.code().to_owned());
        let visit = Visit::system(&self.app, job.tenant).await.map_err(retry)?;
        let counted = visit.commit(async |tx| match which {
            Which::Due { site } => due(tx, site).await,
            Which::OtherHours { project, after } => recount(tx, project, after).await,
        });
        counted.await.map_err(retry)
    }
}
