//! An import's workers.

use async_trait::async_trait;
use chrono::NaiveDate;
use contracts::{Change, ImportChanged, WorkersImported};
use kernel::{ImportId, Service, Timestamp};
use serde_json::Value;
use sqlx::PgConnection;
use validator::Validate;
use web::{Part, Problem, Told, Write};

use super::store;
use crate::workers::{self, model::NewWorker, model::Worker};

/// The workers of imports.
pub(crate) struct Workers;

#[async_trait]
impl Part for Workers {
    const SERVICE: Service = Service::Resources;
    const CONSUMER: &'static str = "resources.imports";
    const JOB: &'static str = "resources.import";
    type News = WorkersImported;

    fn rows(import: &ImportChanged) -> i64 {
        import.workers
    }

    fn news(told: Told) -> WorkersImported {
        let Told { import, version, change, line, reason } = told;
        WorkersImported { import, version, change, line, reason }
    }

    async fn claim(
        tx: &mut PgConnection,
        import: ImportId,
        now: Timestamp,
    ) -> Result<bool, sqlx::Error> {
        store::claim(tx, import, now).await
    }

    async fn make(
        tx: &mut Write<'_>,
        import: ImportId,
        line: &mut Option<i64>,
    ) -> Result<(), Problem> {
        let (today, mut after) = (tx.now().date_naive(), 0);
        loop {
            let rows = store::rows(tx, import, after).await?;
            let Some((last, _)) = rows.last() else { return Ok(()) };
            after = *last;
            let mut workers = Vec::with_capacity(rows.len());
            for (at, row) in rows {
                *line = Some(at);
                workers.push(worker(row, today)?);
            }
            *line = None;
            store::insert(tx, &workers).await?;
            for worker in &workers {
                tx.emit_about(&workers::changed(worker, Change::Created), worker);
            }
        }
    }
}

/// The worker of a row, by the rules of `POST /v1/workers`.
fn worker(row: Value, today: NaiveDate) -> Result<Worker, Problem> {
    let new: NewWorker = serde_json::from_value(row).map_err(|_| Problem::invalid())?;
    new.validate().map_err(|_| Problem::invalid())?;
    Ok(Worker::take_in(new, today)?)
}
