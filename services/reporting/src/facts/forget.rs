//! Forgetting what was kept long enough: hours, and the feed's news of who was where.

use async_trait::async_trait;
use contracts::{Envelope, Event, RetentionApplied};
use events::{ConsumeError, Consumer};
use sqlx::PgConnection;

use super::store;
use crate::feed;

/// Forgets stays and news of long ago when planning says so. The feed drops its oldest entries itself
/// when new ones come, but in a firm that stands idle none do.
pub struct Forget;

#[async_trait]
impl Consumer for Forget {
    fn name(&self) -> &'static str {
        "reporting.forget"
    }

    fn types(&self) -> &'static [&'static str] {
        &[RetentionApplied::TYPE]
    }

    async fn take(&self, tx: &mut PgConnection, event: &Envelope) -> Result<(), ConsumeError> {
        if let Some(kept) = event.read::<RetentionApplied>()? {
            // The feed first, as whoever appends does: it takes the tenant's one lock.
            feed::forget(tx, event.at).await?;
            store::forget_hours(tx, kept.hours_before).await?;
        }
        Ok(())
    }
}
