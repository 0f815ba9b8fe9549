//! The gateway's public keys, read from the control database when an unknown one turns up.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use auth::{Internal, KeySet, PublicKey, TokenError, peek_kid, verify_internal};
use kernel::{Service, Timestamp};
use moka::sync::Cache;
use sqlx::PgPool;
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep_until};

use crate::problem::Problem;

/// How often at most the keys are read anew because of unknown ones.
const REREAD: Duration = Duration::from_millis(200);

/// Verifies internal tokens for one service. A token that was verified is remembered for a moment,
/// because the gateway uses it for more than one request.
#[derive(Clone)]
pub struct InternalKeys {
    pool: PgPool,
    service: Service,
    keys: Arc<RwLock<KeySet>>,
    /// When the keys were last asked for; held while they are being read.
    reading: Arc<Mutex<Option<Instant>>>,
    verified: Cache<String, Arc<Internal>>,
}

impl InternalKeys {
    /// The keys, as the control database has them.
    pub fn new(pool: PgPool, service: Service) -> Self {
        let verified =
            Cache::builder().max_capacity(10_000).time_to_live(Duration::from_secs(30)).build();
        Self { pool, service, keys: Arc::default(), reading: Arc::default(), verified }
    }

    /// What the token says, if the gateway made it for this service and it still holds.
    pub async fn verify(&self, token: &str, now: Timestamp) -> Result<Arc<Internal>, Problem> {
        if let Some(known) = self.verified.get(token)
            && now.timestamp() < known.exp
        {
            return Ok(known);
        }
        let keys = self.knowing(&peek_kid(token).unwrap_or_default(), now).await?;
        let internal = verify_internal(&keys, token, self.service, now).map_err(refuse)?;
        let internal = Arc::new(internal);
        self.verified.insert(token.to_owned(), Arc::clone(&internal));
        Ok(internal)
    }

    fn present(&self) -> KeySet {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The keys, read anew if `kid` is not among them. Of many who ask at once one reads, and the
    /// others wait for what it finds.
    async fn knowing(&self, kid: &str, now: Timestamp) -> Result<KeySet, Problem> {
        let asked = Instant::now();
        let keys = self.present();
        if keys.knows(kid) {
            return Ok(keys);
        }
        let mut last = self.reading.lock().await;
        if last.is_some_and(|at| at >= asked) {
            return Ok(self.present());
        }
        if let Some(at) = *last {
            sleep_until(at + REREAD).await;
        }
        *last = Some(Instant::now());
        self.reread(now).await
    }

    async fn reread(&self, now: Timestamp) -> Result<KeySet, Problem> {
        let rows = sqlx::query!(
            "select kid, public_key from tenancy.internal_key where not_after > $1",
            now
        )
        .fetch_all(&self.pool)
        .await?;
        let keys: KeySet = rows
            .into_iter()
            .filter_map(|r| Some(PublicKey { kid: r.kid, bytes: r.public_key.try_into().ok()? }))
            .collect();
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = keys.clone();
        Ok(keys)
    }
}

fn refuse(error: TokenError) -> Problem {
    tracing::warn!(%error, "internal token refused");
    Problem::unauthenticated()
}
