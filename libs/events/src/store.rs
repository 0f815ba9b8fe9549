//! The SQL of the outbox, the inbox, the dirty marks and the in-process bus's dead letters.

use std::time::Duration;

use contracts::Envelope;
use kernel::{EventId, TenantId, Timestamp};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

/// Rows leased at a time.
const BATCH: i64 = 100;
/// Inbox rows are kept at least this long: no delivery comes later than that.
const INBOX_KEPT: chrono::TimeDelta = chrono::TimeDelta::days(7);

/// Stores envelopes in the tenant's outbox, inside the writer's transaction.
pub async fn store(tx: &mut PgConnection, events: &[Envelope]) -> Result<(), sqlx::Error> {
    if events.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = events.iter().map(|e| e.id.uuid()).collect();
    let times: Vec<Timestamp> = events.iter().map(|e| e.at).collect();
    let envelopes = events
        .iter()
        .map(serde_json::to_value)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| sqlx::Error::Encode(error.into()))?;
    sqlx::query!(
        "insert into core.outbox (id, at, envelope)
         select * from unnest($1::uuid[], $2::timestamptz[], $3::jsonb[])",
        &ids,
        &times,
        &envelopes
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Deletes sent outbox rows and inbox rows older than `older_than`; inbox rows stay at least
/// seven days before `now`. Answers how many went.
pub async fn purge(
    tx: &mut PgConnection,
    older_than: Timestamp,
    now: Timestamp,
) -> Result<u64, sqlx::Error> {
    let sent = sqlx::query!("delete from core.outbox where sent_at < $1", older_than)
        .execute(&mut *tx)
        .await?;
    let taken = sqlx::query!(
        "delete from core.inbox where at < $1",
        older_than.min(now - INBOX_KEPT)
    )
    .execute(tx)
    .await?;
    Ok(sent.rows_affected() + taken.rows_affected())
}

/// A leased outbox row. The envelope is read by the caller, so that one that does not read stops
/// no other.
pub(crate) struct Leased {
    pub id: Uuid,
    pub at: Timestamp,
    pub attempts: i32,
    pub envelope: serde_json::Value,
}

/// Leases the oldest rows that wait, until `now + lease`. One statement, so the lease is
/// committed when this returns. A lease that lies further ahead than any can is from a clock that
/// was wrong, and counts as lapsed.
pub(crate) async fn lease(
    conn: &mut PgConnection,
    now: Timestamp,
    lease: Duration,
) -> Result<Vec<Leased>, sqlx::Error> {
    let mut rows = sqlx::query_as!(
        Leased,
        "update core.outbox o set lease_until = $2, attempts = o.attempts + 1
         from (select id from core.outbox
               where sent_at is null
                 and (lease_until is null or lease_until <= $1 or lease_until > $2)
               order by id limit $3 for update skip locked) waiting
         where o.id = waiting.id
         returning o.id, o.at, o.attempts, o.envelope",
        now,
        now + lease,
        BATCH
    )
    .fetch_all(conn)
    .await?;
    rows.sort_unstable_by_key(|row| row.id);
    Ok(rows)
}

/// Marks rows as sent.
pub(crate) async fn sent(
    conn: &mut PgConnection,
    ids: &[Uuid],
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update core.outbox set sent_at = $2, lease_until = null, last_error = null
         where id = any($1) and sent_at is null",
        ids,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes why a row was not sent and when its turn comes again.
pub(crate) async fn refused(
    conn: &mut PgConnection,
    id: Uuid,
    error: &str,
    again: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update core.outbox set lease_until = $2, last_error = $3
         where id = $1 and sent_at is null",
        id,
        again,
        error
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Gives leased rows back: the bus was away, and that is not their fault.
pub(crate) async fn give_back(conn: &mut PgConnection, ids: &[Uuid]) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update core.outbox set lease_until = null, attempts = attempts - 1
         where id = any($1) and sent_at is null",
        ids
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// What still waits in an outbox.
pub(crate) struct Waiting {
    /// The age of the oldest row counts from here; none when nothing waits.
    pub oldest: Option<Timestamp>,
    /// When the next row may be leased.
    pub next: Option<Timestamp>,
}

/// Looks at what still waits, leased or not.
pub(crate) async fn waiting(
    conn: &mut PgConnection,
    now: Timestamp,
) -> Result<Waiting, sqlx::Error> {
    sqlx::query_as!(
        Waiting,
        "select min(at) as oldest, min(coalesce(lease_until, $1)) as next
         from core.outbox where sent_at is null",
        now
    )
    .fetch_one(conn)
    .await
}

/// Remembers events as taken by a consumer and answers which of them are new to it.
pub(crate) async fn remember(
    tx: &mut PgConnection,
    consumer: &str,
    events: &[Uuid],
    now: Timestamp,
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "insert into core.inbox (consumer, event_id, at)
         select $1, event, $3 from unnest($2::uuid[]) event order by event
         on conflict do nothing returning event_id",
        consumer,
        events,
        now
    )
    .fetch_all(tx)
    .await
}

/// Marks a tenant as having events to send.
pub(crate) async fn mark(
    control: &PgPool,
    tenant: TenantId,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into events.dirty (tenant_id, marked_at) values ($1, $2)
         on conflict (tenant_id) do update set marked_at = excluded.marked_at",
        tenant as TenantId,
        now
    )
    .execute(control)
    .await?;
    Ok(())
}

/// Marks every active tenant that is not, as if long ago: the slow full scan.
pub(crate) async fn mark_all(control: &PgPool, long_ago: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into events.dirty (tenant_id, marked_at)
         select id, $1 from tenancy.tenant where status = 'active'
         on conflict do nothing",
        long_ago
    )
    .execute(control)
    .await?;
    Ok(())
}

/// A tenant marked as having events to send.
pub(crate) struct Mark {
    pub tenant: TenantId,
    pub marked_at: Timestamp,
}

/// Leases marked tenants, oldest marks first; `all` passes over other relays' leases.
pub(crate) async fn lease_marks(
    control: &PgPool,
    now: Timestamp,
    until: Timestamp,
    limit: i64,
    all: bool,
) -> Result<Vec<Mark>, sqlx::Error> {
    sqlx::query_as!(
        Mark,
        r#"update events.dirty d set lease_until = $2
           from (select tenant_id from events.dirty
                 where $4 or lease_until is null or lease_until <= $1 or lease_until > $2
                 order by marked_at limit $3 for update skip locked) free
           where d.tenant_id = free.tenant_id
           returning d.tenant_id as "tenant: TenantId", d.marked_at"#,
        now,
        until,
        limit,
        all
    )
    .fetch_all(control)
    .await
}

/// Clears a mark, unless it was set anew.
pub(crate) async fn clear(control: &PgPool, mark: &Mark) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from events.dirty where tenant_id = $1 and marked_at = $2",
        mark.tenant as TenantId,
        mark.marked_at
    )
    .execute(control)
    .await?;
    Ok(())
}

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
