//! The relay: from the outboxes of all tenants to the bus.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use contracts::Envelope;
use kernel::{SharedClock, TenantId, Timestamp};
use tenancy::{TenancyError, Tenants};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;

use crate::bus::{Bus, BusError};
use crate::queue::{End, Queue};
use crate::store::{self, Leased, Mark};

/// How long a writer believes that the mark it set is still there. Far shorter than [`MARK_OLD`],
/// so that no mark is cleared on which a writer relies.
const MARK_BELIEVED: Duration = Duration::from_secs(5);
/// From this age on no writer relies on a mark: believed for 5 s, and a commit takes less than
/// the 15 s after which PostgreSQL ends an idle transaction.
const MARK_OLD: chrono::TimeDelta = chrono::TimeDelta::seconds(60);
/// How long an outbox row or a mark is one relay's.
const LEASE: Duration = Duration::from_secs(30);
/// How soon rows that another relay holds, or whose turn comes later, are looked at again: the
/// other may have sent them long before its lease ends.
const LOOK_AGAIN: Duration = Duration::from_millis(500);
/// Shorter than the lease, so that a slow bus does not make two relays publish the same rows.
const PUBLISH_LIMIT: Duration = Duration::from_secs(20);
/// How often marks are looked for.
const SCAN: Duration = Duration::from_secs(5);
/// How often all active tenants are looked at, marked or not, and how soon after the start first.
const FULL_SCAN: Duration = Duration::from_hours(6);
const FIRST_FULL_SCAN: Duration = Duration::from_mins(10);
/// Marks taken up in one scan.
const MARKS: i64 = 64;
/// Tenants drained side by side.
const DRAINS: usize = 8;
/// How long a stopping relay goes on sending what it knows of.
const LAST_DRAIN: Duration = Duration::from_secs(5);

/// The writer's handle, one per service process.
#[derive(Clone)]
pub struct Outbox(Arc<Shared>);

/// Background task that publishes what outboxes hold.
pub struct Relay {
    shared: Arc<Shared>,
    bus: Arc<dyn Bus>,
}

struct Shared {
    tenants: Tenants,
    clock: SharedClock,
    queue: Arc<Queue>,
    known: Mutex<Known>,
}

/// What this process remembers between turns.
#[derive(Default)]
struct Known {
    /// Marks set by this process, and when.
    marked: HashMap<TenantId, Instant>,
    /// Marks that may be cleared once the tenant's outbox is seen empty.
    old: HashMap<TenantId, Timestamp>,
    /// The oldest event that waits, by tenant.
    oldest: HashMap<TenantId, Timestamp>,
}

impl Outbox {
    /// Leaves a durable mark in the control database; to be called before each commit that
    /// [`store`](crate::store())s events. Costs a write once in a few seconds per tenant.
    pub async fn before_commit(&self, tenant: TenantId) -> Result<(), sqlx::Error> {
        let shared = &self.0;
        let began = Instant::now();
        let believed = |set: &Instant| began.duration_since(*set) < MARK_BELIEVED;
        if shared.known().marked.get(&tenant).is_some_and(believed) {
            return Ok(());
        }
        store::mark(shared.tenants.control(), tenant, shared.clock.now()).await?;
        shared.known().marked.insert(tenant, began);
        Ok(())
    }

    /// Says that events of this tenant were committed.
    pub fn wake(&self, tenant: TenantId) {
        self.0.queue.wake(tenant);
    }

    /// Waits until all that this process knows of is published. The relay must be running; while
    /// the bus is away this waits on, so give it a limit.
    pub async fn drained(&self) {
        self.0.queue.idle().await;
    }
}

impl Shared {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Relay {
    /// A relay, and the handle for those who write.
    pub fn new(tenants: Tenants, bus: Arc<dyn Bus>, clock: SharedClock) -> (Self, Outbox) {
        let shared =
            Arc::new(Shared { tenants, clock, queue: Arc::default(), known: Mutex::default() });
        (Self { shared: Arc::clone(&shared), bus }, Outbox(shared))
    }

    /// Publishes until `token` is cancelled, then for a few seconds what is left.
    pub async fn run(self, token: CancellationToken) {
        let relay = Arc::new(self);
        tokio::join!(relay.scan_marks(&token), relay.drain_all(&token));
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
                () = self.shared.queue.idle() => {}
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
            store::clear(tenants.control(), &Mark { tenant, marked_at }).await?;
        }
        Ok(Step::Empty)
    }

    async fn scan_marks(&self, token: &CancellationToken) {
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
                let long_ago = self.shared.clock.now() - MARK_OLD * 2;
                if let Err(error) = store::mark_all(self.shared.tenants.control(), long_ago).await {
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
        let control = self.shared.tenants.control();
        let now = self.shared.clock.now();
        let limit = if all { i64::MAX } else { MARKS };
        for mark in store::lease_marks(control, now, now + LEASE, limit, all).await? {
            if now - mark.marked_at > MARK_OLD {
                self.shared.known().old.insert(mark.tenant, mark.marked_at);
            }
            self.shared.queue.wake(mark.tenant);
        }
        Ok(())
    }

    fn show_age(&self) {
        let now = self.shared.clock.now();
        let mut known = self.shared.known();
        known.marked.retain(|_, set| set.elapsed() < MARK_BELIEVED);
        let age = known.oldest.values().min().map_or(0.0, |at| (now - *at).as_seconds_f64());
        metrics::gauge!("fieldops_outbox_age_seconds").set(age.max(0.0));
    }
}

/// What came of one batch.
enum Step {
    More,
    Empty,
    Later(Duration),
    BusAway(String),
}

/// Rows with their envelopes, and those whose envelope does not read.
fn read(rows: Vec<Leased>) -> (Vec<(Leased, Envelope)>, Vec<(Leased, String)>) {
    let (mut good, mut bad) = (Vec::with_capacity(rows.len()), Vec::new());
    for row in rows {
        match serde::Deserialize::deserialize(&row.envelope) {
            Ok(envelope) => good.push((row, envelope)),
            Err(error) => bad.push((row, error.to_string())),
        }
    }
    (good, bad)
}

/// How long a refused row waits: half a second, doubled with each attempt. Never as long as a
/// lease, because a longer one counts as lapsed.
fn pause(attempts: i32) -> Duration {
    let doubled = Duration::from_millis(250) * 2_u32.pow(attempts.clamp(0, 8).unsigned_abs());
    doubled.min(LEASE * 2 / 3)
}
