//! What a bus promises and what a consumer must do, whichever bus carries the event.

use std::sync::Arc;

use async_trait::async_trait;
use contracts::Envelope;
use kernel::{EventId, SharedClock, TenantId, Timestamp};
use tenancy::{TenancyError, Tenants};
use tokio_util::sync::CancellationToken;

/// Carries events from relays to consumers, at least once.
#[async_trait]
pub trait Bus: Send + Sync {
    /// Publishes, and answers for each event in turn. `Ok` means that every consumer that wants
    /// the event has it safely: a broker's confirmation, or the consumer's own commit.
    async fn publish(&self, events: &[Envelope]) -> Vec<Result<(), BusError>>;

    /// Starts to feed a subscriber until `token` is cancelled. Reconnects by itself; fails only
    /// where the subscriber's name is not among the bus's interests.
    async fn subscribe(
        &self,
        subscriber: Subscriber,
        token: CancellationToken,
    ) -> Result<(), BusError>;

    /// At most `limit` events that were put aside as never takeable. Looking changes nothing.
    async fn dead_letters(&self, limit: usize) -> Result<Vec<DeadLetter>, BusError>;

    /// Gives an event that was put aside to its consumers again. False where there is none.
    async fn replay(&self, id: EventId) -> Result<bool, BusError>;
}

/// Why an event was not published.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BusError {
    /// The bus cannot be reached or takes nothing now; the same holds for any other event.
    #[error("the bus is away: {0}")]
    Away(String),
    /// This event was not taken; others may be.
    #[error("the event was refused: {0}")]
    Refused(String),
}

/// Takes events of some types into one service's tables.
#[async_trait]
pub trait Consumer: Send + Sync {
    /// A name that never changes: it is part of the inbox and of queue names. Lower case letters,
    /// digits and dots.
    fn name(&self) -> &'static str;

    /// The exact types taken, such as `planning.task.v1`.
    fn types(&self) -> &'static [&'static str];

    /// Writes the event's effect. `tx` commits together with the event's inbox row, and may hold
    /// other events of the same tenant; an error takes them all back and they are taken one by
    /// one. News may be late: compare versions.
    async fn take(&self, tx: &mut sqlx::PgConnection, event: &Envelope)
    -> Result<(), ConsumeError>;

    /// Whether [`Consumer::take`] leaves background work in its transaction: then the service's
    /// jobs are looked at after the commit.
    fn leaves_jobs(&self) -> bool {
        false
    }

    /// After the commit, for example to wake live streams. Not called for a second delivery, and
    /// not if the process dies first.
    async fn committed(&self, _tenant: TenantId, _event: &Envelope) {}
}

/// Why a consumer did not take an event.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConsumeError {
    /// It never will be takeable: put aside for a person to look at.
    #[error("never takeable: {0}")]
    Poison(String),
    /// Not now: kept and tried again until it works.
    #[error("not now: {0}")]
    Retry(String),
}

impl From<sqlx::Error> for ConsumeError {
    /// Data that PostgreSQL refuses for what it is (class 22, data exception, and 23, integrity
    /// constraint) will be refused again; anything else may pass.
    fn from(error: sqlx::Error) -> Self {
        let refused = error
            .as_database_error()
            .and_then(sqlx::error::DatabaseError::code)
            .is_some_and(|code| code.starts_with("22") || code.starts_with("23"));
        if refused { Self::Poison(error.to_string()) } else { Self::Retry(error.to_string()) }
    }
}

impl From<serde_json::Error> for ConsumeError {
    /// A payload that does not read now never will.
    fn from(error: serde_json::Error) -> Self {
        Self::Poison(format!("the payload does not read: {error}"))
    }
}

impl From<TenancyError> for ConsumeError {
    /// A tenant that cannot be reached now may be later, also one that is suspended.
    fn from(error: TenancyError) -> Self {
        Self::Retry(error.to_string())
    }
}

/// A consumer with its way to the tenants' databases.
#[derive(Clone)]
pub struct Subscriber {
    /// The tenants' databases, with the role of the consumer's service.
    pub tenants: Tenants,
    /// The consumer.
    pub consumer: Arc<dyn Consumer>,
    /// Tells when an event was taken.
    pub clock: SharedClock,
}

/// An event that a consumer could not take, put aside.
#[derive(Debug, Clone, PartialEq)]
pub struct DeadLetter {
    /// The event's id; none where the message was no envelope at all.
    pub id: Option<EventId>,
    /// The consumer that could not take it.
    pub consumer: String,
    /// Why.
    pub reason: String,
    /// When it was put aside, where that is known.
    pub at: Option<Timestamp>,
    /// The event; none where the message was no envelope at all.
    pub envelope: Option<Envelope>,
}
