//! The dirty marks: what finds the events of a process that died, at no cost to sleeping tenants.

use kernel::Clock;

use crate::common::eventually;
use crate::stage::{Kind, LONG, Stage};

async fn marks(stage: &Stage) -> i64 {
    let mut sql = stage.world.control_sql().await;
    sqlx::query_scalar("select count(*) from events.dirty").fetch_one(&mut sql).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mark_stays_while_a_writer_may_rely_on_it_and_goes_when_it_is_old() {
    let stage = Stage::new(Kind::InProcess).await;
    stage.subscribe(&stage.consumer).await;
    let process = stage.writer();
    let events = stage.events(1, 1);
    stage.write(&process, &events).await;
    process.outbox.wake(stage.tenant);
    process.outbox.drained().await;
    assert_eq!(marks(&stage).await, 1);
    stage.world.clock.advance(chrono::Duration::from_std(LONG).unwrap());
    eventually("the old mark goes", async || (marks(&stage).await == 0).then_some(())).await;
    process.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_old_mark_stays_while_events_are_left() {
    let stage = Stage::new(Kind::InProcess).await; // nobody subscribes: nothing can be sent
    let process = stage.writer();
    let events = stage.events(1, 1);
    stage.write(&process, &events).await;
    process.kill().await;
    stage.world.clock.advance(chrono::Duration::from_std(LONG).unwrap());
    let next = stage.writer();
    let mut sql = stage.world.control_sql().await;
    eventually("the mark is leased by the new relay", async || {
        let now = stage.world.clock.now();
        sqlx::query_scalar::<_, bool>("select coalesce(lease_until > $1, false) from events.dirty")
            .bind(now)
            .fetch_one(&mut sql)
            .await
            .unwrap()
            .then_some(())
    })
    .await;
    assert_eq!(marks(&stage).await, 1);
    stage.subscribe(&stage.consumer).await;
    stage.taken_once(&events).await;
    next.stop().await;
}

#[tokio::test]
async fn a_writer_marks_once_in_a_while_not_at_each_commit() {
    let stage = Stage::new(Kind::InProcess).await;
    let process = stage.writer();
    process.outbox.before_commit(stage.tenant).await.unwrap();
    let mut sql = stage.world.control_sql().await;
    sqlx::query("delete from events.dirty").execute(&mut sql).await.unwrap();
    process.outbox.before_commit(stage.tenant).await.unwrap();
    assert_eq!(marks(&stage).await, 0, "believed for a few seconds");
    process.kill().await;
}

#[tokio::test]
async fn purging_keeps_what_is_unsent_and_what_consumers_must_remember() {
    let stage = Stage::new(Kind::InProcess).await;
    stage.subscribe(&stage.consumer).await;
    let process = stage.writer();
    stage.write(&process, &stage.events(2, 1)).await;
    process.outbox.wake(stage.tenant);
    process.outbox.drained().await;
    process.kill().await;
    let other = stage.world.process();
    let mut conn = other.conn(stage.tenant).await.unwrap();
    events::store(&mut conn, &stage.events(1, 1)).await.unwrap();

    let now = stage.world.clock.now() + chrono::Duration::days(2);
    assert_eq!(events::purge(&mut conn, now, now).await.unwrap(), 2, "the sent rows");
    let now = now + chrono::Duration::days(6);
    assert_eq!(events::purge(&mut conn, now, now).await.unwrap(), 2, "then the inbox");
    let left: i64 =
        sqlx::query_scalar("select count(*) from core.outbox").fetch_one(&mut *conn).await.unwrap();
    assert_eq!(left, 1);
}
