//! What the tests play on: a tenant, a runner, and a handler that notes what it did.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use jobs::{Handler, Job, JobError, Jobs, NewJob, Runner};
use kernel::{Clock, JobId, Service, TenantId, Timestamp};
use serde_json::json;
use sqlx::PgConnection;
use tenancy::Tenants;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::common::{World, eventually};

pub const KIND: &str = "planning.reminder";

/// Notes the attempts of each job; fails, or holds a job, as it is told.
#[derive(Default)]
pub struct Noting {
    pub attempts: Mutex<HashMap<JobId, Vec<u32>>>,
    pub fails: Mutex<Option<JobError>>,
    pub panics: AtomicBool,
    /// While set, a job waits for a permit.
    pub holds: AtomicBool,
    pub release: Permits,
    pub at_once: AtomicUsize,
    pub most_at_once: AtomicUsize,
}

pub struct Permits(pub Semaphore);

impl Default for Permits {
    fn default() -> Self {
        Self(Semaphore::new(0))
    }
}

#[async_trait]
impl Handler for Noting {
    fn kind(&self) -> &'static str {
        KIND
    }

    async fn run(&self, job: &Job) -> Result<(), JobError> {
        self.attempts.lock().unwrap().entry(job.id).or_default().push(job.attempts);
        let now = self.at_once.fetch_add(1, Ordering::SeqCst) + 1;
        self.most_at_once.fetch_max(now, Ordering::SeqCst);
        if self.holds.load(Ordering::SeqCst) {
            self.release.0.acquire().await.unwrap().forget();
        }
        self.at_once.fetch_sub(1, Ordering::SeqCst);
        assert!(!self.panics.load(Ordering::SeqCst), "told to panic");
        self.fails.lock().unwrap().clone().map_or(Ok(()), Err)
    }
}

impl Noting {
    pub fn attempts(&self, job: JobId) -> Vec<u32> {
        self.attempts.lock().unwrap().get(&job).cloned().unwrap_or_default()
    }

    /// Waits until a job is in the handler's hands for the given time.
    pub async fn holds_attempt(&self, job: JobId, attempt: u32) {
        eventually("the job is taken", async || {
            self.attempts(job).contains(&attempt).then_some(())
        })
        .await;
    }
}

pub struct Stage {
    pub world: World,
    pub tenant: TenantId,
    pub handler: Arc<Noting>,
}

/// One process: its pools and its runner.
pub struct Process {
    pub jobs: Jobs,
    pub tenants: Tenants,
    token: CancellationToken,
    runner: JoinHandle<()>,
}

impl Process {
    /// Ends the runner at once, wherever it stands.
    pub async fn kill(self) {
        self.runner.abort();
        let _ = self.runner.await;
    }

    /// Ends as the process would at SIGTERM.
    pub async fn stop(self) {
        self.token.cancel();
        self.runner.await.unwrap();
    }
}

impl Stage {
    pub async fn new() -> Self {
        let world = World::new(Service::Planning).await;
        let tenant = world.tenant().await;
        Self { world, tenant, handler: Arc::default() }
    }

    pub fn process(&self) -> Process {
        self.process_with(&self.handler)
    }

    pub fn process_with(&self, handler: &Arc<Noting>) -> Process {
        self.process_of(4, handler)
    }

    /// A process that runs this many jobs at once.
    pub fn process_of(&self, places: usize, handler: &Arc<Noting>) -> Process {
        let (tenants, token) = (self.world.process(), CancellationToken::new());
        let (runner, jobs) = Runner::new(tenants.clone(), self.world.clock.clone(), places);
        let handlers = vec![Arc::clone(handler) as Arc<dyn Handler>];
        let runner = tokio::spawn(runner.run(handlers, token.clone()));
        Process { jobs, tenants, token, runner }
    }

    pub fn job(&self, key: Option<&str>) -> NewJob {
        let key = key.map(str::to_owned);
        NewJob { kind: KIND, key, payload: json!({}), run_at: self.world.clock.now() }
    }

    /// Commits a job as a service does, and wakes nobody.
    pub async fn enqueue(&self, process: &Process, job: &NewJob) -> JobId {
        let now = self.world.clock.now();
        let mut tx = process.tenants.begin(self.tenant).await.unwrap();
        let id = jobs::enqueue(&mut tx, self.world.service, job, now).await.unwrap();
        process.jobs.before_commit(self.tenant, job.run_at).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    pub fn advance(&self, seconds: i64) {
        self.world.clock.advance(chrono::Duration::seconds(seconds));
    }

    pub async fn sql(&self) -> PgConnection {
        self.world.tenant_sql(self.tenant).await
    }

    pub async fn state(&self, job: JobId) -> String {
        sqlx::query_scalar("select state from core.job where id = $1")
            .bind(job)
            .fetch_one(&mut self.sql().await)
            .await
            .unwrap()
    }

    /// Waits until a job stands in this state.
    pub async fn becomes(&self, job: JobId, state: &str) {
        let mut sql = self.sql().await;
        eventually(state, async || {
            let found: String = sqlx::query_scalar("select state from core.job where id = $1")
                .bind(job)
                .fetch_one(&mut sql)
                .await
                .unwrap();
            (found == state).then_some(())
        })
        .await;
    }

    /// When the index says the tenant is due.
    pub async fn due_at(&self) -> Option<Timestamp> {
        sqlx::query_scalar("select due_at from jobs.due where tenant_id = $1 and service = $2")
            .bind(self.tenant)
            .bind(self.world.service.name())
            .fetch_optional(&mut self.world.control_sql().await)
            .await
            .unwrap()
    }
}
