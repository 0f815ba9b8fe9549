//! Consumers that leave jobs: what a write does for its own jobs is done for theirs.

use std::sync::Arc;

use async_trait::async_trait;
use contracts::Envelope;
use events::{ConsumeError, Consumer};
use jobs::Jobs;
use kernel::TenantId;
use sqlx::PgConnection;

use crate::app::App;

/// A consumer whose jobs are noted as due before the commit, and started after it.
pub(crate) struct Waking {
    inner: Arc<dyn Consumer>,
    jobs: Jobs,
}

impl Waking {
    /// The consumer itself where it leaves no jobs.
    pub fn around(inner: Arc<dyn Consumer>, app: &App) -> Arc<dyn Consumer> {
        if inner.leaves_jobs() { Arc::new(Self { inner, jobs: app.jobs.clone() }) } else { inner }
    }
}

#[async_trait]
impl Consumer for Waking {
    fn name(&self) -> &'static str {
        self.inner.name()
    }

    fn types(&self) -> &'static [&'static str] {
        self.inner.types()
    }

    async fn take(&self, tx: &mut PgConnection, event: &Envelope) -> Result<(), ConsumeError> {
        self.inner.take(tx, event).await?;
        Ok(self.jobs.before_commit(event.tenant, event.at).await?)
    }

    fn leaves_jobs(&self) -> bool {
        true
    }

    async fn committed(&self, tenant: TenantId, event: &Envelope) {
        self.inner.committed(tenant, event).await;
        self.jobs.wake(tenant);
    }
}
