//! The SQL of the outbox and the inbox, in a tenant's database.

use std::time::Duration;

use contracts::Envelope;
use kernel::Timestamp;
use sqlx::PgConnection;
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
    let taken =
        sqlx::query!("delete from core.inbox where at < $1", older_than.min(now - INBOX_KEPT))
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
/// committed when this returns. A lease that lies minutes further ahead than any can is from a
/// clock that was wrong, and counts as lapsed.
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
                 and (lease_until is null or lease_until <= $1
                      or lease_until > $2::timestamptz + interval '5 minutes')
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
