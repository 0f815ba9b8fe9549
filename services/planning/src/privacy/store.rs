//! The SQL of keeping and forgetting.

use kernel::{Timestamp, UserId, WorkerId};
use sqlx::PgConnection;

use super::model::{Data, Kept, Limits};

/// How much was forgotten.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Forgotten {
    /// Stays whose presses lost their positions.
    pub clock_positions: u64,
    /// Steps and incidents that lost theirs.
    pub proof_positions: u64,
    /// Refused calls.
    pub refusals: u64,
    /// Stays.
    pub hours: u64,
    /// Weeks.
    pub timesheets: u64,
    /// Answers to repeated calls.
    pub answers: u64,
}

/// Forgets what is over.
pub async fn forget(tx: &mut PgConnection, limits: &Limits) -> Result<Forgotten, sqlx::Error> {
    Ok(Forgotten {
        clock_positions: clock_positions(tx, limits.positions).await?,
        proof_positions: proof_positions(tx, limits.proofs).await?,
        refusals: refusals(tx, limits.proofs).await?,
        hours: hours(tx, limits.hours).await?,
        timesheets: timesheets(tx, limits.hours).await?,
        answers: web::forget_answers(tx, limits.answers).await?,
    })
}

/// The verdict on the fence stays: it says inside or outside, not where.
async fn clock_positions(tx: &mut PgConnection, before: Timestamp) -> Result<u64, sqlx::Error> {
    let done = sqlx::query!(
        r#"update planning.time_entry
           set clock_in = clock_in || '{"position": null, "distance_m": null}',
               clock_out = clock_out || '{"position": null, "distance_m": null}',
               located = false, version = version + 1
           where located and in_at < $1"#,
        before
    )
    .execute(tx)
    .await?;
    Ok(done.rows_affected())
}

async fn proof_positions(tx: &mut PgConnection, before: Timestamp) -> Result<u64, sqlx::Error> {
    let steps = sqlx::query!(
        "update planning.task_transition set lat = null, lon = null, accuracy_m = null
         where at < $1 and lat is not null",
        before
    )
    .execute(&mut *tx)
    .await?;
    let incidents = sqlx::query!(
        "update planning.incident set position = null, version = version + 1
         where reported_at < $1 and coalesce(position, 'null') <> 'null'",
        before
    )
    .execute(tx)
    .await?;
    Ok(steps.rows_affected() + incidents.rows_affected())
}

async fn refusals(tx: &mut PgConnection, before: Timestamp) -> Result<u64, sqlx::Error> {
    let done = sqlx::query!("delete from planning.refusal where noted_at < $1", before)
        .execute(tx)
        .await?;
    Ok(done.rows_affected())
}

/// With what phones were told of them, which none holds any more.
async fn hours(tx: &mut PgConnection, before: Timestamp) -> Result<u64, sqlx::Error> {
    let done = sqlx::query_scalar!(
        r#"with gone as (
               delete from planning.time_entry where coalesce(out_at, in_at) < $1
               returning id),
           told as (
               delete from planning.change c using gone
               where c.kind = 'time_entry' and c.entity_id = gone.id)
           select count(*) as "n!" from gone"#,
        before
    )
    .fetch_one(tx)
    .await?;
    Ok(u64::try_from(done).unwrap_or(0))
}

async fn timesheets(tx: &mut PgConnection, before: Timestamp) -> Result<u64, sqlx::Error> {
    let done =
        sqlx::query!("delete from planning.timesheet where to_at < $1", before).execute(tx).await?;
    Ok(done.rows_affected())
}

/// Whether anything is kept that will have to be forgotten, here or with the proofs.
pub async fn keeps_anything(conn: &mut PgConnection) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select (exists(select 1 from planning.time_entry)
                   or exists(select 1 from planning.timesheet)
                   or exists(select 1 from proofs_pub.kept_place)
                   or exists(select 1 from proofs_pub.kept_trail_place)
                   or exists(select 1 from core.idempotency_key)
                   or exists(select 1 from planning.refusal)
                   or exists(select 1 from planning.task_transition where lat is not null)
                   or exists(select 1 from planning.incident
                             where coalesce(position, 'null') <> 'null')) as "any!""#
    )
    .fetch_one(conn)
    .await
}

/// What is kept of a worker and of the user the worker is, by all services.
pub async fn kept(
    conn: &mut PgConnection,
    worker: WorkerId,
    user: UserId,
) -> Result<Vec<Kept>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select what as "what!", count(*) as "n!", min(at) as oldest, max(at) as newest
           from (
               select 'clock_positions' as what, in_at as at from planning.time_entry
               where worker_id = $1 and located
               union all
               select 'proof_positions', at from planning.task_transition
               where worker_id = $1 and lat is not null
               union all
               select 'proof_positions', reported_at from planning.incident
               where reporter_worker_id = $1 and coalesce(position, 'null') <> 'null'
               union all
               select 'refusals', noted_at from planning.refusal where worker_id = $1
               union all
               select 'hours', coalesce(out_at, in_at) from planning.time_entry
               where worker_id = $1
               union all
               select 'timesheets', to_at from planning.timesheet where worker_id = $1
               union all
               select 'photo_positions', at from proofs_pub.kept_place where user_id = $2
               union all
               select case entity when 'time_entry' then 'trail_clock_positions'
                                  else 'trail_positions' end, at
               from proofs_pub.kept_trail_place where user_id = $2
               union all
               select 'trail_refusals', t.at from planning.refusal r
               join proofs_pub.kept_trail t on t.entity = 'refusal' and t.entity_id = r.id
               where r.worker_id = $1
               union all
               select 'trail_hours', t.at from planning.time_entry e
               join proofs_pub.kept_trail t on t.entity = 'time_entry' and t.entity_id = e.id
               where e.worker_id = $1
               union all
               select 'trail_hours', t.at from planning.timesheet s
               join proofs_pub.kept_trail t on t.entity = 'timesheet' and t.entity_id = s.id
               where s.worker_id = $1
               union all
               select 'counted_hours', at from reporting_pub.kept_stay where worker_id = $1
               union all
               select 'labour_costs', day::timestamp at time zone 'UTC'
               from projects_pub.kept_labour where worker_id = $1
               union all
               select 'news', at from reporting_pub.kept_news where worker_id = $1
           ) kept
           group by what"#,
        worker as WorkerId,
        user as UserId
    )
    .fetch_all(&mut *conn)
    .await?;
    let answers = web::kept_answers(conn, user).await?;
    let of = |data: Data| {
        if data == Data::Answers {
            return Kept::new(data, answers.count, answers.oldest, answers.newest);
        }
        let row = rows.iter().find(|row| row.what == data.as_str());
        let (oldest, newest) = (row.and_then(|row| row.oldest), row.and_then(|row| row.newest));
        Kept::new(data, row.map_or(0, |row| row.n), oldest, newest)
    };
    Ok(Data::ALL.into_iter().map(of).collect())
}
