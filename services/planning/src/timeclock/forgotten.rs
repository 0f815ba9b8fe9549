//! Looking for the end of a stay that nobody clocked out of.
//!
//! It is looked for once the stay has lasted too long, again when the worker comes somewhere next
//! (a phone sends in order, so what it held back of that day has come by then), and meanwhile at
//! growing pauses, for as long as a phone may still bring something.

use async_trait::async_trait;
use chrono::TimeDelta;
use contracts::TimeEntryChange;
use jobs::{Handler, Job, JobError, NewJob};
use kernel::{TimeEntryId, Timestamp};
use web::{App, Problem, Visit, Write};

use super::model::{FORGOTTEN, LONGEST, OLDEST, TimeEntry};
use super::store;
use crate::field;

const KIND: &str = "planning.forgotten_clock_out";

/// A phone that was offline sends the end soon after the beginning.
const SOON: TimeDelta = TimeDelta::hours(1);

/// The look at a stay once it has lasted too long.
pub(super) fn look_at(entry: &TimeEntry) -> NewJob {
    look(entry, (entry.in_at + FORGOTTEN).max(entry.clock_in.recorded_at + SOON))
}

fn look(entry: &TimeEntry, run_at: Timestamp) -> NewJob {
    NewJob {
        kind: KIND,
        key: Some(entry.id.to_string()),
        payload: serde_json::json!({ "entry": entry.id }),
        run_at,
    }
}

/// Proposes ends.
pub(crate) struct FindEnds {
    app: App,
}

impl FindEnds {
    pub fn new(app: App) -> Self {
        Self { app }
    }
}

async fn find(tx: &mut Write<'_>, id: TimeEntryId) -> Result<(), Problem> {
    let now = tx.now();
    let Some(seen) = store::find(tx, id).await? else { return Ok(()) };
    store::lock_worker(tx, seen.worker_id).await?;
    let Some(mut entry) = store::find(tx, id).await? else { return Ok(()) };
    if entry.out_at.is_some() {
        return Ok(());
    }
    let age = now - entry.in_at;
    if age < OLDEST {
        tx.enqueue(look(&entry, now + age.max(SOON).min(OLDEST - age + SOON)));
    }
    let next = store::open::next_in(tx, &entry).await?;
    let until = next.unwrap_or(now).min(now).min(entry.in_at + LONGEST);
    let signs = store::signs::signs(tx, &entry, until).await?;
    if entry.propose(signs.end(entry.in_at, until, now)) {
        store::update(tx, &entry).await?;
        field::touch_entry(tx, entry.id, entry.worker_id).await?;
        tx.emit_about(&entry.event(TimeEntryChange::Proposed), &entry.proposal);
    }
    Ok(())
}

#[async_trait]
impl Handler for FindEnds {
    fn kind(&self) -> &'static str {
        KIND
    }

    async fn run(&self, job: &Job) -> Result<(), JobError> {
        let id: TimeEntryId = serde_json::from_value(job.payload["entry"].clone())
            .map_err(|error| JobError::Fatal(error.to_string()))?;
        let retry = |problem: Problem| JobError::Retry(problem.code().to_owned());
        let visit = Visit::system(&self.app, job.tenant).await.map_err(retry)?;
        visit.commit(async |tx| find(tx, id).await).await.map_err(retry)
    }
}
