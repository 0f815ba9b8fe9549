//! Forgetting what was kept long enough: where devices were when something was done, who did what
//! with hours of long ago, and whose calls were refused. The proofs themselves and the chain stay; of the copies of a photo
//! the one that does not say where.

use async_trait::async_trait;
use contracts::{Envelope, Event, RetentionApplied};
use events::{ConsumeError, Consumer};
use kernel::Service;
use sqlx::PgConnection;

use crate::{audit, photos, signatures};

/// Forgets when planning says that time has passed.
pub(crate) struct Forget;

#[async_trait]
impl Consumer for Forget {
    fn name(&self) -> &'static str {
        "proofs.forget"
    }

    fn types(&self) -> &'static [&'static str] {
        &[RetentionApplied::TYPE]
    }

    fn leaves_jobs(&self) -> bool {
        true
    }

    async fn take(&self, tx: &mut PgConnection, event: &Envelope) -> Result<(), ConsumeError> {
        if let Some(kept) = event.read::<RetentionApplied>()? {
            audit::forget(tx, &kept).await?;
            if photos::forget_places(tx, kept.proofs_before).await? {
                let job = photos::drop_copies(event.at);
                jobs::enqueue(tx, Service::Proofs, &job, event.at).await?;
            }
            signatures::forget_places(tx, kept.proofs_before).await?;
        }
        Ok(())
    }
}
