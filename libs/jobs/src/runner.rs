//! The runner: takes due jobs and has them done.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use kernel::{SharedClock, TenantId};
use tenancy::{TenancyError, Tenants};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval, interval_at, timeout};
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use crate::due::{Jobs, Shared};
use crate::queue::Queue;
use crate::{Handler, Job, JobError, index, store};

/// How often a job is tried before it counts as failed.
pub const ATTEMPTS: u32 = 10;

/// How long a job is one runner's.
const LEASE: Duration = Duration::from_mins(1);
/// How long a tenant in the index is one runner's, and so how soon it comes back after an error.
const LOOK: Duration = Duration::from_secs(10);
/// How often a lease is renewed while the handler works.
const RENEW: Duration = Duration::from_secs(20);
/// How often the index is asked.
const POLL: Duration = Duration::from_secs(1);
/// How often tenants that are not in the index are looked at, and how soon after the start first.
const FULL_SCAN: Duration = Duration::from_hours(6);
const FIRST_FULL_SCAN: Duration = Duration::from_mins(10);
/// Due tenants taken up at a time.
const TENANTS: i64 = 64;
/// The longest pause between two attempts.
const LONGEST: Duration = Duration::from_hours(1);
/// How long a stopping runner waits for handlers.
const LAST: Duration = Duration::from_secs(10);

/// Background task that does a service's jobs.
pub struct Runner {
    shared: Arc<Shared>,
    concurrency: usize,
}

impl Runner {
    /// A runner with at most `concurrency` jobs at a time, and the handle for those who enqueue.
    /// It has no handlers yet, because these may need the handle themselves.
    pub fn new(tenants: Tenants, clock: SharedClock, concurrency: usize) -> (Self, Jobs) {
        let shared = Arc::new(Shared { tenants, clock, queue: Queue::default() });
        (Self { shared: Arc::clone(&shared), concurrency: concurrency.max(1) }, Jobs(shared))
    }

    /// Does jobs of the kinds that have a handler, until `token` is cancelled; those under way may
    /// finish for a few seconds. One that is cut off is done again, here or elsewhere, when its
    /// lease lapses.
    pub async fn run(self, handlers: Vec<Arc<dyn Handler>>, token: CancellationToken) {
        let kinds = handlers.iter().map(|handler| handler.kind().to_owned()).collect();
        let Self { shared, concurrency } = self;
        let crew = Arc::new(Crew { shared, handlers, kinds, concurrency });
        tokio::select! {
            () = crew.watch_index() => {}
            () = crew.hand_out(&token) => {}
        }
    }
}

/// A runner at work.
struct Crew {
    shared: Arc<Shared>,
    handlers: Vec<Arc<dyn Handler>>,
    /// The handlers' kinds.
    kinds: Vec<String>,
    concurrency: usize,
}

impl Crew {
    async fn hand_out(self: &Arc<Self>, token: &CancellationToken) {
        let free = Arc::new(Semaphore::new(self.concurrency));
        let mut visits = JoinSet::new();
        loop {
            let next = async {
                let permit = Arc::clone(&free).acquire_owned().await;
                (permit, self.shared.queue.pop().await)
            };
            let (permit, tenant) = tokio::select! {
                next = next => next,
                () = token.cancelled() => break,
            };
            let crew = Arc::clone(self);
            visits.spawn(async move {
                if let Err(error) = crew.visit(tenant).await {
                    // Its entry in the index stays leased for a while, and is then due again.
                    tracing::warn!(%tenant, %error, "jobs cannot be reached");
                }
                drop(permit);
            });
            while visits.try_join_next().is_some() {}
        }
        let all = async { while visits.join_next().await.is_some() {} };
        if timeout(LAST, all).await.is_err() {
            tracing::warn!("the runner stops with jobs under way; they will be done again");
        }
    }

    /// Does one job of the tenant, and has others looked for meanwhile; without one, settles when
    /// the tenant is due next.
    async fn visit(&self, tenant: TenantId) -> Result<(), TenancyError> {
        let Shared { tenants, clock, queue } = &*self.shared;
        let now = clock.now();
        let mut conn = match tenants.conn(tenant).await {
            // Not served now; its jobs wait.
            Err(TenancyError::Unknown(_)) => return Ok(()),
            other => other?,
        };
        let job =
            store::lease(&mut conn, tenants.service, tenant, &self.kinds, now, now + LEASE).await?;
        drop(conn); // nothing is held while the handler works
        let Some(job) = job else { return self.shared.settle(tenant, &self.kinds).await };
        queue.push(tenant);
        let span = tracing::info_span!("job", id = %job.id, kind = job.kind, %tenant);
        let ended = self.work(&job).instrument(span).await;
        queue.push(tenant);
        ended
    }

    /// Runs the handler and notes how it ended.
    async fn work(&self, job: &Job) -> Result<(), TenancyError> {
        let Some(handler) = self.handlers.iter().find(|h| h.kind() == job.kind) else {
            return Ok(()); // not leased, because its kind is not ours
        };
        let began = Instant::now();
        let result = tokio::select! {
            biased;
            // A job that takes its process down with it never ends by itself.
            () = std::future::ready(()), if job.attempts > ATTEMPTS => {
                Err(JobError::Fatal("its workers died, or lost it, at every attempt".into()))
            }
            result = AssertUnwindSafe(handler.run(job)).catch_unwind() => {
                result.unwrap_or_else(|_| Err(JobError::Retry("the handler panicked".into())))
            }
            () = self.keep(job) => {
                tracing::warn!("the lease was lost; another worker has the job");
                return Ok(());
            }
        };
        let outcome = match &result {
            Ok(()) => "done",
            Err(JobError::Retry(_)) if job.attempts < ATTEMPTS => "retry",
            Err(JobError::Owed(_)) => "retry",
            Err(_) => "failed",
        };
        let kind = handler.kind();
        metrics::counter!("fieldops_jobs_total", "kind" => kind, "outcome" => outcome).increment(1);
        metrics::histogram!("fieldops_job_seconds", "kind" => kind)
            .record(began.elapsed().as_secs_f64());

        let now = self.shared.clock.now();
        let mut conn = self.shared.tenants.conn(job.tenant).await?;
        match result {
            Ok(()) => store::finish(&mut conn, job, None, now).await?,
            Err(JobError::Retry(error)) if job.attempts < ATTEMPTS => {
                tracing::warn!(error, attempt = job.attempts, "a job will be tried again");
                store::again(&mut conn, job, job.attempts, &error, now).await?;
            }
            Err(JobError::Owed(error)) => {
                tracing::warn!(error, attempt = job.attempts, "a job is owed and tried again");
                // Not counted up to the last attempts: those are for workers that die over it.
                let counted = job.attempts.min(ATTEMPTS - 2);
                store::again(&mut conn, job, counted, &error, now).await?;
            }
            Err(JobError::Retry(error) | JobError::Fatal(error)) => {
                tracing::error!(error, attempt = job.attempts, "a job failed for good");
                store::finish(&mut conn, job, Some(&error), now).await?;
            }
        }
        Ok(())
    }

    /// Renews the lease; ends when it was lost to another worker. A database that is away for a
    /// moment is no loss: if it stays away, the lease lapses and the outcome is not noted.
    async fn keep(&self, job: &Job) {
        let Shared { tenants, clock, .. } = &*self.shared;
        let mut ticks = interval_at(Instant::now() + RENEW, RENEW);
        loop {
            ticks.tick().await;
            let renewed = async {
                let mut conn = tenants.conn(job.tenant).await?;
                Ok::<_, TenancyError>(store::renew(&mut conn, job, clock.now() + LEASE).await?)
            };
            match renewed.await {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => tracing::warn!(%error, "a lease cannot be renewed"),
            }
        }
    }

    /// Brings due tenants into the queue. Never ends.
    async fn watch_index(&self) {
        let mut ticks = interval(POLL);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut full = Instant::now() + FIRST_FULL_SCAN;
        loop {
            ticks.tick().await;
            let full_scan = Instant::now() >= full;
            if full_scan {
                full += FULL_SCAN;
            }
            if let Err(error) = self.look_up_due(full_scan).await {
                tracing::warn!(%error, "the index of due jobs cannot be read");
            }
        }
    }

    async fn look_up_due(&self, full_scan: bool) -> Result<(), sqlx::Error> {
        let Shared { tenants, clock, queue } = &*self.shared;
        let now = clock.now();
        let (control, service) = (tenants.control(), tenants.service);
        if full_scan {
            index::mark_all(control, service, now, now - LEASE * 2).await?;
        }
        for tenant in index::due(control, service, now, now + LOOK, TENANTS).await? {
            queue.push(tenant);
        }
        Ok(())
    }
}

/// One second, doubled with each attempt, up to [`LONGEST`].
pub(crate) fn pause(attempts: u32) -> Duration {
    Duration::from_secs(1 << attempts.saturating_sub(1).min(16)).min(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_an_hour() {
        let all: Vec<u64> = [1, 2, 5, 20].into_iter().map(|n| pause(n).as_secs()).collect();
        assert_eq!(all, [1, 2, 16, 3600]);
    }
}
