//! What only a broker can do: lose routes, die, stop answering.

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use events::{BusError, Consumer, Interest};
use lapin::options::QueueDeleteOptions;
use lapin::{Connection, ConnectionProperties};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::common::{eventually, setting};
use crate::stage::{BROKER, Kind, Stage, tenant};

/// Fault 23: the broker confirms what it cannot route, after returning it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_whose_queue_is_gone_is_a_failure_and_the_queue_is_made_again() {
    let _shared = BROKER.read().await;
    let stage = Stage::new(Kind::RabbitMq).await;
    let events = stage.events(1, 3);
    let first = stage.bus.publish(&events[..1]).await;
    assert_eq!(first, [Ok(())]);

    let url = setting("FIELDOPS_TEST_AMQP_URL");
    let broker = Connection::connect(&url, ConnectionProperties::default()).await.unwrap();
    let channel = broker.create_channel().await.unwrap();
    for partition in 0..4 {
        let queue = format!("fieldops.{}.{partition}", stage.consumer.name());
        channel.queue_delete(queue.as_str().into(), QueueDeleteOptions::default()).await.unwrap();
    }
    let answers = stage.bus.publish(&events[1..]).await;
    assert!(matches!(answers[..], [Err(BusError::Refused(_)), Err(BusError::Refused(_))]));

    eventually("the queues are there again", async || {
        (stage.bus.publish(&events[1..]).await == [Ok(()), Ok(())]).then_some(())
    })
    .await;
    stage.subscribe(&stage.consumer).await;
    stage.taken_once(&events[1..]).await;
}

/// Faults 5 and 10, bounded: the broker dies under writes and comes back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writes_go_on_while_the_broker_is_dead_and_nothing_is_lost_or_doubled() {
    let _alone = BROKER.write().await;
    let stage = Arc::new(Stage::new(Kind::RabbitMq).await);
    stage.subscribe(&stage.consumer).await;
    let process = Arc::new(stage.writer());
    let (stop, written) = (CancellationToken::new(), Arc::new(AtomicUsize::new(0)));
    let writer = tokio::spawn({
        let (stage, process, stop) = (Arc::clone(&stage), Arc::clone(&process), stop.clone());
        let written = Arc::clone(&written);
        async move {
            let mut ledger = Vec::new();
            let mut pace = tokio::time::interval(Duration::from_millis(20));
            while !stop.is_cancelled() {
                let events = stage.events(2, 2);
                stage.write(&process, &events).await;
                process.outbox.wake(stage.tenant);
                written.fetch_add(events.len(), Ordering::SeqCst);
                ledger.extend(events);
                pace.tick().await;
            }
            ledger
        }
    });
    // Two seconds' worth: RabbitMQ writes down twice a second which quorum queues it has, and one
    // that it had not written down when it died never finds its leader again.
    eventually("events flow", async || {
        (stage.consumer.committed.load(Ordering::SeqCst) > 400).then_some(())
    })
    .await;
    control("kill").await;
    let dead_since = written.load(Ordering::SeqCst);
    eventually("writes go on without a broker", async || {
        (written.load(Ordering::SeqCst) > dead_since + 20).then_some(())
    })
    .await;
    control("start").await;
    control("wait").await;
    let before = stage.consumer.committed.load(Ordering::SeqCst);
    eventually("events flow again", async || {
        (stage.consumer.committed.load(Ordering::SeqCst) > before + 20).then_some(())
    })
    .await;
    stop.cancel();
    let ledger = writer.await.unwrap();
    stage.all_sent().await;
    stage.taken_once(&ledger).await;
    assert!(stage.dead().await.is_empty());
}

/// Faults 11 and 14: one tenant's database is away, the consumers are not.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tenant_whose_database_is_away_holds_up_no_other_and_loses_nothing() {
    let _shared = BROKER.read().await;
    let stage = Stage::new(Kind::RabbitMq).await;
    // A neighbour in the same partition, which is told by the last byte.
    let mut id = stage.tenant.uuid().into_bytes();
    id[8] ^= 1;
    let neighbour = tenant(&stage.world, Uuid::from_bytes(id).into()).await;
    let of = |tenant| {
        let mut events = stage.events(150, 2);
        for event in &mut events {
            event.tenant = tenant;
        }
        events
    };
    let (held, free) = (of(stage.tenant), of(neighbour));
    stage.world.set_away(stage.tenant, true).await;
    stage.subscribe(&stage.consumer).await;
    for batch in held.chunks(50).chain(free.chunks(50)) {
        assert!(stage.bus.publish(batch).await.iter().all(Result::is_ok));
    }
    stage.taken_once(&free).await;
    stage.world.set_away(stage.tenant, false).await;
    stage.taken_once(&held).await;
    assert!(stage.dead().await.is_empty());
}

async fn control(action: &'static str) {
    let command = setting("FIELDOPS_TEST_RABBIT_CTL");
    let status = tokio::task::spawn_blocking(move || Command::new(command).arg(action).status());
    assert!(status.await.unwrap().unwrap().success(), "{action}");
}

/// Faults 13 and 15: a broker that accepts everything and answers nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_that_stops_answering_fails_a_publish_in_bounded_time() {
    let _shared = BROKER.read().await;
    let stage = Stage::new(Kind::RabbitMq).await;
    let url: lapin::uri::AMQPUri = setting("FIELDOPS_TEST_AMQP_URL").parse().unwrap();
    let (mut through, gate) = (url.clone(), CancellationToken::new());
    through.authority.port = proxy(url.authority.port, gate.clone()).await;
    let interests = vec![Interest::of(&*stage.consumer)];
    let bus = events::rabbitmq(&through.to_string(), interests).unwrap();

    let events = stage.events(1, 2);
    assert_eq!(bus.publish(&events[..1]).await, [Ok(())]);
    gate.cancel();
    let answers = tokio::time::timeout(Duration::from_mins(2), bus.publish(&events[1..])).await;
    let answers = answers.expect("an answer in bounded time");
    assert!(matches!(answers[..], [Err(BusError::Away(_))]), "{answers:?}");
}

/// Forwards to `port` until the gate closes; then it swallows what comes.
async fn proxy(port: u16, gate: CancellationToken) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let own = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        loop {
            let (mut client, _) = listener.accept().await.unwrap();
            let gate = gate.clone();
            tokio::spawn(async move {
                let mut broker = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
                tokio::select! {
                    _ = copy_bidirectional(&mut client, &mut broker) => {}
                    () = gate.cancelled() => std::future::pending().await,
                }
            });
        }
    });
    own
}

/// A broker that is not there keeps nobody from starting.
#[tokio::test]
async fn a_bus_without_a_broker_starts_and_says_that_it_is_away() {
    let stage = Stage::new(Kind::InProcess).await;
    let interests = vec![Interest::of(&*stage.consumer)];
    let bus = events::rabbitmq("amqp://127.0.0.1:1/%2f", interests).unwrap();
    let event = stage.event(Uuid::now_v7(), 1, 1);
    assert!(matches!(bus.publish(&[event]).await[..], [Err(BusError::Away(_))]));
    assert!(events::rabbitmq("not a url", Vec::new()).is_err());
}
