//! Links entries to the chain as they come, and keeps the chain's head out of reach of the
//! tenant's database.

use async_trait::async_trait;
use contracts::{Envelope, Event};
use events::{ConsumeError, Consumer};
use jobs::{Handler, Job, JobError, NewJob};
use kernel::{TenantId, Timestamp};
use sqlx::PgConnection;
use web::App;

use super::chain::{link, origin};
use super::store::{self, Tip};
use crate::Error;

/// How many entries are linked in one transaction.
const BATCH: i64 = 1000;

/// Links entries that wait, at most one batch; answers how many.
async fn seal(tx: &mut PgConnection, tenant: TenantId) -> Result<usize, sqlx::Error> {
    store::lock_chain(tx).await?;
    let entries = store::take_pending(tx, BATCH).await?;
    if entries.is_empty() {
        return Ok(0);
    }
    let tip = store::tip(tx).await?;
    let tip = tip.unwrap_or_else(|| Tip { position: 0, hash: origin(tenant).to_vec() });
    let mut before = tip.hash;
    let mut hashes = Vec::with_capacity(entries.len());
    for entry in &entries {
        before = link(&before, entry).to_vec();
        hashes.push(before.clone());
    }
    let ids: Vec<_> = entries.iter().map(|e| e.id.uuid()).collect();
    store::append(tx, tip.position + 1, &ids, &hashes).await?;
    Ok(entries.len())
}

/// Links every entry that waits.
pub(super) async fn seal_all(app: &App, tenant: TenantId) -> Result<(), Error> {
    loop {
        let mut tx = app.tenants.begin(tenant).await?;
        let sealed = seal(&mut tx, tenant).await?;
        tx.commit().await?;
        if sealed < BATCH as usize {
            return Ok(());
        }
    }
}

/// Seals whenever something happened anywhere: every write leaves an event with its entry. One
/// event of a burst seals the entries of all.
pub(crate) struct Sealer;

#[async_trait]
impl Consumer for Sealer {
    fn name(&self) -> &'static str {
        "proofs.sealer"
    }

    fn types(&self) -> &'static [&'static str] {
        &[
            contracts::UserChanged::TYPE,
            contracts::ProjectChanged::TYPE,
            contracts::SiteChanged::TYPE,
            contracts::PhaseChanged::TYPE,
            contracts::MilestoneChanged::TYPE,
            contracts::WorkerChanged::TYPE,
            contracts::SkillChanged::TYPE,
            contracts::CrewChanged::TYPE,
            contracts::TaskChanged::TYPE,
            contracts::ChecklistChanged::TYPE,
            contracts::PlanChanged::TYPE,
            contracts::ChecklistRunChanged::TYPE,
            contracts::IncidentChanged::TYPE,
            contracts::EscalationChanged::TYPE,
            contracts::TimeEntryChanged::TYPE,
            contracts::TimesheetChanged::TYPE,
            contracts::SiteCodeChanged::TYPE,
            contracts::AgreementChanged::TYPE,
            contracts::RetentionApplied::TYPE,
            contracts::PhotoChanged::TYPE,
            contracts::SignatureTaken::TYPE,
            contracts::ReportChanged::TYPE,
            contracts::RiskChanged::TYPE,
            contracts::RiskThresholdsChanged::TYPE,
            contracts::SteeringItemChanged::TYPE,
            contracts::SteeringKpiChanged::TYPE,
            contracts::SteeringMeetingChanged::TYPE,
            contracts::BudgetChanged::TYPE,
            contracts::BudgetLineChanged::TYPE,
            contracts::CommitmentChanged::TYPE,
            contracts::CostChanged::TYPE,
            contracts::RateChanged::TYPE,
            contracts::ContractChanged::TYPE,
            contracts::ClaimChanged::TYPE,
            contracts::WorkerCostChanged::TYPE,
        ]
    }

    async fn take(&self, tx: &mut PgConnection, event: &Envelope) -> Result<(), ConsumeError> {
        seal(tx, event.tenant).await?;
        Ok(())
    }
}

const KIND: &str = "proofs.keep_head";

/// The work that a proof asks of the chain, a little later so that many ask once.
pub(crate) fn keep_head_after(now: Timestamp) -> NewJob {
    NewJob {
        kind: KIND,
        key: Some("head".to_owned()),
        payload: serde_json::Value::Null,
        run_at: now + chrono::TimeDelta::seconds(10),
    }
}

/// Copies the chain's head to the control database.
pub(crate) struct KeepHead {
    app: App,
}

impl KeepHead {
    pub fn new(app: App) -> Self {
        Self { app }
    }
}

#[async_trait]
impl Handler for KeepHead {
    fn kind(&self) -> &'static str {
        KIND
    }

    async fn run(&self, job: &Job) -> Result<(), JobError> {
        let retry = |e: Error| JobError::Retry(e.to_string());
        seal_all(&self.app, job.tenant).await.map_err(retry)?;
        keep_head(&self.app, job.tenant).await.map_err(retry)
    }
}

/// Moves the head on, if the chain still holds what the head remembers: else the old head is the
/// evidence.
pub(super) async fn keep_head(app: &App, tenant: TenantId) -> Result<(), Error> {
    let control = app.tenants.control();
    let head = store::head(control, tenant).await?;
    let (tip, same) = {
        let mut db = app.tenants.conn(tenant).await?;
        let Some(tip) = store::tip(&mut db).await? else { return Ok(()) };
        let same = match &head {
            Some(head) => {
                store::hash_at(&mut db, head.position).await?.as_ref() == Some(&head.hash)
            }
            None => true,
        };
        (tip, same)
    };
    if same {
        store::keep_head(control, tenant, &tip, app.clock.now()).await?;
    } else {
        tracing::error!(%tenant, "the audit chain is not the one that was sealed; verify it");
    }
    Ok(())
}
