//! Consuming: one connection per consumer, one channel per partition, one lane per tenant.
//!
//! A lane takes a tenant's events in batches. When they cannot be taken now (the tenant's database
//! is away) the lane holds a few of them and tries again with growing pauses, without returning
//! them to the broker; further ones go to `fieldops.later`. The other lanes go on.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use contracts::Envelope;
use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use futures::{FutureExt, StreamExt};
use kernel::TenantId;
use lapin::message::Delivery;
use lapin::options::{BasicAckOptions, BasicConsumeOptions, BasicQosOptions};
use lapin::types::FieldTable;
use lapin::{Channel, Connection, Consumer};
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::dead;
use super::link::{Link, away};
use super::publish::{Message, Publisher};
use super::topology::{LATER, PARTITIONS, queue};
use crate::bus::{BusError, ConsumeError, Subscriber};
use crate::queue::backoff;
use crate::take::take;

/// Deliveries on their way to one partition's consumer.
const PREFETCH: u16 = 200;
/// Events taken in one transaction.
const BATCH: usize = 50;
/// Events a failing lane holds; what comes beyond goes to [`LATER`].
const HELD: usize = 5;
/// A session that lasted longer than this was a good one: the next try comes at once.
const STEADY: Duration = Duration::from_secs(20);
/// How long a session takes to begin consuming, and how often it looks whether its connection is
/// still there: a broker that dies between two frames must not leave anyone waiting for its answer.
const ANSWER: Duration = Duration::from_secs(10);
const LOOK: Duration = Duration::from_secs(2);
/// How long a stopping consumer finishes what it has begun.
const LAST: Duration = Duration::from_secs(5);

/// Consumes until `token` is cancelled, through any number of connections.
pub(super) async fn run(
    link: Arc<Link>,
    publisher: Arc<Publisher>,
    subscriber: Subscriber,
    token: CancellationToken,
) {
    let name = subscriber.consumer.name();
    let mut failures = 0;
    while !token.is_cancelled() {
        let began = Instant::now();
        let session = async {
            let connection = link.connect(&format!("fieldops consumer {name}")).await?;
            tracing::info!(consumer = name, "connected to the broker to consume");
            consume(&connection, &publisher, &subscriber, &token).await
        };
        if let Err(error) = session.await {
            failures = if began.elapsed() > STEADY { 1 } else { failures + 1 };
            tracing::warn!(consumer = name, %error, "consuming stopped; it will be tried again");
            tokio::select! {
                () = sleep(backoff(failures)) => {}
                () = token.cancelled() => {}
            }
        }
    }
}

/// Consumes all partitions over one connection until it breaks or `token` is cancelled.
async fn consume(
    connection: &Connection,
    publisher: &Arc<Publisher>,
    subscriber: &Subscriber,
    token: &CancellationToken,
) -> Result<(), BusError> {
    let partitions = (0..PARTITIONS).map(async |partition| {
        let worker = Worker {
            queue: queue(subscriber.consumer.name(), partition),
            publisher: Arc::clone(publisher),
            subscriber: subscriber.clone(),
            token: token.clone(),
        };
        Lanes { worker: Arc::new(worker), lanes: HashMap::new(), work: FuturesUnordered::new() }
            .run(connection)
            .await
    });
    tokio::select! {
        done = futures::future::try_join_all(partitions) => done.map(|_| ()),
        () = gone(connection) => Err(BusError::Away("the connection is gone".into())),
    }
}

/// Waits until the connection is there no more.
async fn gone(connection: &Connection) {
    while connection.status().connected() {
        sleep(LOOK).await;
    }
}

/// Begins to consume a queue, on a channel of its own.
async fn begin(connection: &Connection, queue: &str) -> Result<(Channel, Consumer), BusError> {
    let beginning = async {
        let channel = connection.create_channel().await?;
        channel.basic_qos(PREFETCH, BasicQosOptions::default()).await?;
        let options = BasicConsumeOptions::default();
        let consumer =
            channel.basic_consume(queue.into(), "".into(), options, FieldTable::default()).await?;
        Ok((channel, consumer))
    };
    match timeout(ANSWER, beginning).await {
        Ok(begun) => begun.map_err(|error: lapin::Error| away(&error)),
        Err(_) => Err(BusError::Away("the broker does not answer".into())),
    }
}

/// What all lanes of a partition share.
struct Worker {
    queue: String,
    publisher: Arc<Publisher>,
    subscriber: Subscriber,
    token: CancellationToken,
}

/// An event with the means to acknowledge it.
struct Item {
    envelope: Envelope,
    delivery: Delivery,
}

#[derive(Default)]
struct Lane {
    waiting: VecDeque<Item>,
    busy: bool,
    failures: u32,
}

/// The end of some work.
enum Done {
    /// A batch of this tenant; what could not be taken now comes back.
    Batch(TenantId, Vec<Item>),
    /// A single message that was put elsewhere.
    Moved,
}

struct Lanes {
    worker: Arc<Worker>,
    lanes: HashMap<TenantId, Lane>,
    work: FuturesUnordered<BoxFuture<'static, Result<Done, BusError>>>,
}

impl Lanes {
    async fn run(mut self, connection: &Connection) -> Result<(), BusError> {
        let broken = |error: lapin::Error| away(&error);
        // The channel lives as long as what is acknowledged over it.
        let (_channel, mut deliveries) = begin(connection, &self.worker.queue).await?;
        let token = self.worker.token.clone();
        loop {
            tokio::select! {
                () = token.cancelled() => break,
                Some(done) = self.work.next() => self.finish(done?),
                delivery = deliveries.next() => match delivery {
                    Some(delivery) => {
                        self.accept(delivery.map_err(broken)?);
                        // What has arrived already belongs to the same batches.
                        while let Some(Some(more)) = deliveries.next().now_or_never() {
                            self.accept(more.map_err(broken)?);
                        }
                        self.start();
                    }
                    None => return Err(BusError::Away("the broker ended the consumer".into())),
                },
            }
        }
        // What is under way may finish; the broker delivers the rest again, elsewhere or later.
        let _ = timeout(LAST, async { while self.work.next().await.is_some() {} }).await;
        Ok(())
    }

    fn accept(&mut self, delivery: Delivery) {
        let envelope: Envelope = match serde_json::from_slice(&delivery.data) {
            Ok(envelope) => envelope,
            Err(error) => {
                let reason = format!("not an envelope: {error}");
                let worker = Arc::clone(&self.worker);
                self.work.push(worker.bury(delivery, reason).boxed());
                return;
            }
        };
        let lane = self.lanes.entry(envelope.tenant).or_default();
        let item = Item { envelope, delivery };
        if lane.failures > 0 && lane.waiting.len() >= HELD {
            self.work.push(Arc::clone(&self.worker).put_off(item).boxed());
        } else {
            lane.waiting.push_back(item);
        }
    }

    fn finish(&mut self, done: Done) {
        let Done::Batch(tenant, left) = done else { return };
        let lane = self.lanes.entry(tenant).or_default();
        lane.busy = false;
        lane.failures = if left.is_empty() { 0 } else { lane.failures + 1 };
        for item in left.into_iter().rev() {
            lane.waiting.push_front(item);
        }
        if lane.failures > 0 {
            let kept = lane.waiting.len().min(HELD);
            for item in lane.waiting.drain(kept..) {
                self.work.push(Arc::clone(&self.worker).put_off(item).boxed());
            }
        }
        self.start();
    }

    fn start(&mut self) {
        self.lanes.retain(|_, lane| lane.busy || !lane.waiting.is_empty());
        for (tenant, lane) in &mut self.lanes {
            if !lane.busy {
                lane.busy = true;
                let batch = lane.waiting.drain(..lane.waiting.len().min(BATCH)).collect();
                let worker = Arc::clone(&self.worker);
                self.work.push(worker.batch(*tenant, batch, lane.failures).boxed());
            }
        }
    }
}

impl Worker {
    async fn batch(
        self: Arc<Self>,
        tenant: TenantId,
        items: Vec<Item>,
        failures: u32,
    ) -> Result<Done, BusError> {
        if failures > 0 {
            tokio::select! {
                () = sleep(backoff(failures)) => {}
                () = self.token.cancelled() => {}
            }
        }
        let envelopes: Vec<&Envelope> = items.iter().map(|item| &item.envelope).collect();
        let answers = take(&self.subscriber, tenant, &envelopes).await;
        let mut left = Vec::new();
        for (item, answer) in items.into_iter().zip(answers) {
            match answer {
                Ok(()) => ack(&item.delivery).await?,
                Err(ConsumeError::Poison(reason)) => {
                    Arc::clone(&self).bury(item.delivery, reason).await?;
                }
                Err(ConsumeError::Retry(reason)) => {
                    let consumer = self.subscriber.consumer.name();
                    tracing::warn!(consumer, %tenant, reason, "an event waits");
                    left.push(item);
                }
            }
        }
        Ok(Done::Batch(tenant, left))
    }

    /// Puts a message aside for good, and only then acknowledges it.
    async fn bury(self: Arc<Self>, delivery: Delivery, reason: String) -> Result<Done, BusError> {
        let consumer = self.subscriber.consumer.name();
        tracing::error!(consumer, reason, "an event was put aside");
        metrics::counter!("fieldops_events_dead_total", "consumer" => consumer).increment(1);
        let now = self.subscriber.clock.now();
        self.put(dead::letter(&self.queue, &delivery, &reason, now)).await?;
        ack(&delivery).await?;
        Ok(Done::Moved)
    }

    /// Lets an event come again in a few seconds.
    async fn put_off(self: Arc<Self>, item: Item) -> Result<Done, BusError> {
        let message = Message {
            exchange: LATER,
            key: self.queue.clone(),
            kind: None,
            id: item.envelope.id.to_string(),
            headers: FieldTable::default(),
            body: item.delivery.data.clone(),
        };
        self.put(message).await?;
        ack(&item.delivery).await?;
        Ok(Done::Moved)
    }

    /// Publishes a message, trying until it is confirmed: a broker that takes nothing now must not
    /// make this session end, because each end counts as a delivery of all that is held.
    async fn put(&self, message: Message) -> Result<(), BusError> {
        let message = [message];
        for failures in 1.. {
            let Err(failure) = self.publisher.publish(&message).await.remove(0) else { break };
            tracing::warn!(?failure, "a message cannot be moved; it is held");
            tokio::select! {
                () = sleep(backoff(failures)) => {}
                () = self.token.cancelled() => return Err(failure.into()),
            }
        }
        Ok(())
    }
}

async fn ack(delivery: &Delivery) -> Result<(), BusError> {
    delivery.ack(BasicAckOptions::default()).await.map(|_| ()).map_err(|error| away(&error))
}
