//! Hears of imports.

use async_trait::async_trait;
use contracts::{Envelope, Event, ImportChanged};
use events::{ConsumeError, Consumer};
use kernel::Service;

use super::job;

/// Leaves a job for each import that has workers.
pub(crate) struct Imports;

#[async_trait]
impl Consumer for Imports {
    fn name(&self) -> &'static str {
        "resources.imports"
    }

    fn types(&self) -> &'static [&'static str] {
        &[ImportChanged::TYPE]
    }

    fn leaves_jobs(&self) -> bool {
        true
    }

    async fn take(
        &self,
        tx: &mut sqlx::PgConnection,
        event: &Envelope,
    ) -> Result<(), ConsumeError> {
        if let Some(news) = event.read::<ImportChanged>()?
            && news.workers > 0
        {
            let job = job::take_over(news.import, event.actor, event.at);
            jobs::enqueue(tx, Service::Resources, &job, event.at).await?;
        }
        Ok(())
    }
}
