//! The SQL of the in-process bus's dead letters, in the control database.

use contracts::Envelope;
use kernel::{EventId, TenantId, Timestamp};
use sqlx::PgPool;

/// Puts an event aside for a consumer of the in-process bus.
pub(crate) async fn bury(
    control: &PgPool,
    consumer: &str,
    event: &Envelope,
    reason: &str,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let envelope = serde_json::to_value(event).map_err(|e| sqlx::Error::Encode(e.into()))?;
    sqlx::query!(
        "insert into events.dead_letter (consumer, event_id, tenant_id, envelope, reason, at)
         values ($1, $2, $3, $4, $5, $6)
         on conflict (consumer, event_id) do update set reason = excluded.reason, at = excluded.at",
        consumer,
        event.id as EventId,
        event.tenant as TenantId,
        envelope,
        reason,
        now
    )
    .execute(control)
    .await?;
    Ok(())
}

/// A row of the in-process bus's dead letters.
pub(crate) struct Buried {
    pub consumer: String,
    pub envelope: serde_json::Value,
    pub reason: String,
    pub at: Timestamp,
}

/// Dead letters, oldest first: those of one event, or of all.
pub(crate) async fn buried(
    control: &PgPool,
    event: Option<EventId>,
    limit: i64,
) -> Result<Vec<Buried>, sqlx::Error> {
    sqlx::query_as!(
        Buried,
        "select consumer, envelope, reason, at from events.dead_letter
         where $1::uuid is null or event_id = $1 order by at, event_id limit $2",
        event as Option<EventId>,
        limit
    )
    .fetch_all(control)
    .await
}

/// Forgets a dead letter that was taken after all.
pub(crate) async fn unbury(
    control: &PgPool,
    consumer: &str,
    event: EventId,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from events.dead_letter where consumer = $1 and event_id = $2",
        consumer,
        event as EventId
    )
    .execute(control)
    .await?;
    Ok(())
}
