//! The SQL of jobs (`core.job`).

use chrono::TimeDelta;
use kernel::{JobId, Service, TenantId, Timestamp};
use sqlx::PgConnection;

use crate::runner::pause;
use crate::{Job, NewJob};

/// A kind that this build does not know, of a newer version perhaps, is looked at again after
/// this long.
const UNKNOWN_KIND: TimeDelta = TimeDelta::minutes(10);

/// Stores a job in the writer's transaction and answers its id. Where a job of the same kind and
/// key waits already, that one stays, and runs at the earlier of the two times.
pub async fn enqueue(
    tx: &mut PgConnection,
    service: Service,
    job: &NewJob,
    now: Timestamp,
) -> Result<JobId, sqlx::Error> {
    sqlx::query_scalar!(
        r#"insert into core.job as waiting (id, service, kind, key, payload, run_at, created_at)
           values ($1, $2, $3, $4, $5, $6, $7)
           on conflict (service, kind, key) where state = 'waiting' and key is not null
           do update set run_at = least(waiting.run_at, excluded.run_at)
           returning id as "id: JobId""#,
        JobId::new() as JobId,
        service.name(),
        job.kind,
        job.key,
        job.payload,
        job.run_at,
        now
    )
    .fetch_one(tx)
    .await
}

/// Deletes done jobs that ended before `older_than`. Failed ones stay for a person to see.
pub async fn purge(tx: &mut PgConnection, older_than: Timestamp) -> Result<u64, sqlx::Error> {
    let done =
        sqlx::query!("delete from core.job where state = 'done' and finished_at < $1", older_than)
            .execute(tx)
            .await?;
    Ok(done.rows_affected())
}

/// Leases the job that is due longest: one that waits, or one whose worker let its lease lapse.
/// Of two with the same key only one runs at a time. A lease that ends minutes after `until` is
/// from a clock that was wrong, and counts as lapsed.
pub(crate) async fn lease(
    conn: &mut PgConnection,
    service: Service,
    tenant: TenantId,
    kinds: &[String],
    now: Timestamp,
    until: Timestamp,
) -> Result<Option<Job>, sqlx::Error> {
    let row = sqlx::query!(
        r#"update core.job j
           set state = 'running', lease_until = $4, attempts = j.attempts + 1
           from (select id from core.job c
                 where service = $1 and kind = any($2)
                   and (state = 'waiting' and run_at <= $3
                            and not exists (select from core.job r
                                            where r.service = c.service and r.kind = c.kind
                                              and r.key = c.key and r.state = 'running')
                        or state = 'running' and (lease_until <= $3
                            or lease_until > $4::timestamptz + interval '5 minutes'))
                 order by run_at limit 1 for update skip locked) due
           where j.id = due.id
           returning j.id as "id: JobId", j.kind, j.payload, j.attempts"#,
        service.name(),
        kinds,
        now,
        until
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| Job {
        id: row.id,
        tenant,
        kind: row.kind,
        payload: row.payload,
        attempts: row.attempts.unsigned_abs(),
    }))
}

/// Extends a lease. False when the job is no longer this worker's.
pub(crate) async fn renew(
    conn: &mut PgConnection,
    job: &Job,
    until: Timestamp,
) -> Result<bool, sqlx::Error> {
    let renewed = sqlx::query!(
        "update core.job set lease_until = $3
         where id = $1 and state = 'running' and attempts = $2",
        job.id as JobId,
        attempts(job),
        until
    )
    .execute(conn)
    .await?;
    Ok(renewed.rows_affected() == 1)
}

/// Ends a job as done or, with an error, as failed; unless another worker has taken it over.
pub(crate) async fn finish(
    conn: &mut PgConnection,
    job: &Job,
    error: Option<&str>,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update core.job
         set state = case when $3::text is null then 'done' else 'failed' end,
             last_error = $3, finished_at = $4, lease_until = null
         where id = $1 and state = 'running' and attempts = $2",
        job.id as JobId,
        attempts(job),
        error,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Lets a job wait for another attempt, with so many counted. When a newer one with its key waits,
/// that one does the work, and this one is done.
pub(crate) async fn again(
    conn: &mut PgConnection,
    job: &Job,
    counted: u32,
    error: &str,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let waits = sqlx::query!(
        "update core.job
         set state = 'waiting', last_error = $3, run_at = $4, lease_until = null, attempts = $5
         where id = $1 and state = 'running' and attempts = $2",
        job.id as JobId,
        attempts(job),
        error,
        now + pause(counted),
        count(counted)
    )
    .execute(&mut *conn)
    .await;
    match waits {
        Err(sqlx::Error::Database(refused)) if refused.is_unique_violation() => {
            finish(conn, job, None, now).await
        }
        other => other.map(|_| ()),
    }
}

fn attempts(job: &Job) -> i32 {
    count(job.attempts)
}

fn count(attempts: u32) -> i32 {
    i32::try_from(attempts).unwrap_or(i32::MAX)
}

/// When this service next has something to do in this database.
pub(crate) async fn next(
    conn: &mut PgConnection,
    service: Service,
    kinds: &[String],
    now: Timestamp,
) -> Result<Option<Timestamp>, sqlx::Error> {
    sqlx::query_scalar!(
        "select min(case when kind <> all($2) then greatest(run_at, $3)
                         when state = 'running' then coalesce(lease_until, run_at)
                         else run_at end)
         from core.job where service = $1 and state in ('waiting', 'running')",
        service.name(),
        kinds,
        now + UNKNOWN_KIND
    )
    .fetch_one(conn)
    .await
}
