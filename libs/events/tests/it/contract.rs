//! What both buses promise, proved by the same tests.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use events::Bus;
use rand::seq::SliceRandom;
use tokio::sync::Notify;
use uuid::Uuid;

use crate::common::eventually;
use crate::stage::{BROKER, Kind, LONG, NeverAnswers, Stage, unsent};

macro_rules! on_both_buses {
    ($($test:ident),+ $(,)?) => {
        mod in_process { $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                super::$test(super::Kind::InProcess).await;
            }
        )+ }
        mod rabbitmq { $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                let _shared = super::BROKER.read().await;
                super::$test(super::Kind::RabbitMq).await;
            }
        )+ }
    };
}

on_both_buses!(
    what_is_committed_is_taken,
    a_second_delivery_changes_nothing,
    what_a_crash_left_after_the_commit_is_found,
    a_relay_killed_before_it_notes_what_it_sent_has_no_second_effect,
    a_consumer_killed_before_it_acknowledges_has_no_second_effect,
    a_transaction_that_commits_late_is_not_passed_over,
    poison_is_put_aside_and_the_queue_goes_on,
    what_cannot_be_taken_now_is_never_dropped,
    a_consumer_that_starts_late_misses_nothing,
    an_event_that_nobody_wants_is_published,
    a_process_that_stops_sends_what_it_knows_of,
);

async fn what_is_committed_is_taken(kind: Kind) {
    let stage = Stage::new(kind).await;
    stage.subscribe(&stage.consumer).await;
    let process = stage.writer();
    let events = stage.events(40, 3);
    for chunk in events.chunks(7) {
        stage.write(&process, chunk).await;
        process.outbox.wake(stage.tenant);
    }
    process.outbox.drained().await;
    assert_eq!(unsent(&mut stage.world.tenant_sql(stage.tenant).await).await, 0);
    stage.taken_once(&events).await;
    process.stop().await;
}

/// Fault 17.
async fn a_second_delivery_changes_nothing(kind: Kind) {
    let stage = Stage::new(kind).await;
    stage.subscribe(&stage.consumer).await;
    let events = stage.events(20, 5);
    let mut deliveries: Vec<_> = events.iter().cycle().take(events.len() * 3).cloned().collect();
    deliveries.shuffle(&mut rand::rng());
    for batch in deliveries.chunks(11) {
        let answers = stage.bus.publish(batch).await;
        assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    }
    stage.taken_once(&events).await;
    // One more, after which all that came before it has been taken.
    let last = stage.event(Uuid::now_v7(), 1, 1);
    stage.bus.publish(std::slice::from_ref(&last)).await.remove(0).unwrap();
    stage.taken_once(&[last]).await;
    stage.taken_once(&events).await;
    assert_eq!(stage.consumer.committed.load(Ordering::SeqCst), 101);
}

/// Fault 2.
async fn what_a_crash_left_after_the_commit_is_found(kind: Kind) {
    let stage = Stage::new(kind).await;
    stage.subscribe(&stage.consumer).await;
    let events = stage.events(5, 2);
    let process = stage.writer();
    stage.write(&process, &events).await; // nobody is woken
    process.kill().await;
    let next = stage.writer();
    stage.taken_once(&events).await;
    stage.all_sent().await;
    next.stop().await;
}

/// Fault 2, a moment later: published, and killed before the rows are marked as sent.
async fn a_relay_killed_before_it_notes_what_it_sent_has_no_second_effect(kind: Kind) {
    let stage = Stage::new(kind).await;
    stage.subscribe(&stage.consumer).await;
    let events = stage.events(5, 2);
    let bus = NeverAnswers { inner: Arc::clone(&stage.bus), published: Notify::new() };
    let bus = Arc::new(bus);
    let process = stage.writer_on(Arc::clone(&bus) as Arc<dyn Bus>);
    stage.write(&process, &events).await;
    process.outbox.wake(stage.tenant);
    bus.published.notified().await;
    process.kill().await;
    assert_eq!(unsent(&mut stage.world.tenant_sql(stage.tenant).await).await, 10);

    stage.world.clock.advance(chrono::Duration::from_std(LONG).unwrap());
    let next = stage.writer();
    stage.all_sent().await;
    stage.taken_once(&events).await;
    next.stop().await;
}

/// Fault 3.
async fn a_consumer_killed_before_it_acknowledges_has_no_second_effect(kind: Kind) {
    let stage = Stage::new(kind).await;
    let token = stage.subscribe(&stage.consumer).await;
    stage.consumer.hang.store(true, Ordering::SeqCst);
    let events = stage.events(1, 3);
    let process = stage.writer();
    stage.write(&process, &events).await;
    process.outbox.wake(stage.tenant);
    stage.consumer.hung.notified().await; // committed, not acknowledged
    token.cancel();
    process.kill().await;

    stage.world.clock.advance(chrono::Duration::from_std(LONG).unwrap());
    let healthy = stage.consumer.again();
    stage.subscribe(&healthy).await;
    let next = stage.writer();
    stage.all_sent().await;
    let last = stage.event(Uuid::now_v7(), 1, 1);
    stage.write(&next, std::slice::from_ref(&last)).await;
    next.outbox.wake(stage.tenant);
    stage.taken_once(&[last]).await;
    stage.taken_once(&events).await;
    next.stop().await;
}

/// Fault 20.
async fn a_transaction_that_commits_late_is_not_passed_over(kind: Kind) {
    let stage = Stage::new(kind).await;
    stage.subscribe(&stage.consumer).await;
    let process = stage.writer();
    let (early, late) = (stage.events(1, 1), stage.events(1, 1));

    let mut slow = process.tenants.begin(stage.tenant).await.unwrap();
    events::store(&mut slow, &early).await.unwrap();
    stage.write(&process, &late).await;
    process.outbox.wake(stage.tenant);
    stage.taken_once(&late).await; // the later id is out, the earlier still open

    process.outbox.before_commit(stage.tenant).await.unwrap();
    slow.commit().await.unwrap();
    process.outbox.wake(stage.tenant);
    stage.taken_once(&early).await;
    stage.all_sent().await;
    process.stop().await;
}

/// Fault 22.
async fn poison_is_put_aside_and_the_queue_goes_on(kind: Kind) {
    let stage = Stage::new(kind).await;
    stage.subscribe(&stage.consumer).await;
    let process = stage.writer();
    let (before, bad, after) = (stage.events(3, 1), stage.events(1, 1), stage.events(3, 1));
    *stage.consumer.poison.lock().unwrap() = Some(bad[0].entity_id);
    let all: Vec<_> = [&before[..], &bad, &after].concat();
    stage.write(&process, &all).await;
    process.outbox.wake(stage.tenant);
    stage.taken_once(&before).await;
    stage.taken_once(&after).await;
    stage.all_sent().await;

    let dead = eventually("the poison is put aside", async || {
        let dead = stage.dead().await;
        (!dead.is_empty()).then_some(dead)
    })
    .await;
    assert_eq!(dead.len(), 1);
    assert_eq!(dead[0].id, Some(bad[0].id));
    assert_eq!(dead[0].envelope.as_ref(), Some(&bad[0]));
    assert_eq!(dead[0].reason, "it tastes of poison");
    assert!(dead[0].at.is_some());

    // Looking changed nothing; once the consumer is mended, the event is given again.
    *stage.consumer.poison.lock().unwrap() = None;
    eventually("the letter is found", async || {
        stage.bus.replay(bad[0].id).await.unwrap().then_some(())
    })
    .await;
    stage.taken_once(&bad).await;
    assert!(stage.dead().await.is_empty());
    assert!(!stage.bus.replay(bad[0].id).await.unwrap());
    process.stop().await;
}

/// Fault 11: the consumer's database is away while events go on coming.
async fn what_cannot_be_taken_now_is_never_dropped(kind: Kind) {
    let stage = Stage::new(kind).await;
    stage.consumer.away.store(true, Ordering::SeqCst);
    stage.subscribe(&stage.consumer).await;
    let process = stage.writer();
    let events = stage.events(60, 2);
    for chunk in events.chunks(10) {
        stage.write(&process, chunk).await;
        process.outbox.wake(stage.tenant);
    }
    if kind == Kind::RabbitMq {
        stage.all_sent().await; // the broker and the consumer hold them now
    }
    eventually("many tries are refused", async || {
        (stage.consumer.refused.load(Ordering::SeqCst) > 20).then_some(())
    })
    .await;
    stage.consumer.away.store(false, Ordering::SeqCst);
    stage.taken_once(&events).await;
    stage.all_sent().await;
    assert!(stage.dead().await.is_empty());
    process.stop().await;
}

async fn a_consumer_that_starts_late_misses_nothing(kind: Kind) {
    let stage = Stage::new(kind).await;
    let process = stage.writer();
    let events = stage.events(4, 2);
    stage.write(&process, &events).await;
    process.outbox.wake(stage.tenant);
    let mut sql = stage.world.tenant_sql(stage.tenant).await;
    match kind {
        Kind::RabbitMq => stage.all_sent().await, // into its queue
        Kind::InProcess => assert_eq!(unsent(&mut sql).await, 8),
    }
    stage.subscribe(&stage.consumer).await;
    stage.taken_once(&events).await;
    stage.all_sent().await;
    process.stop().await;
}

async fn an_event_that_nobody_wants_is_published(kind: Kind) {
    let stage = Stage::new(kind).await;
    stage.subscribe(&stage.consumer).await;
    let mut event = stage.event(Uuid::now_v7(), 1, 1);
    event.kind = "test.unheard.v1".into();
    assert_eq!(stage.bus.publish(&[event]).await, [Ok(())]);
}

/// Fault 8: what was committed goes out before the process ends; while the bus is away the process
/// does not wait for it.
async fn a_process_that_stops_sends_what_it_knows_of(kind: Kind) {
    let stage = Stage::new(kind).await;
    let token = stage.subscribe(&stage.consumer).await;
    let process = stage.writer();
    let events = stage.events(30, 4);
    stage.write(&process, &events).await;
    process.outbox.wake(stage.tenant);
    process.stop().await;
    assert_eq!(unsent(&mut stage.world.tenant_sql(stage.tenant).await).await, 0);
    stage.taken_once(&events).await;
    token.cancel();
}
