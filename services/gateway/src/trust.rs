//! Whom the gateway believes: identity's keys and the list of revoked sessions, both read from the
//! control database every second and never believed when older than five.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use auth::{Access, Audience, Caller, KeySet, peek_kid, verify_access};
use axum::http::{HeaderMap, header};
use kernel::{SessionId, SharedClock, TenantId, Timestamp, sha256};
use moka::sync::Cache;
use sqlx::PgPool;
use tokio::sync::{Mutex, watch};
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_util::sync::CancellationToken;
use web::Problem;

use crate::store;

/// How often the list is read.
const POLL: Duration = Duration::from_secs(1);
/// How old the list may be before nobody signed in is served.
const MAX_AGE: Duration = Duration::from_secs(5);
/// How long one reading may take.
const READ: Duration = Duration::from_secs(2);
/// How often at most an unknown key makes us look again.
const LOOK_AGAIN: Duration = Duration::from_millis(200);

/// What the control database said at one moment.
#[derive(Clone)]
struct Known {
    keys: KeySet,
    revoked: Arc<HashSet<SessionId>>,
    /// Before the reading began; none before the first one.
    at: Option<Instant>,
}

/// A verified access token.
#[derive(Clone)]
pub(crate) struct Bearer {
    /// The token's hash, by which it is remembered.
    pub(crate) hash: [u8; 32],
    access: Arc<Access>,
}

impl Bearer {
    /// Who carries it.
    pub(crate) fn caller(&self) -> &Caller {
        &self.access.caller
    }
}

/// Tells valid access tokens from others.
pub(crate) struct Trust {
    db: PgPool,
    clock: SharedClock,
    known: watch::Sender<Known>,
    /// When the list was last asked for; held while it is being read.
    reading: Mutex<Option<Instant>>,
    /// Tokens whose signature was found good. Everything else about them is checked each time.
    verified: Cache<[u8; 32], Arc<Access>>,
}

impl Trust {
    pub(crate) fn new(db: PgPool, clock: SharedClock) -> Self {
        let nothing = Known { keys: KeySet::default(), revoked: Arc::default(), at: None };
        let verified =
            Cache::builder().max_capacity(10_000).time_to_live(Duration::from_mins(1)).build();
        Self { db, clock, known: watch::Sender::new(nothing), reading: Mutex::default(), verified }
    }

    /// Reads the list again and again until `stop`.
    pub(crate) async fn run(&self, stop: CancellationToken) {
        loop {
            self.read_since(Instant::now()).await;
            tokio::select! {
                () = stop.cancelled() => return,
                () = sleep(POLL) => {}
            }
        }
    }

    /// Whether what is known is new enough to be believed.
    pub(crate) fn is_fresh(&self) -> bool {
        self.known.borrow().at.is_some_and(|at| at.elapsed() <= MAX_AGE)
    }

    /// The bearer of a request's token, if it has one: the token is valid here and now, it was
    /// made for `tenant` (none: for the platform), and its session was not ended. Whatever else it
    /// is, the answer is the same 401.
    pub(crate) async fn bearer(
        &self,
        headers: &HeaderMap,
        tenant: Option<TenantId>,
    ) -> Result<Option<Bearer>, Problem> {
        let mut values = headers.get_all(header::AUTHORIZATION).iter();
        let Some(value) = values.next() else { return Ok(None) };
        let token = value.to_str().ok().and_then(token_of).filter(|_| values.next().is_none());
        let token = token.ok_or_else(Problem::unauthenticated)?;
        let audience = if tenant.is_some() { Audience::Tenant } else { Audience::Platform };
        let hash = sha256(&[token.as_bytes()]);
        let access = match self.verified.get(&hash) {
            Some(known) => known,
            None => Arc::new(self.verify(token, audience).await?),
        };
        let now = self.clock.now().timestamp();
        if access.aud != audience || access.tenant != tenant || now >= access.exp {
            return Err(refuse("of another host, or expired"));
        }
        if !self.is_fresh() {
            tracing::warn!("the list of revoked sessions is too old: signed-in calls are refused");
            return Err(Problem::unavailable(2));
        }
        if self.known.borrow().revoked.contains(&access.caller.session) {
            return Err(refuse("its session was ended"));
        }
        self.verified.insert(hash, Arc::clone(&access));
        Ok(Some(Bearer { hash, access }))
    }

    async fn verify(&self, token: &str, audience: Audience) -> Result<Access, Problem> {
        let asked = Instant::now();
        let kid = peek_kid(token).ok_or_else(|| refuse("without a key id"))?;
        if !self.known.borrow().keys.knows(&kid) {
            self.read_since(asked).await;
        }
        if !self.is_fresh() {
            return Err(Problem::unavailable(2));
        }
        let keys = self.known.borrow().keys.clone();
        verify_access(&keys, token, audience, self.clock.now()).map_err(refuse)
    }

    /// Reads the list unless that was tried after `asked`: of many who ask at once, one reads.
    async fn read_since(&self, asked: Instant) {
        let mut last = self.reading.lock().await;
        if let Some(tried) = *last {
            if tried >= asked {
                return;
            }
            sleep_until(tried + LOOK_AGAIN).await;
        }
        let at = Instant::now();
        *last = Some(at);
        match timeout(READ, self.read(self.clock.now())).await {
            Ok(Ok((keys, revoked))) => {
                self.known.send_replace(Known { keys, revoked: Arc::new(revoked), at: Some(at) });
            }
            Ok(Err(error)) => tracing::warn!(%error, "revoked sessions cannot be read"),
            Err(_) => tracing::warn!("revoked sessions cannot be read in time"),
        }
    }

    async fn read(&self, now: Timestamp) -> Result<(KeySet, HashSet<SessionId>), sqlx::Error> {
        let keys = store::trusted_keys(&self.db, now).await?;
        Ok((keys, store::revoked_sessions(&self.db, now).await?))
    }

    /// Waits until the bearer is one no longer: the token has expired, its session was ended, or
    /// nobody can tell. A stream that was opened with it ends then.
    pub(crate) async fn until_over(self: Arc<Self>, bearer: Bearer) {
        let left = bearer.access.exp - self.clock.now().timestamp();
        let expired = sleep(Duration::from_secs(u64::try_from(left).unwrap_or(0)));
        let mut known = self.known.subscribe();
        let session = bearer.access.caller.session;
        let stale = async {
            while self.is_fresh() {
                sleep(POLL).await;
            }
        };
        tokio::select! {
            () = expired => {}
            () = stale => {}
            _ = known.wait_for(|known| known.revoked.contains(&session)) => {}
        }
    }
}

/// The token of an `Authorization: Bearer …` (RFC 6750, 2.1).
fn token_of(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then(|| token.trim())
}

fn refuse(why: impl std::fmt::Display) -> Problem {
    tracing::debug!(%why, "access token refused");
    Problem::unauthenticated()
}
