//! Removing the bytes of copies that say where a photo was taken, once that was kept long enough.

use async_trait::async_trait;
use blobs::BlobKey;
use jobs::{Handler, Job, JobError, NewJob};
use kernel::Timestamp;
use web::{App, Problem, Visit};

use super::store;

const KIND: &str = "proofs.drop_copies";

/// How many copies are removed between two looks at what is left.
const AT_ONCE: i64 = 100;

/// The work that forgetting leaves.
pub(crate) fn drop_copies(now: Timestamp) -> NewJob {
    NewJob {
        kind: KIND,
        key: Some("all".to_owned()),
        payload: serde_json::Value::Null,
        run_at: now,
    }
}

/// Removes the bytes. What is removed twice is removed.
pub(crate) struct DropCopies {
    app: App,
}

impl DropCopies {
    pub fn new(app: App) -> Self {
        Self { app }
    }
}

#[async_trait]
impl Handler for DropCopies {
    fn kind(&self) -> &'static str {
        KIND
    }

    async fn run(&self, job: &Job) -> Result<(), JobError> {
        let refused = |problem: Problem| JobError::Retry(problem.code().to_owned());
        let visit = Visit::system(&self.app, job.tenant).await.map_err(refused)?;
        loop {
            // No connection is held while the blob store works.
            let keys = {
                let mut db = visit.db().await.map_err(refused)?;
                store::dropped(&mut db, AT_ONCE).await?
            };
            if keys.is_empty() {
                return Ok(());
            }
            for key in &keys {
                let key = BlobKey::new(key.clone()).map_err(|e| JobError::Fatal(e.to_string()))?;
                let gone = self.app.blobs.delete(&key).await;
                gone.map_err(|e| JobError::Retry(e.to_string()))?;
            }
            let mut db = visit.db().await.map_err(refused)?;
            store::forget_dropped(&mut db, &keys).await?;
        }
    }
}
