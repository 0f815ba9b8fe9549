//! The gateway's own word to the services: short tokens signed with a key that never leaves this
//! process. The public half stands in the control database before the first token is made.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use auth::{Caller, KeyPair, mint_internal};
use kernel::{Service, SharedClock, TenantId, Timestamp};
use moka::sync::Cache;
use sqlx::PgPool;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use web::Problem;

use crate::store;
use crate::trust::Bearer;

/// How long a key is used.
const ROTATE: Duration = Duration::from_hours(24);
/// How long services believe it: longer, so that what was signed last still holds.
const BELIEVED: chrono::Duration = chrono::Duration::days(2);
/// How soon publishing is tried again.
const RETRY: Duration = Duration::from_secs(1);
/// How long a minted token is used again for the same caller and service; a third of its life.
const REUSE: Duration = Duration::from_secs(20);

/// Whom a minted token stands for.
type For = (Option<[u8; 32]>, Option<TenantId>, Service);

/// Makes internal tokens.
pub(crate) struct Voucher {
    db: PgPool,
    clock: SharedClock,
    key: RwLock<Option<Arc<KeyPair>>>,
    minted: Cache<For, (Timestamp, Arc<str>)>,
}

impl Voucher {
    pub(crate) fn new(db: PgPool, clock: SharedClock) -> Self {
        let minted = Cache::builder().max_capacity(10_000).time_to_live(REUSE).build();
        Self { db, clock, key: RwLock::default(), minted }
    }

    /// Whether services can know this gateway yet.
    pub(crate) fn is_published(&self) -> bool {
        self.key().is_some()
    }

    /// Publishes a key and renews it every day until `stop`.
    pub(crate) async fn run(&self, stop: CancellationToken) {
        loop {
            let pause = match self.renew().await {
                Ok(()) => ROTATE,
                Err(error) => {
                    tracing::warn!(%error, "the gateway's key cannot be published");
                    RETRY
                }
            };
            tokio::select! {
                () = stop.cancelled() => return,
                () = sleep(pause) => {}
            }
        }
    }

    async fn renew(&self) -> Result<(), Unpublished> {
        let now = self.clock.now();
        store::purge_keys(&self.db, now).await?;
        let key = KeyPair::generate()?;
        store::publish_key(&self.db, &key.public(), now + BELIEVED).await?;
        *self.key.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(key));
        Ok(())
    }

    fn key(&self) -> Option<Arc<KeyPair>> {
        self.key.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The token by which `service` believes who calls at which tenant.
    pub(crate) fn token(
        &self,
        service: Service,
        tenant: Option<TenantId>,
        bearer: Option<&Bearer>,
    ) -> Result<Arc<str>, Problem> {
        let now = self.clock.now();
        let whom = (bearer.map(|b| b.hash), tenant, service);
        if let Some((at, token)) = self.minted.get(&whom)
            && (now - at).to_std().is_ok_and(|age| age < REUSE)
        {
            return Ok(token);
        }
        let key = self.key().ok_or_else(|| Problem::unavailable(1))?;
        let caller: Option<Caller> = bearer.map(|b| b.caller().clone());
        let token = mint_internal(&key, service, tenant, caller, now).map_err(Problem::internal)?;
        let token: Arc<str> = token.into();
        self.minted.insert(whom, (now, Arc::clone(&token)));
        Ok(token)
    }
}

#[derive(Debug, thiserror::Error)]
enum Unpublished {
    #[error(transparent)]
    Key(#[from] auth::TokenError),
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}
