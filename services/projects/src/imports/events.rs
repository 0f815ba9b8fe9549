//! What imports listen to: how the other services fare with their rows.

use async_trait::async_trait;
use contracts::{Envelope, Event, ImportPartChange, TasksImported, WorkersImported};
use events::{ConsumeError, Consumer};
use kernel::Service;

use super::{decide, store};

/// Notes on an import how its workers and tasks fare, and leaves what follows from it to a job: a
/// consumer tells nothing itself.
pub(crate) struct Told;

#[async_trait]
impl Consumer for Told {
    fn name(&self) -> &'static str {
        "projects.imports"
    }

    fn types(&self) -> &'static [&'static str] {
        &[WorkersImported::TYPE, TasksImported::TYPE]
    }

    fn leaves_jobs(&self) -> bool {
        true
    }

    async fn take(
        &self,
        tx: &mut sqlx::PgConnection,
        event: &Envelope,
    ) -> Result<(), ConsumeError> {
        let (import, change) = if let Some(news) = event.read::<WorkersImported>()? {
            store::note_workers(tx, &news).await?;
            (news.import, news.change)
        } else if let Some(news) = event.read::<TasksImported>()? {
            store::note_tasks(tx, &news).await?;
            (news.import, news.change)
        } else {
            return Ok(());
        };
        if change != ImportPartChange::Taken {
            let job = decide::job(import, event.at);
            jobs::enqueue(tx, Service::Projects, &job, event.at).await?;
        }
        Ok(())
    }
}
