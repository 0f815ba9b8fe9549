//! The SQL of runs.

use chrono::Duration;
use kernel::{RunId, TenantId, Timestamp};
use serde_json::Value;
use sqlx::error::DatabaseError;
use sqlx::{PgConnection, PgPool};

use super::model::{RunView, Step, StepView, Taken};
use crate::error::Error;

/// How long a run belongs to the worker that took it up, without a sign of life.
const LEASE_SECONDS: i64 = 10;

pub(crate) async fn insert(
    tx: &mut PgConnection,
    tenant: TenantId,
    kind: &str,
    steps: &[Step],
    admin: Option<Value>,
    now: Timestamp,
) -> Result<RunId, Error> {
    let id = RunId::new();
    let result = sqlx::query!(
        "insert into provisioning.run (id, tenant_id, kind, state, admin, run_at, created_at)
         values ($1, $2, $3, 'waiting', $4, $5, $5)",
        id as RunId,
        tenant as TenantId,
        kind,
        admin,
        now
    )
    .execute(&mut *tx)
    .await;
    match result {
        Err(e) if e.as_database_error().is_some_and(DatabaseError::is_unique_violation) => {
            return Err(Error::Busy);
        }
        other => other?,
    };
    let names: Vec<_> = steps.iter().map(|s| s.name().to_owned()).collect();
    sqlx::query!(
        "insert into provisioning.step (run_id, position, name)
         select $1, position, name
         from unnest($2::text[]) with ordinality as s(name, position)",
        id as RunId,
        &names
    )
    .execute(tx)
    .await?;
    Ok(id)
}

/// Takes up a run that is due and that nobody holds.
pub(crate) async fn take(
    pool: &PgPool,
    only: Option<RunId>,
    now: Timestamp,
) -> Result<Option<Taken>, Error> {
    let row = sqlx::query!(
        r#"update provisioning.run set lease_until = $2, attempts = attempts + 1
           where id = (
               select id from provisioning.run
               where state = 'waiting' and run_at <= $1
                 and (lease_until is null or lease_until < $1)
                 and ($3::uuid is null or id = $3)
               order by run_at limit 1 for update skip locked)
           returning id as "id: RunId", tenant_id as "tenant: TenantId", admin"#,
        now,
        now + Duration::seconds(LEASE_SECONDS),
        only as Option<RunId>
    )
    .fetch_optional(pool)
    .await?;
    row.map(|r| {
        let admin = r.admin.map(serde_json::from_value).transpose();
        let admin = admin.map_err(|e| Error::Step { step: "read", cause: e.to_string() })?;
        Ok(Taken { id: r.id, tenant: r.tenant, admin })
    })
    .transpose()
}

/// The first step that is not done.
pub(crate) async fn next_step(pool: &PgPool, run: RunId) -> Result<Option<Step>, Error> {
    let name = sqlx::query_scalar!(
        "select name from provisioning.step where run_id = $1 and done_at is null
         order by position limit 1",
        run as RunId
    )
    .fetch_optional(pool)
    .await?;
    Ok(name.and_then(|n| Step::named(&n)))
}

/// Writes down that a step is done, and renews the lease.
pub(crate) async fn step_done(
    pool: &PgPool,
    run: RunId,
    step: Step,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "with held as (update provisioning.run set lease_until = $4 where id = $1)
         update provisioning.step set done_at = $3
         where run_id = $1 and name = $2 and done_at is null",
        run as RunId,
        step.name(),
        now,
        now + Duration::seconds(LEASE_SECONDS)
    )
    .execute(pool)
    .await
    .map(|_| ())
}

pub(crate) async fn finish(pool: &PgPool, run: RunId, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update provisioning.run
         set state = 'done', finished_at = $2, lease_until = null, last_error = null
         where id = $1",
        run as RunId,
        now
    )
    .execute(pool)
    .await
    .map(|_| ())
}

/// Gives a run back after a failure, to be taken up later; after 20 attempts it is failed.
pub(crate) async fn postpone(
    pool: &PgPool,
    run: RunId,
    error: &str,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update provisioning.run
         set last_error = $2, lease_until = null,
             run_at = $3::timestamptz + least(power(2, attempts), 60) * interval '1 second',
             state = case when attempts >= 20 then 'failed' else 'waiting' end,
             finished_at = case when attempts >= 20 then $3::timestamptz end
         where id = $1",
        run as RunId,
        error,
        now
    )
    .execute(pool)
    .await
    .map(|_| ())
}

pub(crate) async fn find(pool: &PgPool, id: RunId) -> Result<RunView, Error> {
    let run = sqlx::query!(
        r#"select tenant_id as "tenant_id: TenantId", kind, state, attempts, last_error,
                  created_at, finished_at
           from provisioning.run where id = $1"#,
        id as RunId
    )
    .fetch_optional(pool)
    .await?
    .ok_or(Error::NotFound)?;
    let steps = sqlx::query_as!(
        StepView,
        "select name, done_at from provisioning.step where run_id = $1 order by position",
        id as RunId
    )
    .fetch_all(pool)
    .await?;
    Ok(RunView {
        id,
        tenant_id: run.tenant_id,
        kind: run.kind,
        state: run.state,
        attempts: run.attempts,
        last_error: run.last_error,
        created_at: run.created_at,
        finished_at: run.finished_at,
        steps,
    })
}
