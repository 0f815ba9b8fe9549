//! The gateway's public keys, read from the control database when an unknown one turns up.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use auth::{Internal, KeySet, PublicKey, TokenError, peek_kid, verify_internal};
use kernel::{Service, Timestamp};
use moka::sync::Cache;
use sqlx::PgPool;

use crate::problem::Problem;

/// How often at most the keys are read anew because of unknown ones.
const REREAD: Duration = Duration::from_millis(200);

/// Verifies internal tokens for one service. A token that was verified is remembered for a moment,
/// because the gateway uses it for more than one request.
#[derive(Clone)]
pub struct InternalKeys {
    pool: PgPool,
    service: Service,
    keys: Arc<Mutex<(KeySet, Option<Instant>)>>,
    verified: Cache<String, Arc<Internal>>,
}

impl InternalKeys {
    /// The keys, as the control database has them.
    pub fn new(pool: PgPool, service: Service) -> Self {
        let verified =
            Cache::builder().max_capacity(10_000).time_to_live(Duration::from_secs(30)).build();
        Self { pool, service, keys: Arc::default(), verified }
    }

    /// What the token says, if the gateway made it for this service and it still holds.
    pub async fn verify(&self, token: &str, now: Timestamp) -> Result<Arc<Internal>, Problem> {
        if let Some(known) = self.verified.get(token)
            && now.timestamp() < known.exp
        {
            return Ok(known);
        }
        let kid = peek_kid(token).unwrap_or_default();
        let mut keys = self.present();
        if !keys.knows(&kid) && self.may_reread() {
            keys = self.reread(now).await?;
        }
        let internal = verify_internal(&keys, token, self.service, now).map_err(refuse)?;
        let internal = Arc::new(internal);
        self.verified.insert(token.to_owned(), Arc::clone(&internal));
        Ok(internal)
    }

    fn present(&self) -> KeySet {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner).0.clone()
    }

    fn may_reread(&self) -> bool {
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        let due = keys.1.is_none_or(|at| at.elapsed() > REREAD);
        if due {
            keys.1 = Some(Instant::now());
        }
        due
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
        self.keys.lock().unwrap_or_else(PoisonError::into_inner).0 = keys.clone();
        Ok(keys)
    }
}

fn refuse(error: TokenError) -> Problem {
    tracing::warn!(%error, "internal token refused");
    Problem::unauthenticated()
}
