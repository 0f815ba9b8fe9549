//! What the field listens to: names and places that phones show beside their tasks.

use async_trait::async_trait;
use contracts::{Envelope, Event, SiteChanged, WorkerChanged};
use events::{ConsumeError, Consumer};

use super::store;

/// Touches the tasks on whose phones a site or a fellow worker is now shown otherwise.
pub(crate) struct Renamed;

#[async_trait]
impl Consumer for Renamed {
    fn name(&self) -> &'static str {
        "planning.field"
    }

    fn types(&self) -> &'static [&'static str] {
        &[SiteChanged::TYPE, WorkerChanged::TYPE]
    }

    async fn take(
        &self,
        tx: &mut sqlx::PgConnection,
        event: &Envelope,
    ) -> Result<(), ConsumeError> {
        if let Some(news) = event.read::<SiteChanged>()? {
            store::touch_site(tx, news.site).await?;
        }
        if let Some(news) = event.read::<WorkerChanged>()? {
            store::touch_fellows(tx, news.worker).await?;
        }
        Ok(())
    }
}
