//! The relay: from the outboxes of all tenants to the bus.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use contracts::Envelope;
use kernel::{SharedClock, TenantId};
use tenancy::{TenancyError, Tenants};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::bus::{Bus, BusError};
use crate::marks::{self, Mark};
use crate::outbox::{Outbox, Shared};
use crate::queue::End;
use crate::store::{self, Leased};

/// How long an outbox row or a mark is one relay's.
pub(crate) const LEASE: Duration = Duration::from_secs(30);
/// How soon rows that another relay holds, or whose turn comes later, are looked at again: the
/// other may have sent them long before its lease ends.
const LOOK_AGAIN: Duration = Duration::from_millis(500);
/// Shorter than the lease, so that a slow bus does not make two relays publish the same rows.
const PUBLISH_LIMIT: Duration = Duration::from_secs(20);
/// Tenants drained side by side.
const DRAINS: usize = 8;
/// How long a sent row is kept, to be looked at.
const KEPT: TimeDelta = TimeDelta::days(7);
/// How long a stopping relay goes on sending what it knows of.
const LAST_DRAIN: Duration = Duration::from_secs(5);

/// Background task that publishes what outboxes hold.
pub struct Relay {
    shared: Arc<Shared>,
    bus: Arc<dyn Bus>,
}

impl Relay {
    /// A relay, and the handle for those who write.
    pub fn new(tenants: Tenants, bus: Arc<dyn Bus>, clock: SharedClock) -> (Self, Outbox) {
        let shared = Shared::new(tenants, clock);
        (Self { shared: Arc::clone(&shared), bus }, Outbox(shared))
    }

    /// Publishes until `token` is cancelled, then for a few seconds what is left.
    pub async fn run(self, token: CancellationToken) {
        let relay = Arc::new(self);
        tokio::join!(relay.shared.look_for_marks(&token), relay.drain_all(&token));
    }

    async fn drain_all(self: &Arc<Self>, token: &CancellationToken) {
        let mut turns = JoinSet::new();
        tokio::select! {
            () = self.hand_out_turns(&mut turns) => {}
            () = token.cancelled() => {}
        }
        let last = async {
            tokio::select! {
                () = self.hand_out_turns(&mut turns) => {}
                () = self.shared.queue.stuck() => {}
            }
        };
        if timeout(LAST_DRAIN, last).await.is_err() {
            tracing::warn!("the relay stops with events left; they stay in the outbox");
        }
    }

    /// Never ends; may be dropped and called again.
    async fn hand_out_turns(self: &Arc<Self>, turns: &mut JoinSet<()>) {
        let free = Arc::new(Semaphore::new(DRAINS));
        loop {
            let Ok(permit) = Arc::clone(&free).acquire_owned().await else { return };
            let turn = self.shared.queue.next().await;
            let relay = Arc::clone(self);
            turns.spawn(async move {
                let end = relay.drain(turn.tenant).await;
                turn.end(end);
                drop(permit);
            });
            while turns.try_join_next().is_some() {}
        }
    }

    /// Sends all that waits in one tenant's outbox.
    async fn drain(&self, tenant: TenantId) -> End {
        loop {
            match self.send_batch(tenant).await {
                Ok(Step::More) => {}
                Ok(Step::Empty) => return End::Done { again: None },
                Ok(Step::Later(again)) => return End::Done { again: Some(again) },
                Ok(Step::BusAway(error)) => {
                    tracing::warn!(%error, "events wait for the bus");
                    return End::BusAway;
                }
                Err(TenancyError::Unknown(_)) => {
                    // Not served now. Its mark stays, and so do its events.
                    self.shared.known().oldest.remove(&tenant);
                    return End::Done { again: None };
                }
                Err(error) => {
                    tracing::warn!(%tenant, %error, "an outbox cannot be reached");
                    return End::Failed;
                }
            }
        }
    }

    async fn send_batch(&self, tenant: TenantId) -> Result<Step, TenancyError> {
        let Shared { tenants, clock, .. } = &*self.shared;
        let rows = {
            let mut conn = tenants.conn(tenant).await?;
            store::lease(&mut conn, clock.now(), LEASE).await?
        }; // the connection goes back: nothing is held while the bus works
        let Some(oldest) = rows.iter().map(|row| row.at).min() else {
            return self.look_again(tenant).await;
        };
        self.shared.known().oldest.insert(tenant, oldest);

        let (good, mut bad) = read(rows);
        let envelopes: Vec<Envelope> = good.iter().map(|(_, envelope)| envelope.clone()).collect();
        let answers = match timeout(PUBLISH_LIMIT, self.bus.publish(&envelopes)).await {
            Ok(answers) => answers,
            Err(_) => vec![Err(BusError::Away("no answer in time".into())); good.len()],
        };
        let (mut sent, mut back, mut away) = (Vec::new(), Vec::new(), None);
        for ((row, _), answer) in good.into_iter().zip(answers) {
            match answer {
                Ok(()) => sent.push(row.id),
                Err(BusError::Away(error)) => {
                    back.push(row.id);
                    away = Some(error);
                }
                Err(BusError::Refused(error)) => bad.push((row, error)),
            }
        }
        metrics::counter!("fieldops_events_published_total").increment(sent.len() as u64);
        metrics::counter!("fieldops_events_failed_total")
            .increment((back.len() + bad.len()) as u64);

        let mut conn = tenants.conn(tenant).await?;
        if !sent.is_empty() {
            store::sent(&mut conn, &sent, clock.now()).await?;
        }
        for (row, error) in bad {
            tracing::warn!(%tenant, event = %row.id, error, "an event was not taken");
            let again = clock.now() + pause(row.attempts);
            store::refused(&mut conn, row.id, &error, again).await?;
        }
        if !back.is_empty() {
            store::give_back(&mut conn, &back).await?;
        }
        Ok(away.map_or(Step::More, Step::BusAway))
    }

    /// Nothing could be leased: is anything left that another relay holds, or whose turn comes
    /// later? If not, an old mark goes.
    async fn look_again(&self, tenant: TenantId) -> Result<Step, TenancyError> {
        let Shared { tenants, clock, .. } = &*self.shared;
        let now = clock.now();
        let waiting = store::waiting(&mut *tenants.conn(tenant).await?, now).await?;
        if let Some(next) = waiting.next {
            if let Some(oldest) = waiting.oldest {
                self.shared.known().oldest.insert(tenant, oldest);
            }
            let again = (next - now).to_std().unwrap_or_default().min(LOOK_AGAIN);
            return Ok(Step::Later(again));
        }
        let mark = {
            let mut known = self.shared.known();
            known.oldest.remove(&tenant);
            known.old.remove(&tenant)
        };
        if let Some(marked_at) = mark {
            marks::clear(tenants.control(), &Mark { tenant, marked_at }).await?;
            // The end of a burst of writing: rare enough to tidy up at, often enough to bound.
            store::purge(&mut *tenants.conn(tenant).await?, now - KEPT, now).await?;
        }
        Ok(Step::Empty)
    }
}

/// What came of one batch.
enum Step {
    More,
    Empty,
    Later(Duration),
    BusAway(String),
}

/// Rows with their envelopes, and rows with what is wrong with theirs.
type Read = (Vec<(Leased, Envelope)>, Vec<(Leased, String)>);

fn read(rows: Vec<Leased>) -> Read {
    let (mut good, mut bad) = (Vec::with_capacity(rows.len()), Vec::new());
    for row in rows {
        match serde::Deserialize::deserialize(&row.envelope) {
            Ok(envelope) => good.push((row, envelope)),
            Err(error) => bad.push((row, error.to_string())),
        }
    }
    (good, bad)
}

/// How long a refused row waits: half a second, doubled with each attempt, up to a lease.
fn pause(attempts: i32) -> Duration {
    let doubled = Duration::from_millis(250) * 2_u32.pow(attempts.clamp(0, 8).unsigned_abs());
    doubled.min(LEASE)
}
