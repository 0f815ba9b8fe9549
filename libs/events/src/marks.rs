//! The dirty marks in the control database: what finds the events that a process left behind.

use std::time::Duration;

use chrono::TimeDelta;
use kernel::{TenantId, Timestamp};
use sqlx::PgPool;
use tokio::time::{Instant, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::outbox::{BELIEVED, Shared};
use crate::relay::LEASE;

/// From this age on no writer relies on a mark: believed for 5 s, and a commit takes less than
/// the 15 s after which PostgreSQL ends an idle transaction.
const OLD: TimeDelta = TimeDelta::seconds(60);
/// How often marks are looked for.
const SCAN: Duration = Duration::from_secs(5);
/// How often all active tenants are looked at, marked or not, and how soon after the start first.
const FULL_SCAN: Duration = Duration::from_hours(6);
const FIRST_FULL_SCAN: Duration = Duration::from_mins(10);
/// Marks taken up in one scan.
const MARKS: i64 = 64;

impl Shared {
    pub async fn look_for_marks(&self, token: &CancellationToken) {
        let mut ticks = interval(SCAN);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut full = Instant::now() + FIRST_FULL_SCAN;
        // At the start the leases of a process that died do not count.
        let mut all = true;
        loop {
            tokio::select! {
                _ = ticks.tick() => {}
                () = token.cancelled() => return,
            }
            if Instant::now() >= full {
                full += FULL_SCAN;
                let long_ago = self.clock.now() - OLD * 2;
                if let Err(error) = mark_all(self.tenants.control(), long_ago).await {
                    tracing::warn!(%error, "the full scan of outboxes is put off");
                }
            }
            match self.scan(all).await {
                Ok(()) => all = false,
                Err(error) => tracing::warn!(%error, "marks of outboxes cannot be read"),
            }
            self.show_age();
        }
    }

    async fn scan(&self, all: bool) -> Result<(), sqlx::Error> {
        let control = self.tenants.control();
        let now = self.clock.now();
        let limit = if all { i64::MAX } else { MARKS };
        for mark in lease_marks(control, now, now + LEASE, limit, all).await? {
            if now - mark.marked_at > OLD {
                self.known().old.insert(mark.tenant, mark.marked_at);
            }
            self.queue.wake(mark.tenant);
        }
        Ok(())
    }

    fn show_age(&self) {
        let now = self.clock.now();
        let mut known = self.known();
        known.marked.retain(|_, set| set.elapsed() < BELIEVED);
        let age = known.oldest.values().min().map_or(0.0, |at| (now - *at).as_seconds_f64());
        let service = self.tenants.service.name();
        metrics::gauge!("fieldops_outbox_age_seconds", "service" => service).set(age.max(0.0));
    }
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
                 where $4 or lease_until is null or lease_until <= $1
                       or lease_until > $2::timestamptz + interval '5 minutes'
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
