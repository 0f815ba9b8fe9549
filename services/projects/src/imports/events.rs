//! What imports listen to: how the other services fared with their rows.

use async_trait::async_trait;
use contracts::{Envelope, Event, ImportPart, ImportPartChange, TasksImported, WorkersImported};
use events::{ConsumeError, Consumer};

use super::store;

/// Notes on an import that its workers or tasks were taken over, or could not be.
pub(crate) struct Taken;

#[async_trait]
impl Consumer for Taken {
    fn name(&self) -> &'static str {
        "projects.imports"
    }

    fn types(&self) -> &'static [&'static str] {
        &[WorkersImported::TYPE, TasksImported::TYPE]
    }

    async fn take(
        &self,
        tx: &mut sqlx::PgConnection,
        event: &Envelope,
    ) -> Result<(), ConsumeError> {
        if let Some(news) = event.read::<WorkersImported>()? {
            store::end_workers(tx, &news, state(news.change)).await?;
        }
        if let Some(news) = event.read::<TasksImported>()? {
            store::end_tasks(tx, &news, state(news.change)).await?;
        }
        Ok(())
    }
}

fn state(change: ImportPartChange) -> ImportPart {
    match change {
        ImportPartChange::Taken => ImportPart::Done,
        ImportPartChange::Failed => ImportPart::Failed,
    }
}
