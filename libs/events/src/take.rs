//! Taking events in: a consumer's effect and the event's inbox row in one transaction.

use std::panic::AssertUnwindSafe;

use contracts::Envelope;
use futures::FutureExt;
use kernel::TenantId;
use tracing::Instrument;

use crate::bus::{ConsumeError, Subscriber};
use crate::store;

/// Takes events of one tenant, all in one transaction where that works and one by one where it
/// does not, and answers for each in turn. An event that was taken before is `Ok`, and so is one
/// of a type that the consumer does not name: a binding at the broker may outlive the wish.
pub(crate) async fn take(
    subscriber: &Subscriber,
    tenant: TenantId,
    events: &[&Envelope],
) -> Vec<Result<(), ConsumeError>> {
    match together(subscriber, tenant, events).await {
        Ok(()) => vec![Ok(()); events.len()],
        Err(Failure::Database(error)) => vec![Err(error); events.len()],
        Err(Failure::Event(error)) if events.len() == 1 => vec![Err(error)],
        Err(Failure::Event(_)) => {
            let mut answers = Vec::with_capacity(events.len());
            for event in events {
                let answer = together(subscriber, tenant, &[*event]).await;
                answers.push(answer.map_err(|(Failure::Database(e) | Failure::Event(e))| e));
            }
            answers
        }
    }
}

/// Why events were not taken together.
enum Failure {
    /// The tenant's database cannot be reached: the same holds for each of them.
    Database(ConsumeError),
    /// One of them, perhaps.
    Event(ConsumeError),
}

impl<E: Into<ConsumeError>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Event(error.into())
    }
}

async fn together(
    subscriber: &Subscriber,
    tenant: TenantId,
    events: &[&Envelope],
) -> Result<(), Failure> {
    let consumer = &subscriber.consumer;
    let now = subscriber.clock.now();
    let begun = subscriber.tenants.begin(tenant).await;
    let mut tx = begun.map_err(|error| Failure::Database(error.into()))?;
    let types = consumer.types();
    let wanted = events.iter().filter(|event| types.contains(&event.kind.as_str()));
    let ids: Vec<_> = wanted.map(|event| event.id.uuid()).collect();
    let new = store::remember(&mut tx, consumer.name(), &ids, now).await?;
    let mut taken: Vec<&Envelope> = Vec::with_capacity(new.len());
    for event in events {
        // The same event may stand twice in one batch.
        if !new.contains(&event.id.uuid()) || taken.iter().any(|t| t.id == event.id) {
            continue;
        }
        let span = span(consumer.name(), event);
        let work = AssertUnwindSafe(consumer.take(&mut tx, event)).catch_unwind().instrument(span);
        // An event that makes a consumer panic would do so at each delivery.
        work.await.unwrap_or_else(|_| Err(ConsumeError::Poison("the consumer panicked".into())))?;
        taken.push(event);
    }
    tx.commit().await?;
    for event in taken {
        let lag = (now - event.at).as_seconds_f64().max(0.0);
        metrics::histogram!("fieldops_consumer_lag_seconds", "consumer" => consumer.name())
            .record(lag);
        let told = AssertUnwindSafe(consumer.committed(tenant, event)).catch_unwind();
        if told.instrument(span(consumer.name(), event)).await.is_err() {
            tracing::error!(consumer = consumer.name(), event = %event.id, "panic after commit");
        }
    }
    Ok(())
}

/// The span of one event at one consumer, in the trace of the request that caused it.
fn span(consumer: &'static str, event: &Envelope) -> tracing::Span {
    let span = tracing::info_span!(
        "event",
        consumer,
        kind = event.kind,
        event = %event.id,
        tenant = %event.tenant,
        request_id = %event.request_id,
    );
    if let Some(trace) = &event.trace {
        runtime::telemetry::continue_trace(&span, trace);
    }
    span
}
