//! The SQL of the law: the agreement, what is planned, what must be known of a worker.

use std::collections::HashMap;

use chrono::{Months, NaiveDate, TimeDelta};
use chrono_tz::Tz;
use kernel::{AgreementId, TaskId, Timestamp, UserId, WorkerId};
use labour::{Agreement, Span, Worker};
use sqlx::PgConnection;
use sqlx::types::Json;

use super::hours::{Hours, pieces};

/// The firm's agreement.
pub struct Agreed {
    /// Its id.
    pub id: AgreementId,
    /// What it says.
    pub agreement: Agreement,
    /// Its version.
    pub version: i64,
}

/// The firm's agreement, if one is recorded.
pub async fn agreement(conn: &mut PgConnection) -> Result<Option<Agreed>, sqlx::Error> {
    let row = sqlx::query!(
        r#"select id as "id: AgreementId", agreement as "agreement: Json<Agreement>", version
           from planning.labour_agreement"#
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|r| Agreed { id: r.id, agreement: r.agreement.0, version: r.version }))
}

/// Lets one writer at a time set the agreement, until the end of the transaction.
pub async fn lock(tx: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "select pg_advisory_xact_lock('planning.labour_agreement'::regclass::oid::bigint)"
    )
    .fetch_one(tx)
    .await?;
    Ok(())
}

/// Records the agreement in place of the one before.
pub async fn set(
    tx: &mut PgConnection,
    agreed: &Agreed,
    by: UserId,
    at: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into planning.labour_agreement (id, agreement, by_user, at, version)
         values ($1, $2, $3, $4, $5)
         on conflict (one) do update set agreement = excluded.agreement,
             by_user = excluded.by_user, at = excluded.at, version = excluded.version",
        agreed.id as AgreementId,
        Json(&agreed.agreement) as Json<&Agreement>,
        by as UserId,
        at,
        agreed.version
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// What the law must know of workers: of age only that somebody is under eighteen. Nobody of age is
/// in it.
pub async fn facts(
    conn: &mut PgConnection,
    workers: &[WorkerId],
) -> Result<HashMap<WorkerId, Worker>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select worker_id as "worker!: WorkerId", minor_until as "until!: NaiveDate"
           from resources_pub.worker_minor where worker_id = any($1)"#,
        workers as &[WorkerId]
    )
    .fetch_all(conn)
    .await?;
    let born = |until: NaiveDate| until.checked_sub_months(Months::new(18 * 12));
    Ok(rows.into_iter().map(|row| (row.worker, Worker { born: born(row.until) })).collect())
}

/// The usual hours of workers.
pub async fn hours(
    conn: &mut PgConnection,
    workers: &[WorkerId],
) -> Result<HashMap<WorkerId, Vec<Hours>>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select worker_id as "worker!: WorkerId", day as "day!", from_min as "from!",
                  to_min as "to!"
           from resources_pub.worker_hours where worker_id = any($1)"#,
        workers as &[WorkerId]
    )
    .fetch_all(conn)
    .await?;
    let mut hours: HashMap<WorkerId, Vec<Hours>> = HashMap::new();
    for row in rows {
        let (from, to) = (row.from.unsigned_abs(), row.to.unsigned_abs());
        hours.entry(row.worker).or_default().push(Hours { day: row.day, from, to });
    }
    Ok(hours)
}

/// When workers' contracts are suspended, so far as it lies in a span.
pub async fn leave(
    conn: &mut PgConnection,
    workers: &[WorkerId],
    around: Span,
) -> Result<HashMap<WorkerId, Vec<Span>>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select worker_id as "worker!: WorkerId", greatest(from_at, $2) as "from!",
                  least(to_at, $3) as "to!"
           from resources_pub.absence
           where worker_id = any($1) and suspends and from_at < $3 and to_at > $2
           order by from_at"#,
        workers as &[WorkerId],
        around.from,
        around.to
    )
    .fetch_all(conn)
    .await?;
    let mut leave: HashMap<WorkerId, Vec<Span>> = HashMap::new();
    for row in rows {
        leave.entry(row.worker).or_default().push(Span::new(row.from, row.to));
    }
    Ok(leave)
}

/// What workers are planned to work in a span, task by task: those they are on, in their hours at
/// the site.
pub async fn planned(
    conn: &mut PgConnection,
    workers: &[WorkerId],
    around: Span,
) -> Result<HashMap<WorkerId, Vec<(TaskId, Span)>>, sqlx::Error> {
    let hours = hours(conn, workers).await?;
    let rows = sqlx::query!(
        r#"select a.worker_id as "worker: WorkerId", a.task_id as "task: TaskId",
                  lower(a.during) as "from!", upper(a.during) as "to!", t.duration_min as work,
                  coalesce(s.zone, 'UTC') as "zone!"
           from planning.assignment a join planning.task t on t.id = a.task_id
           left join projects_pub.site s on s.id = t.site_id
           where a.worker_id = any($1) and a.holds and a.during && tstzrange($2, $3)
           order by lower(a.during)"#,
        workers as &[WorkerId],
        around.from,
        around.to
    )
    .fetch_all(conn)
    .await?;
    let mut planned: HashMap<WorkerId, Vec<(TaskId, Span)>> = HashMap::new();
    for row in rows {
        // What a task is as work depends on all of it: it is cut to the span afterwards.
        let zone = row.zone.parse().unwrap_or(Tz::UTC);
        let hours = hours.get(&row.worker).map_or(&[][..], Vec::as_slice);
        let (span, work) = (Span::new(row.from, row.to), TimeDelta::minutes(row.work.into()));
        let pieces = pieces(span, work, zone, hours).into_iter();
        let within = pieces.map(|s| Span::new(s.from.max(around.from), s.to.min(around.to)));
        let own = planned.entry(row.worker).or_default();
        own.extend(within.filter(|span| span.from < span.to).map(|span| (row.task, span)));
    }
    Ok(planned)
}
