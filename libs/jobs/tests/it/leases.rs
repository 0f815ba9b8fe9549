//! A worker that dies, and one that comes back from the dead.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use jobs::ATTEMPTS;

use crate::stage::{Noting, Stage};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_workers_job_is_taken_over_after_its_lease() {
    let stage = Stage::new().await;
    stage.handler.holds.store(true, Ordering::SeqCst);
    let process = stage.process();
    let job = stage.enqueue(&process, &stage.job(None)).await;
    process.jobs.wake(stage.tenant);
    stage.handler.holds_attempt(job, 1).await;
    process.kill().await;

    let healthy = Arc::<Noting>::default();
    let next = stage.process_with(&healthy);
    let marker = stage.enqueue(&next, &stage.job(None)).await;
    next.jobs.wake(stage.tenant);
    stage.becomes(marker, "done").await;
    assert_eq!(stage.state(job).await, "running", "not before the lease ends");
    stage.advance(61);
    stage.becomes(job, "done").await;
    assert_eq!(healthy.attempts(job), [2]);
    next.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_lost_its_lease_does_not_overwrite_the_outcome() {
    let stage = Stage::new().await;
    stage.handler.holds.store(true, Ordering::SeqCst);
    *stage.handler.fails.lock().unwrap() = Some(jobs::JobError::Fatal("too late".into()));
    // With one place, taken by the job it holds, the slow one cannot take the job a second time.
    let slow = stage.process_of(1, &stage.handler);
    let job = stage.enqueue(&slow, &stage.job(None)).await;
    slow.jobs.wake(stage.tenant);
    stage.handler.holds_attempt(job, 1).await;

    stage.advance(61); // as after a long pause of the whole process
    let healthy = Arc::<Noting>::default();
    let next = stage.process_with(&healthy);
    next.jobs.wake(stage.tenant);
    stage.becomes(job, "done").await;
    // What the slow one says now counts no more.
    stage.handler.release.0.add_permits(9);
    let marker = stage.enqueue(&next, &stage.job(None)).await;
    next.jobs.wake(stage.tenant);
    next.stop().await;
    slow.stop().await;
    assert_eq!(stage.state(job).await, "done");
    assert_ne!(stage.state(marker).await, "running");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_that_kills_every_worker_ends_as_failed() {
    let stage = Stage::new().await;
    stage.handler.holds.store(true, Ordering::SeqCst);
    let process = stage.process();
    let job = stage.enqueue(&process, &stage.job(None)).await;
    sqlx::query("update core.job set attempts = $2 where id = $1")
        .bind(job)
        .bind(i32::try_from(ATTEMPTS).unwrap())
        .execute(&mut stage.sql().await)
        .await
        .unwrap();
    process.jobs.wake(stage.tenant);
    stage.becomes(job, "failed").await;
    assert!(stage.handler.attempts(job).is_empty());
    process.stop().await;
}
