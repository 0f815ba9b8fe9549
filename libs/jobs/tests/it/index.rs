//! The index of what is due: found without a wake, true after races, silent for sleeping tenants.

use kernel::Clock;

use crate::common::eventually;
use crate::stage::Stage;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_of_a_process_that_died_is_found_by_the_index() {
    let stage = Stage::new().await;
    let process = stage.process();
    let mut job = stage.job(None);
    job.run_at += chrono::Duration::hours(1);
    let job = stage.enqueue(&process, &job).await;
    process.kill().await;
    let next = stage.process();
    stage.advance(3601);
    stage.becomes(job, "done").await;
    next.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_that_comes_after_the_runner_looked_is_not_lost() {
    let stage = Stage::new().await;
    let process = stage.process();
    let job = stage.job(None);
    let mut tx = process.tenants.begin(stage.tenant).await.unwrap();
    let id = jobs::enqueue(&mut tx, stage.world.service, &job, job.run_at).await.unwrap();
    process.jobs.before_commit(stage.tenant, job.run_at).await.unwrap();
    // The runner looks, finds nothing, and would have moved the entry away.
    eventually("the runner has looked", async || {
        (stage.due_at().await.unwrap() > job.run_at).then_some(())
    })
    .await;
    tx.commit().await.unwrap(); // and nobody is woken
    stage.advance(61);
    stage.becomes(id, "done").await;
    process.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_entry_goes_when_nothing_is_left_to_do() {
    let stage = Stage::new().await;
    let process = stage.process();
    let job = stage.enqueue(&process, &stage.job(None)).await;
    process.jobs.wake(stage.tenant);
    stage.becomes(job, "done").await;
    stage.advance(61);
    eventually("the entry goes", async || stage.due_at().await.is_none().then_some(())).await;
    process.stop().await;
}

/// The server processes at work for the stage's tenant.
async fn connected(stage: &Stage) -> Vec<i32> {
    sqlx::query_scalar(
        "select a.pid from pg_stat_activity a join tenancy.tenant t on a.datname = t.database
         where t.id = $1 and a.usename <> current_user",
    )
    .bind(stage.tenant)
    .fetch_all(&mut stage.world.control_sql().await)
    .await
    .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tenant_with_nothing_due_is_not_even_connected_to() {
    let stage = Stage::new().await;
    let writer = stage.process();
    let mut job = stage.job(None);
    job.run_at += chrono::Duration::days(1);
    stage.enqueue(&writer, &job).await;
    writer.stop().await;

    let before = connected(&stage).await;
    let awake = stage.world.tenant().await;
    let idle = stage.process();
    idle.jobs.before_commit(awake, stage.world.clock.now()).await.unwrap();
    // By the time the other tenant was looked at, this one would have been as well.
    eventually("the other is looked at", async || {
        (idle.tenants.pools().open_connections() > 0).then_some(())
    })
    .await;
    // What the writer left closes on its own time; nobody came to the sleeping one since.
    let since: Vec<_> =
        connected(&stage).await.into_iter().filter(|pid| !before.contains(pid)).collect();
    assert_eq!(since, [0; 0]);
    idle.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn jobs_committed_without_a_note_get_one_when_their_tenant_is_woken() {
    let stage = Stage::new().await;
    let process = stage.process();
    let mut job = stage.job(None);
    job.run_at += chrono::Duration::hours(1);
    let mut tx = process.tenants.begin(stage.tenant).await.unwrap();
    let id = jobs::enqueue(&mut tx, stage.world.service, &job, job.run_at).await.unwrap();
    tx.commit().await.unwrap();
    process.jobs.wake(stage.tenant);
    eventually("the note", async || stage.due_at().await).await;
    stage.advance(3601);
    stage.becomes(id, "done").await;
    process.stop().await;
}
