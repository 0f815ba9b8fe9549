//! Forgetting, every day.

use async_trait::async_trait;
use chrono::TimeDelta;
use contracts::{RetentionApplied, RetentionChange};
use jobs::{Handler, Job, JobError, NewJob};
use kernel::{RetentionId, Timestamp};
use web::{App, Problem, Visit, Write};

use super::model::Limits;
use super::store;

const KIND: &str = "planning.retention";

/// The next look at what is over: within a day. Whatever keeps something asks for it.
pub(crate) fn next_look(now: Timestamp) -> NewJob {
    NewJob {
        kind: KIND,
        key: Some("all".to_owned()),
        payload: serde_json::Value::Null,
        run_at: now + TimeDelta::days(1),
    }
}

/// Forgets what was kept long enough, and tells the other services to.
pub(crate) struct Retain {
    app: App,
}

impl Retain {
    pub fn new(app: App) -> Self {
        Self { app }
    }
}

async fn forget(tx: &mut Write<'_>) -> Result<(), Problem> {
    let now = tx.now();
    let limits = Limits::at(now);
    let forgotten = store::forget(tx, &limits).await?;
    let event = RetentionApplied {
        retention: RetentionId::new(),
        version: 1,
        change: RetentionChange::Applied,
        positions_before: limits.positions,
        proofs_before: limits.proofs,
        hours_before: limits.hours,
    };
    tx.emit_about(&event, &forgotten);
    // The others forget when they hear of it: they are told once more when nothing is left.
    if store::keeps_anything(tx).await? {
        tx.enqueue(next_look(now));
    }
    Ok(())
}

#[async_trait]
impl Handler for Retain {
    fn kind(&self) -> &'static str {
        KIND
    }

    async fn run(&self, job: &Job) -> Result<(), JobError> {
        // It leaves the next day's look: should it give up, nothing would ever be forgotten.
        let retry = |problem: Problem| JobError::Owed(problem.code().to_owned());
        let visit = Visit::system(&self.app, job.tenant).await.map_err(retry)?;
        visit.commit(async |tx| forget(tx).await).await.map_err(retry)
    }
}
