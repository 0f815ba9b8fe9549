//! The one consumer of reporting: feed, facts and alerts move together, in one commit.

use async_trait::async_trait;
use contracts::Envelope;
use events::{ConsumeError, Consumer};
use kernel::TenantId;
use sqlx::PgConnection;

use super::{Fact, store};
use crate::alerts;
use crate::feed::{self, Live};

/// Takes in what the other services tell.
pub struct Reader {
    live: Live,
}

impl Reader {
    /// A reader that wakes the streams of `live`.
    pub fn new(live: Live) -> Self {
        Self { live }
    }
}

#[async_trait]
impl Consumer for Reader {
    fn name(&self) -> &'static str {
        "reporting"
    }

    fn types(&self) -> &'static [&'static str] {
        Fact::TYPES
    }

    async fn take(&self, tx: &mut PgConnection, event: &Envelope) -> Result<(), ConsumeError> {
        let Some(fact) = Fact::read(event)? else { return Ok(()) };
        // The feed first: it takes the tenant's one lock, so two transactions never wait for
        // each other's facts.
        if fact.is_told() {
            feed::append_event(tx, event, &fact.place()).await?;
        } else {
            feed::lock(tx).await?;
        }
        store::keep(tx, &fact).await?;
        alerts::follow(tx, &fact, event.at).await?;
        Ok(())
    }

    async fn committed(&self, tenant: TenantId, _: &Envelope) {
        self.live.nudge(tenant);
    }
}
