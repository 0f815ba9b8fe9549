//! Dead letters: put there, looked at, given again.

use contracts::Envelope;
use kernel::{EventId, Timestamp};
use lapin::message::Delivery;
use lapin::options::{BasicAckOptions, BasicGetOptions};
use lapin::types::{AMQPValue, FieldTable};

use super::link::{Link, away};
use super::publish::{Message, Publisher};
use super::topology::{DEAD, consumer_of, partition, queue};
use crate::bus::{BusError, DeadLetter};

const QUEUE: &str = "x-fieldops-queue";
const REASON: &str = "x-fieldops-reason";
const AT: &str = "x-fieldops-at";
/// Set by the broker when a queue's delivery limit is reached.
const BROKER_QUEUE: &str = "x-first-death-queue";
const BROKER_REASON: &str = "x-first-death-reason";

/// The message that puts `delivery`, of `queue`, aside.
pub(super) fn letter(queue: &str, delivery: &Delivery, reason: &str, at: Timestamp) -> Message {
    let mut headers = FieldTable::default();
    for (key, value) in [(QUEUE, queue), (REASON, reason), (AT, &at.to_rfc3339())] {
        headers.insert(key.into(), AMQPValue::LongString(value.into()));
    }
    Message {
        exchange: DEAD,
        key: String::new(),
        kind: None,
        id: id(delivery),
        headers,
        body: delivery.data.clone(),
    }
}

/// At most `limit` dead letters. They are fetched, not acknowledged, and go back when the
/// connection closes.
pub(super) async fn look(link: &Link, limit: usize) -> Result<Vec<DeadLetter>, BusError> {
    let connection = link.connect("fieldops dead letters").await?;
    let channel = connection.create_channel().await.map_err(|e| away(&e))?;
    let mut letters = Vec::new();
    while letters.len() < limit {
        let next = channel.basic_get(DEAD.into(), BasicGetOptions::default());
        let Some(message) = next.await.map_err(|e| away(&e))? else { break };
        letters.push(read(&message.delivery));
    }
    close(&connection).await;
    Ok(letters)
}

/// Puts every dead letter of this event back into its consumer's queue.
pub(super) async fn replay(
    link: &Link,
    publisher: &Publisher,
    id: EventId,
) -> Result<bool, BusError> {
    let connection = link.connect("fieldops dead letters").await?;
    let channel = connection.create_channel().await.map_err(|e| away(&e))?;
    let mut found = false;
    loop {
        let next = channel.basic_get(DEAD.into(), BasicGetOptions::default());
        let Some(message) = next.await.map_err(|e| away(&e))? else { break };
        let delivery = message.delivery;
        let letter = read(&delivery);
        let Some(envelope) = letter.envelope.filter(|e| e.id == id) else { continue };
        let again = Message {
            exchange: "", // the default exchange: the key is the queue
            key: queue(&letter.consumer, partition(envelope.tenant)),
            kind: None,
            id: id.to_string(),
            headers: FieldTable::default(),
            body: delivery.data.clone(),
        };
        if let Err(failure) = publisher.publish(&[again]).await.remove(0) {
            return Err(BusError::Away(format!("it stays a dead letter: {failure:?}")));
        }
        delivery.ack(BasicAckOptions::default()).await.map_err(|e| away(&e))?;
        found = true;
    }
    close(&connection).await;
    Ok(found)
}

fn read(delivery: &Delivery) -> DeadLetter {
    let envelope: Option<Envelope> = serde_json::from_slice(&delivery.data).ok();
    let queue = header(delivery, QUEUE).or_else(|| header(delivery, BROKER_QUEUE));
    let reason = header(delivery, REASON).or_else(|| header(delivery, BROKER_REASON));
    DeadLetter {
        id: envelope.as_ref().map(|e| e.id),
        consumer: consumer_of(&queue.unwrap_or_default()).to_owned(),
        reason: reason.unwrap_or_default(),
        at: header(delivery, AT).and_then(|at| at.parse().ok()),
        envelope,
    }
}

fn header(delivery: &Delivery, key: &str) -> Option<String> {
    match delivery.properties.headers().as_ref()?.inner().get(key)? {
        AMQPValue::LongString(text) => Some(text.to_string()),
        AMQPValue::ShortString(text) => Some(text.to_string()),
        _ => None,
    }
}

fn id(delivery: &Delivery) -> String {
    delivery.properties.message_id().as_ref().map(ToString::to_string).unwrap_or_default()
}

/// Closing waits for the broker, so what was fetched is back when this returns.
async fn close(connection: &lapin::Connection) {
    if let Err(error) = connection.close(200, "done".into()).await {
        tracing::debug!(%error, "the connection was gone already");
    }
}
