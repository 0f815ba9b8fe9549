//! Forgetting hours that were kept long enough.

use async_trait::async_trait;
use contracts::{Envelope, Event, RetentionApplied};
use events::{ConsumeError, Consumer};
use sqlx::PgConnection;

use super::store;

/// Forgets stays of long ago when planning says so.
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
            store::forget_hours(tx, kept.hours_before).await?;
        }
        Ok(())
    }
}
