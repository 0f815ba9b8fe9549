//! What keeping listens to: what others keep of where people were.

use async_trait::async_trait;
use contracts::{Envelope, Event, PhotoChange, PhotoChanged, SignatureTaken};
use events::{ConsumeError, Consumer};
use kernel::Service;
use sqlx::PgConnection;

use super::job;

/// Asks for the daily look when a photo or a signature comes, which may say where it was taken: a
/// firm may take them and never use the time clock.
pub(crate) struct Proven;

#[async_trait]
impl Consumer for Proven {
    fn name(&self) -> &'static str {
        "planning.privacy"
    }

    fn types(&self) -> &'static [&'static str] {
        &[PhotoChanged::TYPE, SignatureTaken::TYPE]
    }

    fn leaves_jobs(&self) -> bool {
        true
    }

    async fn take(&self, tx: &mut PgConnection, event: &Envelope) -> Result<(), ConsumeError> {
        let photo = event.read::<PhotoChanged>()?;
        // What the picture itself says of its place is read when its bytes are there.
        let keeps = photo.is_none_or(|photo| {
            matches!(photo.change, PhotoChange::Announced | PhotoChange::Watermarked)
        });
        if keeps {
            jobs::enqueue(tx, Service::Planning, &job::next_look(event.at), event.at).await?;
        }
        Ok(())
    }
}
