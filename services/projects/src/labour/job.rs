//! Looking at a project's forecast after its hours moved: a consumer tells nothing itself.

use async_trait::async_trait;
use jobs::{Handler, Job, JobError, NewJob};
use kernel::{ProjectId, TenantId, Timestamp};
use serde_json::json;
use web::{App, Problem, Visit};

use crate::budget;

const KIND: &str = "projects.assess_budget";

/// The job of looking at this project's forecast.
pub(super) fn assess(project: ProjectId, now: Timestamp) -> NewJob {
    NewJob {
        kind: KIND,
        key: Some(project.to_string()),
        payload: json!({ "project": project }),
        run_at: now,
    }
}

/// Looks at forecasts.
pub(crate) struct AssessBudget {
    app: App,
}

impl AssessBudget {
    pub fn new(app: App) -> Self {
        Self { app }
    }

    async fn work(&self, tenant: TenantId, project: ProjectId) -> Result<(), Problem> {
        let visit = Visit::system(&self.app, tenant).await?;
        let turns = budget::turns(&mut *visit.db().await?, project).await?;
        if !turns {
            return Ok(()); // the usual case, without a lock
        }
        visit.commit(async |tx| budget::assess(tx, project).await).await
    }
}

#[async_trait]
impl Handler for AssessBudget {
    fn kind(&self) -> &'static str {
        KIND
    }

    async fn run(&self, job: &Job) -> Result<(), JobError> {
        let project: ProjectId = serde_json::from_value(job.payload["project"].clone())
            .map_err(|error| JobError::Fatal(error.to_string()))?;
        let done = self.work(job.tenant, project).await;
        done.map_err(|problem| JobError::Retry(problem.code().to_owned()))
    }
}
