//! The work of taking an import's workers over.

use async_trait::async_trait;
use chrono::NaiveDate;
use contracts::{Change, ImportPartChange, WorkersImported};
use jobs::{ATTEMPTS, Handler, Job, JobError, NewJob};
use kernel::{ImportId, Timestamp, UserId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use validator::Validate;
use web::{App, Problem, Visit, Write};

use super::store;
use crate::workers::{self, model::NewWorker, model::Worker};

const KIND: &str = "resources.import";

/// What the job needs to know.
#[derive(Serialize, Deserialize)]
struct Wanted {
    import: ImportId,
    by: Option<UserId>,
}

/// The job for an import that `by` made.
pub(super) fn take_over(import: ImportId, by: Option<UserId>, at: Timestamp) -> NewJob {
    NewJob {
        kind: KIND,
        key: Some(import.to_string()),
        payload: serde_json::json!(Wanted { import, by }),
        run_at: at,
    }
}

/// Does that job.
pub(crate) struct TakeOver {
    app: App,
}

impl TakeOver {
    /// A taker of imports.
    pub fn new(app: App) -> Self {
        Self { app }
    }
}

#[async_trait]
impl Handler for TakeOver {
    fn kind(&self) -> &'static str {
        KIND
    }

    async fn run(&self, job: &Job) -> Result<(), JobError> {
        let Wanted { import, by } = serde_json::from_value(job.payload.clone())
            .map_err(|error| JobError::Fatal(error.to_string()))?;
        let again = |problem: Problem| JobError::Retry(problem.code().to_owned());
        let mut visit = Visit::system(&self.app, job.tenant).await.map_err(again)?;
        visit.actor = by;
        let mut line = None;
        let taken = visit.commit(async |tx| take(tx, import, &mut line).await).await;
        match taken {
            Ok(()) => Ok(()),
            // What is refused for what it says is refused again: whoever asked must not wait.
            Err(problem) if problem.status().is_client_error() || job.attempts >= ATTEMPTS => {
                let news = WorkersImported {
                    import,
                    version: 1,
                    change: ImportPartChange::Failed,
                    line,
                    reason: Some(problem.code().to_owned()),
                };
                let noted = visit.commit(async |tx| {
                    let now = tx.now();
                    if store::claim(tx, import, now).await? {
                        tx.emit(&news);
                    }
                    Ok::<_, Problem>(())
                });
                noted.await.map_err(again)
            }
            Err(problem) => Err(again(problem)),
        }
    }
}

/// Makes the workers of an import; `line` says which row is being looked at.
async fn take(tx: &mut Write<'_>, import: ImportId, line: &mut Option<i64>) -> Result<(), Problem> {
    let now = tx.now();
    if !store::claim(tx, import, now).await? {
        return Ok(());
    }
    let mut after = 0;
    loop {
        let rows = store::rows(tx, import, after).await?;
        let Some((last, _)) = rows.last() else { break };
        after = *last;
        let mut workers = Vec::with_capacity(rows.len());
        for (at, row) in rows {
            *line = Some(at);
            workers.push(worker(row, now.date_naive())?);
        }
        *line = None;
        store::insert(tx, &workers).await?;
        for worker in &workers {
            tx.emit_about(&workers::changed(worker, Change::Created), worker);
        }
    }
    let change = ImportPartChange::Taken;
    tx.emit(&WorkersImported { import, version: 1, change, line: None, reason: None });
    Ok(())
}

/// The worker of a row, by the rules of `POST /v1/workers`.
fn worker(row: Value, today: NaiveDate) -> Result<Worker, Problem> {
    let new: NewWorker = serde_json::from_value(row).map_err(|_| Problem::invalid())?;
    new.validate().map_err(|_| Problem::invalid())?;
    Ok(Worker::take_in(new, today)?)
}
