//! Exchanges and queues, and their names.

use kernel::TenantId;
use lapin::options::{ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{Channel, ExchangeKind};

use crate::interest::Interest;

/// Partitions of each consumer's events.
pub(super) const PARTITIONS: u8 = 4;
/// The exchange of all events.
pub(super) const EVENTS: &str = "fieldops.events";
/// The exchange and the queue of events that will never be takeable.
pub(super) const DEAD: &str = "fieldops.dead";
/// The exchange and the queue of events that wait for a database. The routing key is the queue
/// they go back to.
pub(super) const LATER: &str = "fieldops.later";

/// How long an event stays in [`LATER`].
const LATER_MS: i32 = 5_000;
/// Deliveries that ended in a lost connection before an event is put aside.
const DELIVERIES: i32 = 50;
/// Looking at the dead letters must not use up their own limit, which newer brokers set to 20.
const LOOKS: i32 = i32::MAX;

/// The partition of a tenant's events: the low bits of its id, which are random in a UUIDv7.
/// Stable, because queues' names hold it.
pub(super) fn partition(tenant: TenantId) -> u8 {
    tenant.uuid().as_bytes()[15] % PARTITIONS
}

/// The queue of a consumer and partition.
pub(super) fn queue(consumer: &str, partition: u8) -> String {
    format!("fieldops.{consumer}.{partition}")
}

/// The consumer in a queue's name.
pub(super) fn consumer_of(queue: &str) -> &str {
    let name = queue.strip_prefix("fieldops.").unwrap_or(queue);
    name.rsplit_once('.').map_or(name, |(consumer, _)| consumer)
}

/// The routing key of an event.
pub(super) fn routing_key(partition: u8, kind: &str) -> String {
    format!("{partition}.{kind}")
}

/// Declares everything. Repeatable; what is there is left as it is.
pub(super) async fn declare(channel: &Channel, interests: &[Interest]) -> lapin::Result<()> {
    exchange(channel, EVENTS, ExchangeKind::Topic).await?;
    exchange(channel, DEAD, ExchangeKind::Fanout).await?;
    exchange(channel, LATER, ExchangeKind::Fanout).await?;

    quorum(channel, DEAD, [("x-delivery-limit", AMQPValue::LongInt(LOOKS))]).await?;
    bind(channel, DEAD, DEAD, "").await?;

    // Back through the default exchange, by the routing key they came with.
    let back = [
        ("x-message-ttl", AMQPValue::LongInt(LATER_MS)),
        ("x-dead-letter-exchange", text("")),
        ("x-dead-letter-strategy", text("at-least-once")),
        ("x-overflow", text("reject-publish")),
    ];
    quorum(channel, LATER, back).await?;
    bind(channel, LATER, LATER, "").await?;

    for interest in interests {
        for partition in 0..PARTITIONS {
            let queue = queue(interest.consumer, partition);
            let arguments = [
                ("x-single-active-consumer", AMQPValue::Boolean(true)),
                ("x-delivery-limit", AMQPValue::LongInt(DELIVERIES)),
                ("x-dead-letter-exchange", text(DEAD)),
                ("x-dead-letter-strategy", text("at-least-once")),
                ("x-overflow", text("reject-publish")),
            ];
            quorum(channel, &queue, arguments).await?;
            for kind in interest.types {
                bind(channel, &queue, EVENTS, &routing_key(partition, kind)).await?;
            }
        }
    }
    Ok(())
}

async fn exchange(channel: &Channel, name: &str, kind: ExchangeKind) -> lapin::Result<()> {
    let options = ExchangeDeclareOptions { durable: true, ..Default::default() };
    channel.exchange_declare(name.into(), kind, options, FieldTable::default()).await
}

async fn quorum<const N: usize>(
    channel: &Channel,
    name: &str,
    arguments: [(&str, AMQPValue); N],
) -> lapin::Result<()> {
    let mut table = FieldTable::default();
    table.insert("x-queue-type".into(), text("quorum"));
    for (key, value) in arguments {
        table.insert(key.into(), value);
    }
    let options = QueueDeclareOptions { durable: true, ..Default::default() };
    channel.queue_declare(name.into(), options, table).await.map(|_| ())
}

async fn bind(channel: &Channel, queue: &str, exchange: &str, key: &str) -> lapin::Result<()> {
    let options = QueueBindOptions::default();
    channel
        .queue_bind(queue.into(), exchange.into(), key.into(), options, FieldTable::default())
        .await
}

fn text(value: &str) -> AMQPValue {
    AMQPValue::LongString(value.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_hold_the_consumer_and_the_partition_stays() {
        assert_eq!(consumer_of(&queue("reporting.facts", 3)), "reporting.facts");
        let tenant: TenantId = "0197b3c8-6a51-7d2e-8a53-3f9f1c2d4e5f".parse().unwrap();
        assert_eq!(partition(tenant), 3);
    }
}
