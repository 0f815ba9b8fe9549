//! Streams that follow the feed. Per tenant one task looks at the feed's head, woken by the
//! consumer's commits and once a second besides, because another process may have taken the event.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::Stream;
use kernel::TenantId;
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;
use web::{App, Problem};

use super::model::{Entry, Sight};
use super::store;
use crate::alerts;
use crate::error::Error;

/// How often the head is looked at when nobody wakes us.
const LOOK: Duration = Duration::from_secs(1);
/// How often what time alone makes late is looked for.
const WATCH: Duration = Duration::from_mins(1);
/// Streams of one tenant in one process.
const MAX_STREAMS: usize = 500;
/// Entries read at a time.
const BATCH: i64 = 200;
/// A stream ends when an access token made at its start would: the client comes back with a new
/// one and goes on where it was.
const LIFE: Duration = Duration::from_secs(auth::ACCESS_TTL_SECS as u64);

/// The streams of this process.
#[derive(Clone)]
pub struct Live {
    tails: Arc<Mutex<HashMap<TenantId, Arc<Tail>>>>,
    stop: CancellationToken,
}

/// One tenant's feed as this process knows it.
struct Tail {
    head: watch::Sender<i64>,
    nudge: Notify,
}

impl Live {
    /// Streams that end when `stop` is cancelled.
    pub fn new(stop: CancellationToken) -> Self {
        Self { tails: Arc::default(), stop }
    }

    /// Says that a tenant's feed has grown.
    pub fn nudge(&self, tenant: TenantId) {
        if let Some(tail) = self.tails().get(&tenant) {
            tail.nudge.notify_one();
        }
    }

    fn tails(&self) -> MutexGuard<'_, HashMap<TenantId, Arc<Tail>>> {
        self.tails.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Watches a tenant's head, starting to look at it if nobody did.
    fn watch(&self, app: &App, tenant: TenantId) -> Result<watch::Receiver<i64>, Problem> {
        let mut tails = self.tails();
        if let Some(tail) = tails.get(&tenant) {
            if tail.head.receiver_count() >= MAX_STREAMS {
                return Err(Error::TooManyStreams.into());
            }
            return Ok(tail.head.subscribe());
        }
        let (head, receiver) = watch::channel(0);
        let tail = Arc::new(Tail { head, nudge: Notify::new() });
        tails.insert(tenant, Arc::clone(&tail));
        tokio::spawn(self.clone().look(app.clone(), tenant, tail));
        Ok(receiver)
    }

    /// Looks at the head as long as somebody watches it.
    async fn look(self, app: App, tenant: TenantId, tail: Arc<Tail>) {
        let mut watched = None::<Instant>;
        loop {
            if watched.is_none_or(|at| at.elapsed() >= WATCH) {
                watched = Some(Instant::now());
                if let Err(problem) = watch(&app, tenant).await {
                    tracing::debug!(code = problem.code(), "alerts are out of sight");
                }
            }
            match head(&app, tenant).await {
                Ok(head) => {
                    tail.head.send_if_modified(|known| std::mem::replace(known, head) != head);
                }
                Err(problem) => tracing::debug!(code = problem.code(), "the feed is out of sight"),
            }
            tokio::select! {
                () = tail.nudge.notified() => {}
                () = sleep(LOOK) => {}
                () = self.stop.cancelled() => {
                    self.tails().remove(&tenant);
                    return;
                }
            }
            let mut tails = self.tails();
            if tail.head.receiver_count() == 0 {
                tails.remove(&tenant);
                return;
            }
        }
    }

    /// The entries after `after` that `sight` covers, as they come.
    pub fn follow(
        &self,
        app: &App,
        tenant: TenantId,
        sight: Sight,
        after: i64,
    ) -> Result<impl Stream<Item = Entry> + use<>, Problem> {
        let reader = Reading {
            app: app.clone(),
            tenant,
            sight,
            read_to: after,
            waiting: VecDeque::new(),
            head: self.watch(app, tenant)?,
            until: Instant::now() + LIFE,
            stop: self.stop.clone(),
        };
        Ok(futures::stream::unfold(reader, Reading::next))
    }
}

async fn watch(app: &App, tenant: TenantId) -> Result<(), Problem> {
    let mut tx = app.tenants.begin(tenant).await?;
    alerts::watch(&mut tx, app.clock.now()).await?;
    Ok(tx.commit().await?)
}

async fn head(app: &App, tenant: TenantId) -> Result<i64, Problem> {
    let mut conn = app.tenants.conn(tenant).await?;
    Ok(store::head(&mut conn).await?)
}

/// One reader on the way along the feed.
struct Reading {
    app: App,
    tenant: TenantId,
    sight: Sight,
    read_to: i64,
    waiting: VecDeque<Entry>,
    head: watch::Receiver<i64>,
    until: Instant,
    stop: CancellationToken,
}

impl Reading {
    /// The next entry. An error ends the stream: the client resumes it.
    async fn next(mut self) -> Option<(Entry, Self)> {
        loop {
            if self.stop.is_cancelled() || Instant::now() >= self.until {
                return None;
            }
            if let Some(entry) = self.waiting.pop_front() {
                return Some((entry, self));
            }
            let read_to = self.read_to;
            let head = tokio::select! {
                () = self.stop.cancelled() => return None,
                () = sleep_until(self.until) => return None,
                head = self.head.wait_for(|head| *head > read_to) => *head.ok()?,
            };
            let entries = self.read(head).await.ok()?;
            let full = i64::try_from(entries.len()).is_ok_and(|n| n == BATCH);
            self.read_to = entries.last().filter(|_| full).map_or(head, |last| last.seq);
            self.waiting = entries.into();
        }
    }

    async fn read(&self, upto: i64) -> Result<Vec<Entry>, Problem> {
        let mut conn = self.app.tenants.conn(self.tenant).await?;
        Ok(store::between(&mut conn, self.read_to, upto, &self.sight, BATCH).await?)
    }
}
