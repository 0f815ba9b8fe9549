//! What becomes of a job: done, tried again, failed, joined with another.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use jobs::{ATTEMPTS, JobError};
use kernel::Clock;

use crate::common::eventually;
use crate::stage::Stage;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_is_done_once_and_as_soon_as_its_tenant_is_woken() {
    let stage = Stage::new().await;
    let process = stage.process();
    let job = stage.enqueue(&process, &stage.job(None)).await;
    process.jobs.wake(stage.tenant);
    stage.becomes(job, "done").await;
    assert_eq!(stage.handler.attempts(job), [1]);
    process.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_share_the_work_and_do_nothing_twice() {
    let stage = Stage::new().await;
    let (one, other) = (stage.process(), stage.process());
    let mut all = Vec::new();
    for _ in 0..30 {
        all.push(stage.enqueue(&one, &stage.job(None)).await);
        one.jobs.wake(stage.tenant);
        other.jobs.wake(stage.tenant);
    }
    for job in &all {
        stage.becomes(*job, "done").await;
        assert_eq!(stage.handler.attempts(*job), [1]);
    }
    one.stop().await;
    other.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn jobs_of_one_tenant_run_side_by_side_up_to_the_limit() {
    let stage = Stage::new().await;
    stage.handler.holds.store(true, Ordering::SeqCst);
    let process = stage.process();
    let mut all = Vec::new();
    for _ in 0..8 {
        all.push(stage.enqueue(&process, &stage.job(None)).await);
    }
    process.jobs.wake(stage.tenant);
    eventually("four run", async || {
        (stage.handler.at_once.load(Ordering::SeqCst) == 4).then_some(())
    })
    .await;
    stage.handler.release.0.add_permits(8);
    for job in all {
        stage.becomes(job, "done").await;
    }
    assert_eq!(stage.handler.most_at_once.load(Ordering::SeqCst), 4);
    process.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_job_waits_per_key_at_the_earlier_time() {
    let stage = Stage::new().await;
    let process = stage.process();
    let mut late = stage.job(Some("site 7"));
    late.run_at += chrono::Duration::hours(2);
    let mut early = late.clone();
    early.run_at -= chrono::Duration::hours(1);
    let first = stage.enqueue(&process, &late).await;
    assert_eq!(stage.enqueue(&process, &early).await, first);
    assert_eq!(stage.enqueue(&process, &late).await, first);
    assert_ne!(stage.enqueue(&process, &stage.job(Some("site 8"))).await, first);

    stage.advance(3660);
    stage.becomes(first, "done").await;
    assert_eq!(stage.handler.attempts(first), [1]);
    process.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn news_that_comes_while_a_job_runs_makes_it_run_once_more_afterwards() {
    let stage = Stage::new().await;
    stage.handler.holds.store(true, Ordering::SeqCst);
    let process = stage.process();
    let first = stage.enqueue(&process, &stage.job(Some("kpi"))).await;
    process.jobs.wake(stage.tenant);
    stage.handler.holds_attempt(first, 1).await;
    let second = stage.enqueue(&process, &stage.job(Some("kpi"))).await;
    process.jobs.wake(stage.tenant);
    assert_ne!(first, second);
    stage.handler.release.0.add_permits(2);
    stage.becomes(second, "done").await;
    assert_eq!(stage.handler.most_at_once.load(Ordering::SeqCst), 1, "never side by side");
    process.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_that_is_owed_is_tried_until_it_works() {
    let stage = Stage::new().await;
    *stage.handler.fails.lock().unwrap() = Some(JobError::Owed("no paper".into()));
    let process = stage.process();
    let job = stage.enqueue(&process, &stage.job(None)).await;
    process.jobs.wake(stage.tenant);
    for attempts in 1..=ATTEMPTS as usize + 3 {
        eventually("one more attempt", async || {
            (stage.handler.attempts(job).len() == attempts).then_some(())
        })
        .await;
        stage.becomes(job, "waiting").await;
        if attempts > ATTEMPTS as usize + 2 {
            *stage.handler.fails.lock().unwrap() = None;
        }
        stage.advance(3600);
        process.jobs.wake(stage.tenant);
    }
    stage.becomes(job, "done").await;
    process.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failing_job_is_tried_again_later_and_stays_visible_when_it_has_failed() {
    let stage = Stage::new().await;
    *stage.handler.fails.lock().unwrap() = Some(JobError::Retry("no paper".into()));
    let process = stage.process();
    let job = stage.enqueue(&process, &stage.job(None)).await;
    process.jobs.wake(stage.tenant);
    for attempt in 1..ATTEMPTS {
        stage.handler.holds_attempt(job, attempt).await;
        stage.becomes(job, "waiting").await;
        let run_at: kernel::Timestamp =
            sqlx::query_scalar("select run_at from core.job where id = $1")
                .bind(job)
                .fetch_one(&mut stage.sql().await)
                .await
                .unwrap();
        let pause = (run_at - stage.world.clock.now()).num_seconds();
        assert!(pause >= (1_i64 << (attempt - 1)) / 2, "attempt {attempt}: {pause} s");
        stage.advance(pause + 1);
    }
    stage.becomes(job, "failed").await;
    assert_eq!(stage.handler.attempts(job).len(), ATTEMPTS as usize);
    let error: String = sqlx::query_scalar("select last_error from core.job where id = $1")
        .bind(job)
        .fetch_one(&mut stage.sql().await)
        .await
        .unwrap();
    assert_eq!(error, "no paper");
    let mut sql = stage.sql().await;
    let far = stage.world.clock.now() + chrono::Duration::days(1);
    assert_eq!(jobs::purge(&mut sql, far).await.unwrap(), 0, "a failed job is kept");
    process.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fatal_error_and_a_panic_end_as_they_should() {
    let stage = Stage::new().await;
    *stage.handler.fails.lock().unwrap() = Some(JobError::Fatal("no such site".into()));
    let process = stage.process();
    let fatal = stage.enqueue(&process, &stage.job(None)).await;
    process.jobs.wake(stage.tenant);
    stage.becomes(fatal, "failed").await;

    *stage.handler.fails.lock().unwrap() = None;
    stage.handler.panics.store(true, Ordering::SeqCst);
    let panics = stage.enqueue(&process, &stage.job(None)).await;
    process.jobs.wake(stage.tenant);
    stage.handler.holds_attempt(panics, 1).await;
    stage.becomes(panics, "waiting").await;
    stage.handler.panics.store(false, Ordering::SeqCst);
    stage.advance(5);
    stage.becomes(panics, "done").await;
    process.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_retry_gives_way_to_a_newer_job_with_its_key() {
    let stage = Stage::new().await;
    stage.handler.holds.store(true, Ordering::SeqCst);
    *stage.handler.fails.lock().unwrap() = Some(JobError::Retry("not yet".into()));
    let process = stage.process();
    let first = stage.enqueue(&process, &stage.job(Some("kpi"))).await;
    process.jobs.wake(stage.tenant);
    stage.handler.holds_attempt(first, 1).await;
    let mut later = stage.job(Some("kpi"));
    later.run_at += chrono::Duration::hours(1);
    let second = stage.enqueue(&process, &later).await;
    stage.handler.release.0.add_permits(1);
    stage.becomes(first, "done").await;
    assert_eq!(stage.state(second).await, "waiting");
    process.stop().await;
    assert_eq!(Arc::strong_count(&stage.handler), 1, "nothing is left running");
}
