//! Takes runs up and carries them to their end.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use blobs::BlobStore;
use kernel::{InvitationId, RunId, Service, SharedClock, TenantId, UserId};
use sha2::{Digest, Sha256};
use sqlx::PgPool;
use tenancy::{Cluster, Control, Pools, Tenants, Vault};
use tokio_util::sync::CancellationToken;
use web::{FoundAdmin, Seed};

use super::model::Step;
use super::store;
use crate::error::Error;
use crate::plans;
use crate::tenants::{self, FirstAdmin, Founding, NewTenant};

/// How often a look is taken for runs that another process left.
const LOOK: Duration = Duration::from_secs(1);

/// Makes and unmakes tenants.
pub struct Provisioner {
    /// The server, with its administrator's rights.
    pub cluster: Cluster,
    /// The control database, with provisioning's role.
    pub control: PgPool,
    /// Connections to tenants' databases.
    pub pools: Pools,
    /// Seals the tenants' database passwords.
    pub vault: Vault,
    /// Every service's reference data.
    pub seeds: Vec<(Service, Seed)>,
    /// Identity's part: inviting the first admin.
    pub found_admin: FoundAdmin,
    /// Where the tenants' files are.
    pub blobs: Arc<dyn BlobStore>,
    /// The present time.
    pub clock: SharedClock,
    by_service: Vec<(Service, Tenants)>,
    wake: tokio::sync::Notify,
}

impl Provisioner {
    /// A provisioner over a prepared server; `control` signs in with provisioning's role.
    #[allow(clippy::too_many_arguments)] // each is one collaborator, named at the call
    pub fn new(
        cluster: Cluster,
        control: Control,
        pools: Pools,
        vault: Vault,
        seeds: Vec<(Service, Seed)>,
        found_admin: FoundAdmin,
        blobs: Arc<dyn BlobStore>,
        clock: SharedClock,
    ) -> Self {
        let tenants = |service| {
            (service, Tenants::new(service, control.clone(), pools.clone(), vault.clone()))
        };
        let by_service = Service::OF_TENANT.into_iter().map(tenants).collect();
        Self {
            cluster,
            control: control.pool.clone(),
            pools,
            vault,
            seeds,
            found_admin,
            blobs,
            clock,
            by_service,
            wake: tokio::sync::Notify::new(),
        }
    }

    pub(crate) fn tenants(&self, service: Service) -> &Tenants {
        let found = self.by_service.iter().find(|(s, _)| *s == service);
        &found.unwrap_or(&self.by_service[0]).1
    }

    /// Writes down that a tenant is to be made; the run does it.
    pub async fn found(&self, new: &NewTenant) -> Result<Founding, Error> {
        let tenant = new.id.unwrap_or_else(TenantId::new);
        let now = self.clock.now();
        let invitation_token = URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>());
        let admin = FirstAdmin {
            user: UserId::new(),
            invitation: InvitationId::new(),
            email: new.admin_email.clone(),
            name: new.admin_name.clone(),
            token_hash: Sha256::digest(invitation_token.as_bytes()).into(),
        };
        let admin = serde_json::to_value(admin)
            .map_err(|e| Error::Step { step: "found", cause: e.to_string() })?;
        let mut tx = self.control.begin().await?;
        tenants::store::insert(&mut tx, tenant, new, now).await?;
        let today = now.date_naive();
        let until = tenants::licence_end(today);
        plans::store::grant(&mut tx, tenant, &new.plan, today, until).await?;
        let run = store::insert(&mut tx, tenant, "create", &Step::CREATE, Some(admin), now).await?;
        tx.commit().await?;
        self.wake.notify_one();
        Ok(Founding { tenant, run, invitation_token })
    }

    /// Writes down that a tenant is to be unmade; the run does it.
    pub async fn remove(&self, tenant: TenantId) -> Result<RunId, Error> {
        let now = self.clock.now();
        let mut tx = self.control.begin().await?;
        let run = store::insert(&mut tx, tenant, "remove", &Step::REMOVE, None, now).await?;
        tx.commit().await?;
        self.wake.notify_one();
        Ok(run)
    }

    /// Takes up runs until told to stop: those just asked for, and those a crash left.
    pub async fn run(self: Arc<Self>, token: CancellationToken) {
        loop {
            match self.advance(None).await {
                Ok(true) => continue,
                Ok(false) => {}
                Err(error) => tracing::warn!(%error, "provisioning postponed"),
            }
            tokio::select! {
                () = token.cancelled() => return,
                () = self.wake.notified() => {}
                () = tokio::time::sleep(LOOK) => {}
            }
        }
    }

    /// Where a run stands: `waiting`, `done` or `failed`.
    pub async fn state(&self, run: RunId) -> Result<String, Error> {
        Ok(store::find(&self.control, run).await?.state)
    }

    /// Takes up a run and carries it through `fatal`, whose effect it does not write down: what a
    /// process leaves that dies there. For tests of the runs' durability.
    pub async fn die_after(&self, run: RunId, fatal: Step) -> Result<(), Error> {
        let Some(run) = store::take(&self.control, Some(run), self.clock.now()).await? else {
            return Err(Error::NotFound);
        };
        while let Some(step) = store::next_step(&self.control, run.id).await? {
            self.perform(&run, step).await?;
            if step == fatal {
                return Ok(());
            }
            store::step_done(&self.control, run.id, step, self.clock.now()).await?;
        }
        Ok(())
    }

    /// Takes up one run that is due (or this one) and carries it as far as it goes. False where
    /// there was none.
    pub async fn advance(&self, only: Option<RunId>) -> Result<bool, Error> {
        let Some(run) = store::take(&self.control, only, self.clock.now()).await? else {
            return Ok(false);
        };
        while let Some(step) = store::next_step(&self.control, run.id).await? {
            if let Err(error) = self.perform(&run, step).await {
                let cause = format!("{}: {error}", step.name());
                store::postpone(&self.control, run.id, &cause, self.clock.now()).await?;
                return Err(error);
            }
            store::step_done(&self.control, run.id, step, self.clock.now()).await?;
            tracing::info!(run = %run.id, tenant = %run.tenant, step = step.name(), "step done");
        }
        store::finish(&self.control, run.id, self.clock.now()).await?;
        Ok(true)
    }
}
