//! The one way to change something: claim the idempotency key, run, store events, audit entry and
//! answer, commit, wake the relay. Remote calls and image work never happen inside.

use std::ops::{Deref, DerefMut};

use contracts::{Envelope, Event};
use jobs::NewJob;
use kernel::{EventId, Timestamp, UserId};
use serde::Serialize;
use serde_json::Value;
use sqlx::PgConnection;
use tenancy::Tx;

use crate::answer::{Answer, Reply};
use crate::app::App;
use crate::audit;
use crate::context::{Device, Visit};
use crate::idempotency::{Claim, Given};
use crate::problem::Problem;

/// A write under way: the tenant's transaction, and what will be told once it is committed.
pub struct Write<'a> {
    tx: Tx,
    pub(crate) visit: &'a Visit,
    now: Timestamp,
    /// What the audit trail keeps of the device: where it is only once the write asked for it.
    pub(crate) device: Device,
    acts: Vec<(Envelope, Value)>,
    jobs: Vec<NewJob>,
}

impl Deref for Write<'_> {
    type Target = PgConnection;
    fn deref(&self) -> &PgConnection {
        &self.tx
    }
}

impl DerefMut for Write<'_> {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.tx
    }
}

impl Write<'_> {
    /// The time of this write.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Who makes it, if it is somebody.
    pub fn actor(&self) -> Option<UserId> {
        self.visit.actor
    }

    /// The service's state.
    pub fn app(&self) -> &App {
        &self.visit.app
    }

    /// Tells what happened: an event for other services, an entry for the audit trail.
    pub fn emit(&mut self, event: &impl Event) {
        self.emit_about(event, &Value::Null);
    }

    /// The same, with the values a reader of the audit trail wants to see (they may be personal:
    /// they stay in the tenant's database and are erased with the person).
    pub fn emit_about<E: Event>(&mut self, event: &E, about: &impl Serialize) {
        let subject = event.subject();
        let envelope = Envelope {
            id: EventId::new(),
            tenant: self.visit.tenant.id,
            kind: E::TYPE.to_owned(),
            action: event.action().to_owned(),
            entity: subject.entity.to_owned(),
            entity_id: subject.id,
            entity_version: subject.version,
            actor: self.visit.actor,
            device_at: self.visit.device.at,
            at: self.now,
            request_id: self.visit.request_id,
            trace: self.visit.trace.clone(),
            payload: serde_json::to_value(event).unwrap_or(Value::Null),
        };
        let about = serde_json::to_value(about).unwrap_or(Value::Null);
        self.acts.push((envelope, about));
    }

    /// Leaves background work to be done after the commit.
    pub fn enqueue(&mut self, job: NewJob) {
        self.jobs.push(job);
    }

    async fn finish(mut self) -> Result<(), Problem> {
        let app = &self.visit.app;
        let tenant = self.visit.tenant.id;
        for job in &self.jobs {
            jobs::enqueue(&mut self.tx, app.service, job, self.now).await?;
        }
        if !self.acts.is_empty() {
            audit::store(&mut self.tx, &self.acts, &self.device).await?;
            let envelopes: Vec<_> = self.acts.into_iter().map(|(envelope, _)| envelope).collect();
            events::store(&mut self.tx, &envelopes).await?;
            app.outbox.before_commit(tenant).await?;
        }
        let due = self.jobs.iter().map(|j| j.run_at).min();
        if let Some(due) = due {
            app.jobs.before_commit(tenant, due).await?;
        }
        self.tx.commit().await?;
        app.outbox.wake(tenant);
        if due.is_some() {
            app.jobs.wake(tenant);
        }
        Ok(())
    }

    /// What the change answers, stored under the call's key; or what was answered under it before.
    async fn answer<T, E, F>(&mut self, change: F) -> Result<Reply<T>, Problem>
    where
        T: Answer,
        E: Into<Problem>,
        F: AsyncFnOnce(&mut Write<'_>) -> Result<T, E>,
    {
        let claim = self.visit.claim.as_ref();
        if let Some(claim) = claim
            && let Some(stored) = claim.take(&mut self.tx).await?
        {
            return Ok(Reply::Again(stored));
        }
        let answer = change(self).await.map_err(Into::into)?;
        self.check_told().await?;
        if let Some(claim) = claim {
            remember(claim, self, &answer).await?;
        }
        Ok(Reply::Fresh(answer))
    }

    /// Takes all of it back before the answer goes out: whoever calls next under the same key must
    /// not find it held by what is over. A connection on which that fails is closed, which takes it
    /// back as well.
    async fn back(self) {
        if let Err(error) = self.tx.rollback().await {
            tracing::warn!(%error, "a write was taken back by closing its connection");
        }
    }

    /// Every change leaves an event and an audit entry: one that told nobody is refused.
    /// PostgreSQL gives a transaction its id at the first change, so none means nothing changed.
    async fn check_told(&mut self) -> Result<(), Problem> {
        if !self.acts.is_empty() {
            return Ok(());
        }
        let wrote = sqlx::query_scalar!(
            r#"select pg_current_xact_id_if_assigned() is not null as "wrote!""#
        )
        .fetch_one(&mut *self.tx)
        .await?;
        if wrote {
            return Err(Problem::internal("a write told nobody: no event, no audit entry"));
        }
        Ok(())
    }
}

impl Visit {
    /// Runs `change` in one transaction on this tenant's database and commits it with its events,
    /// its audit entries and its answer. Under an idempotency key that was used before, the
    /// answer of that time is given and nothing is done.
    pub async fn write<T, E, F>(&self, change: F) -> Result<Reply<T>, Problem>
    where
        T: Answer,
        E: Into<Problem>,
        F: AsyncFnOnce(&mut Write<'_>) -> Result<T, E>,
    {
        let mut write = self.begin().await?;
        let outcome = write.answer(change).await;
        match outcome {
            Ok(Reply::Fresh(answer)) => {
                write.finish().await?;
                Ok(Reply::Fresh(answer))
            }
            other => {
                write.back().await;
                other
            }
        }
    }

    /// The same for what answers no request of its own: jobs, uploads, sign-ins.
    pub async fn commit<T, E, F>(&self, change: F) -> Result<T, Problem>
    where
        E: Into<Problem>,
        F: AsyncFnOnce(&mut Write<'_>) -> Result<T, E>,
    {
        let mut write = self.begin().await?;
        let outcome = change(&mut write).await.map_err(Into::into)?;
        write.check_told().await?;
        write.finish().await?;
        Ok(outcome)
    }

    /// Runs `change` and takes it back, with all it would have told: whether it could be.
    pub async fn rehearse<T, E, F>(&self, change: F) -> Result<T, Problem>
    where
        E: Into<Problem>,
        F: AsyncFnOnce(&mut Write<'_>) -> Result<T, E>,
    {
        let mut write = self.begin().await?;
        change(&mut write).await.map_err(Into::into)
    }

    async fn begin(&self) -> Result<Write<'_>, Problem> {
        Ok(Write {
            tx: self.app.tenants.begin_of(&self.tenant).await?,
            visit: self,
            now: self.now(),
            device: Device { position: None, ..self.device },
            acts: Vec::new(),
            jobs: Vec::new(),
        })
    }
}

async fn remember<T: Answer>(
    claim: &Claim,
    write: &mut Write<'_>,
    answer: &T,
) -> Result<(), Problem> {
    let now = write.now;
    if T::SECRET {
        return claim.store(&mut write.tx, None, now).await;
    }
    let body = answer.body().map_err(Problem::internal)?;
    let (status, headers) = (answer.status(), answer.headers());
    let given = Given { status, headers: &headers, body: &body };
    claim.store(&mut write.tx, Some(given), now).await
}
