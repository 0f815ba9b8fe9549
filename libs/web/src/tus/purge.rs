//! The job that forgets uploads that were begun and never ended.

use async_trait::async_trait;
use jobs::{Handler, Job, JobError, NewJob};
use kernel::Timestamp;

use super::{EXPIRES_AFTER, purge};
use crate::app::App;

/// Forgets a service's uploads that were begun and never ended; its kind is the service's own.
pub struct Purge {
    app: App,
    kind: &'static str,
}

impl Purge {
    /// The handler of jobs of this kind.
    pub fn new(app: App, kind: &'static str) -> Self {
        Self { app, kind }
    }

    /// The work that forgets an upload announced at `at`, should it never end.
    pub fn after(kind: &'static str, at: Timestamp) -> NewJob {
        Self::at(kind, at + EXPIRES_AFTER)
    }

    fn at(kind: &'static str, at: Timestamp) -> NewJob {
        NewJob {
            kind,
            key: Some("all".to_owned()),
            payload: serde_json::Value::Null,
            run_at: at + chrono::TimeDelta::hours(1), // many at once rather than one by one
        }
    }
}

#[async_trait]
impl Handler for Purge {
    fn kind(&self) -> &'static str {
        self.kind
    }

    async fn run(&self, job: &Job) -> Result<(), JobError> {
        let next = purge(&self.app, job.tenant)
            .await
            .map_err(|problem| JobError::Retry(problem.code().to_owned()))?;
        if let Some(next) = next {
            let again = Self::at(self.kind, next);
            let now = self.app.clock.now();
            let mut conn = self.app.tenants.conn(job.tenant).await?;
            jobs::enqueue(&mut conn, self.app.service, &again, now).await?;
            drop(conn);
            self.app.jobs.before_commit(job.tenant, again.run_at).await?;
        }
        Ok(())
    }
}
