//! The bus over RabbitMQ.
//!
//! # At the broker
//! * `fieldops.events`, a durable topic exchange. Routing key: `PARTITION.TYPE`, the partition a
//!   stable hash of the tenant.
//! * `fieldops.CONSUMER.PARTITION`, a quorum queue for each consumer and partition, with a single
//!   active consumer: events of a tenant are taken by one process at a time.
//! * `fieldops.dead`, where events that will never be takeable wait for a person. A consumer puts
//!   them there itself (confirmed, with the reason, before it acknowledges); the queues' delivery
//!   limit, which only a crash at each delivery can reach, leads there too.
//! * `fieldops.later`, where events of a tenant whose database is away spend a few seconds, so
//!   that they do not take up the window of the other tenants of the partition.
//!
//! Every process declares all of it at each new connection, before it publishes or consumes: no
//! event is published before the queues of all consumers exist.
//!
//! # Failures
//! Publishing is mandatory and confirmed; a returned message is a failure unless nobody listens to
//! its type. Connections that break are made again here, with growing pauses. While the broker
//! blocks publishers (its disk or memory alarm) publishing fails at once or after a few seconds,
//! and events stay in the outbox: nothing piles up in memory. A consumer acknowledges after its
//! commit only, and holds what it cannot take now instead of returning it, so the delivery limit
//! is not used up.

mod consume;
mod dead;
mod link;
mod publish;
mod topology;

use std::sync::Arc;

use async_trait::async_trait;
use contracts::Envelope;
use kernel::EventId;
use tokio_util::sync::CancellationToken;

use crate::bus::{Bus, BusError, DeadLetter, Subscriber};
use crate::interest::Interest;
use link::Link;
use publish::{Failure, Message, Publisher};

/// The bus at a broker's URL (`amqp://…`). Connects when first used, so a broker that is away
/// does not keep a service from starting. `interests` names all consumers of the house, also
/// those of other processes.
pub fn rabbitmq(url: &str, interests: Vec<Interest>) -> Result<Arc<dyn Bus>, BusError> {
    let link = Arc::new(Link::new(url, interests)?);
    Ok(Arc::new(RabbitMq { publisher: Arc::new(Publisher::new(Arc::clone(&link))), link }))
}

struct RabbitMq {
    link: Arc<Link>,
    publisher: Arc<Publisher>,
}

#[async_trait]
impl Bus for RabbitMq {
    async fn publish(&self, events: &[Envelope]) -> Vec<Result<(), BusError>> {
        let messages: Vec<_> = events.iter().map(Message::event).collect();
        let answers = self.publisher.publish(&messages).await;
        let answer = |(event, answer): (&Envelope, Result<(), Failure>)| match answer {
            Ok(()) => Ok(()),
            Err(Failure::Unroutable(_)) if !self.link.wanted(&event.kind) => Ok(()),
            Err(failure) => Err(failure.into()),
        };
        events.iter().zip(answers).map(answer).collect()
    }

    async fn subscribe(
        &self,
        subscriber: Subscriber,
        token: CancellationToken,
    ) -> Result<(), BusError> {
        let interest = Interest::of(&*subscriber.consumer);
        if !self.link.interests.contains(&interest) {
            let text = format!("nobody said that {} listens", interest.consumer);
            return Err(BusError::Refused(text));
        }
        let (link, publisher) = (Arc::clone(&self.link), Arc::clone(&self.publisher));
        tokio::spawn(consume::run(link, publisher, subscriber, token));
        Ok(())
    }

    async fn dead_letters(&self, limit: usize) -> Result<Vec<DeadLetter>, BusError> {
        dead::look(&self.link, limit).await
    }

    async fn replay(&self, id: EventId) -> Result<bool, BusError> {
        dead::replay(&self.link, &self.publisher, id).await
    }
}
