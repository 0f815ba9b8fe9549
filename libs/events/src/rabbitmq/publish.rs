//! Publishing: persistent, mandatory, confirmed, within a time limit.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use contracts::Envelope;
use futures::future::join_all;
use lapin::options::{BasicPublishOptions, ConfirmSelectOptions};
use lapin::types::FieldTable;
use lapin::{BasicProperties, Channel, Confirmation, Connection};
use tokio::time::{Instant, timeout};

use super::link::{Link, away};
use super::topology::{EVENTS, partition, routing_key};
use crate::bus::BusError;
use crate::queue::backoff;

/// How long a batch may take until all of it is confirmed.
const CONFIRMED: Duration = Duration::from_secs(5);
/// AMQP's mark for messages that survive the broker's restart.
const PERSISTENT: u8 = 2;

/// A message to publish.
pub(super) struct Message {
    pub exchange: &'static str,
    pub key: String,
    /// The event's type; none for a message to one queue.
    pub kind: Option<String>,
    /// Its id; unique within a batch.
    pub id: String,
    pub headers: FieldTable,
    pub body: Vec<u8>,
}

/// Why a message was not published.
#[derive(Debug, Clone)]
pub(super) enum Failure {
    /// No connection, or no answer in time.
    Away(String),
    /// No queue is bound for it; the broker returned it.
    Unroutable(String),
    /// The broker would not keep it.
    Refused(String),
}

impl From<BusError> for Failure {
    fn from(error: BusError) -> Self {
        match error {
            BusError::Away(text) => Self::Away(text),
            BusError::Refused(text) => Self::Refused(text),
        }
    }
}

impl From<Failure> for BusError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Away(text) => Self::Away(text),
            Failure::Unroutable(text) | Failure::Refused(text) => Self::Refused(text),
        }
    }
}

impl Message {
    /// An event on its way to all who listen.
    pub fn event(event: &Envelope) -> Self {
        Self {
            exchange: EVENTS,
            key: routing_key(partition(event.tenant), &event.kind),
            kind: Some(event.kind.clone()),
            id: event.id.to_string(),
            headers: FieldTable::default(),
            // An envelope is made of strings, numbers and JSON: it always serializes.
            body: serde_json::to_vec(event).unwrap_or_default(),
        }
    }
}

/// The process's publishing connection, made anew when it breaks.
pub(super) struct Publisher {
    link: Arc<Link>,
    state: tokio::sync::Mutex<State>,
}

struct State {
    live: Option<Arc<Live>>,
    failures: u32,
    /// No new connection is tried before this.
    not_before: Instant,
}

/// A connection with the channels that are free. A batch has a channel to itself, because returned
/// messages are told apart by channel only.
struct Live {
    connection: Connection,
    free: Mutex<Vec<Channel>>,
}

impl Publisher {
    pub fn new(link: Arc<Link>) -> Self {
        let state = State { live: None, failures: 0, not_before: Instant::now() };
        Self { link, state: tokio::sync::Mutex::new(state) }
    }

    /// Publishes a batch and answers for each message in turn.
    pub async fn publish(&self, messages: &[Message]) -> Vec<Result<(), Failure>> {
        let all = |failure: Failure| vec![Err(failure); messages.len()];
        let live = match self.live().await {
            Ok(live) => live,
            Err(error) => return all(error.into()),
        };
        match timeout(CONFIRMED, live.publish(messages)).await {
            Ok(Ok(answers)) => {
                if messages.iter().zip(&answers).any(|(message, answer)| self.lost(message, answer))
                {
                    // A queue or binding of ours is gone: a new connection declares it anew.
                    self.discard(&live).await;
                }
                answers
            }
            Ok(Err(error)) => {
                self.discard(&live).await;
                all(away(&error).into())
            }
            Err(_) => {
                self.discard(&live).await;
                all(Failure::Away("the broker did not confirm in time".into()))
            }
        }
    }

    async fn live(&self) -> Result<Arc<Live>, BusError> {
        let mut state = self.state.lock().await;
        if let Some(live) = &state.live
            && live.connection.status().connected()
        {
            return if live.connection.status().blocked() {
                Err(BusError::Away("the broker takes no messages now (its alarm is on)".into()))
            } else {
                Ok(Arc::clone(live))
            };
        }
        state.live = None;
        if Instant::now() < state.not_before {
            return Err(BusError::Away("the broker is away; the next try is soon".into()));
        }
        match self.link.connect("fieldops publisher").await {
            Ok(connection) => {
                tracing::info!("connected to the broker to publish");
                let live = Arc::new(Live { connection, free: Mutex::default() });
                state.live = Some(Arc::clone(&live));
                state.failures = 0;
                Ok(live)
            }
            Err(error) => {
                state.failures += 1;
                state.not_before = Instant::now() + backoff(state.failures);
                Err(error)
            }
        }
    }

    /// Whether a message was returned although somebody listens.
    fn lost(&self, message: &Message, answer: &Result<(), Failure>) -> bool {
        let listened = message.kind.as_ref().is_none_or(|kind| self.link.wanted(kind));
        listened && matches!(answer, Err(Failure::Unroutable(_)))
    }

    /// Drops a connection that failed; the next batch makes a new one.
    async fn discard(&self, broken: &Arc<Live>) {
        let mut state = self.state.lock().await;
        if state.live.as_ref().is_some_and(|live| Arc::ptr_eq(live, broken)) {
            state.live = None;
            state.failures += 1;
            state.not_before = Instant::now() + backoff(state.failures);
        }
    }
}

impl Live {
    /// Fails as a whole when the connection or channel broke: then what was confirmed is unknown.
    async fn publish(&self, messages: &[Message]) -> lapin::Result<Vec<Result<(), Failure>>> {
        let channel = self.channel().await?;
        let mut confirms = Vec::with_capacity(messages.len());
        for message in messages {
            let properties = BasicProperties::default()
                .with_message_id(message.id.as_str().into())
                .with_content_type("application/json".into())
                .with_delivery_mode(PERSISTENT)
                .with_headers(message.headers.clone());
            let options = BasicPublishOptions { mandatory: true, ..Default::default() };
            let exchange = message.exchange.into();
            let key = message.key.as_str().into();
            let confirm =
                channel.basic_publish(exchange, key, options, &message.body, properties).await?;
            confirms.push(confirm);
        }
        let confirmations: Vec<Confirmation> =
            join_all(confirms).await.into_iter().collect::<lapin::Result<_>>()?;
        // A returned message comes with some confirmation of its channel, not always its own.
        let mut returned = HashSet::new();
        let mut kept = Vec::with_capacity(messages.len());
        for confirmation in confirmations {
            kept.push(confirmation.is_ack());
            if let Some(message) = confirmation.take_message()
                && let Some(id) = message.delivery.properties.message_id()
            {
                returned.insert(id.to_string());
            }
        }
        let answers = messages.iter().zip(kept).map(|(message, kept)| {
            if returned.contains(&message.id) {
                Err(Failure::Unroutable(format!("no queue is bound to {}", message.key)))
            } else if kept {
                Ok(())
            } else {
                Err(Failure::Refused("the broker would not keep it".into()))
            }
        });
        let answers = answers.collect();
        self.free().push(channel);
        Ok(answers)
    }

    async fn channel(&self) -> lapin::Result<Channel> {
        let free = self.free().pop();
        if let Some(channel) = free {
            return Ok(channel);
        }
        let channel = self.connection.create_channel().await?;
        channel.confirm_select(ConfirmSelectOptions::default()).await?;
        Ok(channel)
    }

    fn free(&self) -> std::sync::MutexGuard<'_, Vec<Channel>> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
