//! The bus within one process. It keeps nothing: an event counts as published when every consumer
//! that wants it has committed its effect (or has put it aside, durably, in `events.dead_letter`);
//! until then its outbox row stays unsent and the relay tries again.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use async_trait::async_trait;
use contracts::Envelope;
use futures::future::join_all;
use kernel::{EventId, TenantId};
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;

use crate::buried;
use crate::bus::{Bus, BusError, ConsumeError, DeadLetter, Subscriber};
use crate::interest::Interest;
use crate::take::take;

/// A bus for consumers of this process. `control` is where dead letters are kept; `interests`
/// names all consumers that will subscribe, and events wait for those that have not yet.
pub fn in_process(control: PgPool, interests: Vec<Interest>) -> Arc<dyn Bus> {
    Arc::new(InProcess { control, interests, subscribers: RwLock::default() })
}

struct InProcess {
    control: PgPool,
    interests: Vec<Interest>,
    subscribers: RwLock<HashMap<&'static str, (Subscriber, CancellationToken)>>,
}

#[async_trait]
impl Bus for InProcess {
    async fn publish(&self, events: &[Envelope]) -> Vec<Result<(), BusError>> {
        let mut by_tenant: HashMap<TenantId, Vec<usize>> = HashMap::new();
        for (at, event) in events.iter().enumerate() {
            by_tenant.entry(event.tenant).or_default().push(at);
        }
        let mut answers = vec![Ok(()); events.len()];
        for (tenant, places) in by_tenant {
            let all = self.interests.iter().map(|interest| {
                let wanted: Vec<usize> =
                    places.iter().copied().filter(|&at| interest.takes(&events[at].kind)).collect();
                self.give(interest, tenant, events, wanted)
            });
            for (at, answer) in join_all(all).await.into_iter().flatten() {
                if answer.is_err() {
                    answers[at] = answer;
                }
            }
        }
        answers
    }

    async fn subscribe(
        &self,
        subscriber: Subscriber,
        token: CancellationToken,
    ) -> Result<(), BusError> {
        let interest = Interest::of(&*subscriber.consumer);
        if !self.interests.contains(&interest) {
            let text = format!("nobody said that {} listens", interest.consumer);
            return Err(BusError::Refused(text));
        }
        let mut all = self.subscribers.write().unwrap_or_else(PoisonError::into_inner);
        all.insert(interest.consumer, (subscriber, token));
        Ok(())
    }

    async fn dead_letters(&self, limit: usize) -> Result<Vec<DeadLetter>, BusError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = buried::buried(&self.control, None, limit).await.map_err(away)?;
        let letters = rows.into_iter().map(|row| {
            let envelope: Option<Envelope> = serde_json::from_value(row.envelope).ok();
            DeadLetter {
                id: envelope.as_ref().map(|e| e.id),
                consumer: row.consumer,
                reason: row.reason,
                at: Some(row.at),
                envelope,
            }
        });
        Ok(letters.collect())
    }

    async fn replay(&self, id: EventId) -> Result<bool, BusError> {
        let rows = buried::buried(&self.control, Some(id), i64::MAX).await.map_err(away)?;
        for row in &rows {
            let event: Envelope = serde_json::from_value(row.envelope.clone())
                .map_err(|error| BusError::Refused(error.to_string()))?;
            let subscriber = self.subscriber(&row.consumer)?;
            match take(&subscriber, event.tenant, &[&event]).await.remove(0) {
                Ok(()) => buried::unbury(&self.control, &row.consumer, id).await.map_err(away)?,
                Err(error) => return Err(BusError::Refused(error.to_string())),
            }
        }
        Ok(!rows.is_empty())
    }
}

impl InProcess {
    fn subscriber(&self, consumer: &str) -> Result<Subscriber, BusError> {
        let all = self.subscribers.read().unwrap_or_else(PoisonError::into_inner);
        match all.get(consumer) {
            Some((subscriber, token)) if !token.is_cancelled() => Ok(subscriber.clone()),
            _ => Err(BusError::Away(format!("{consumer} has not subscribed"))),
        }
    }

    /// Gives a tenant's events to one consumer; answers by their places in `events`.
    async fn give(
        &self,
        interest: &Interest,
        tenant: TenantId,
        events: &[Envelope],
        wanted: Vec<usize>,
    ) -> Vec<(usize, Result<(), BusError>)> {
        if wanted.is_empty() {
            return Vec::new();
        }
        let subscriber = match self.subscriber(interest.consumer) {
            Ok(subscriber) => subscriber,
            Err(error) => return wanted.into_iter().map(|at| (at, Err(error.clone()))).collect(),
        };
        let batch: Vec<&Envelope> = wanted.iter().map(|&at| &events[at]).collect();
        let taken = take(&subscriber, tenant, &batch).await;
        let mut answers = Vec::with_capacity(wanted.len());
        for (at, result) in wanted.into_iter().zip(taken) {
            let answer = match result {
                Ok(()) => Ok(()),
                Err(ConsumeError::Retry(text)) => {
                    Err(BusError::Refused(format!("{}: {text}", interest.consumer)))
                }
                Err(ConsumeError::Poison(text)) => self.bury(&subscriber, &events[at], &text).await,
            };
            answers.push((at, answer));
        }
        answers
    }

    async fn bury(&self, to: &Subscriber, event: &Envelope, reason: &str) -> Result<(), BusError> {
        let consumer = to.consumer.name();
        tracing::error!(consumer, event = %event.id, reason, "an event was put aside");
        metrics::counter!("fieldops_events_dead_total", "consumer" => consumer).increment(1);
        buried::bury(&self.control, consumer, event, reason, to.clock.now()).await.map_err(away)
    }
}

fn away(error: sqlx::Error) -> BusError {
    BusError::Away(error.to_string())
}
