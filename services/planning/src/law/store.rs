//! The SQL of the law: the agreement, what is planned, what must be known of a worker.

use chrono::{Months, NaiveDate, NaiveTime};
use chrono_tz::Tz;
use kernel::{AgreementId, TaskId, Timestamp, UserId, WorkerId};
use labour::{Agreement, Span, Worker};
use sqlx::PgConnection;
use sqlx::types::Json;

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

/// What the law must know of a worker: of age only that somebody is under eighteen.
pub async fn facts(conn: &mut PgConnection, worker: WorkerId) -> Result<Worker, sqlx::Error> {
    let until = sqlx::query_scalar!(
        r#"select minor_until as "until!" from resources_pub.worker_minor where worker_id = $1"#,
        worker as WorkerId
    )
    .fetch_optional(conn)
    .await?;
    let born = until.and_then(|until: NaiveDate| until.checked_sub_months(Months::new(18 * 12)));
    Ok(Worker { born })
}

/// A worker's hours of each week day, 1 for Monday.
type Hours = Vec<(i16, NaiveTime, NaiveTime)>;

async fn hours(conn: &mut PgConnection, worker: WorkerId) -> Result<Hours, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select day as "day!", starts as "starts!", ends as "ends!"
           from resources_pub.worker_hours where worker_id = $1 order by day, starts"#,
        worker as WorkerId
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.day, row.starts, row.ends)).collect())
}

/// What a worker is planned to work in a span: the tasks the worker is on, longer ones in the
/// worker's hours at the site.
pub async fn planned(
    conn: &mut PgConnection,
    worker: WorkerId,
    around: Span,
    without: &[TaskId],
) -> Result<Vec<Span>, sqlx::Error> {
    let hours = hours(conn, worker).await?;
    let rows = sqlx::query!(
        r#"select lower(a.during) as "from!", upper(a.during) as "to!",
                  coalesce(s.zone, 'UTC') as "zone!"
           from planning.assignment a join planning.task t on t.id = a.task_id
           left join projects_pub.site s on s.id = t.site_id
           where a.worker_id = $1 and a.holds and a.during && tstzrange($2, $3)
             and a.task_id <> all($4)
           order by lower(a.during)"#,
        worker as WorkerId,
        around.from,
        around.to,
        without as &[TaskId]
    )
    .fetch_all(conn)
    .await?;
    let spans = rows.into_iter().flat_map(|row| {
        let zone = row.zone.parse().unwrap_or(Tz::UTC);
        pieces(Span::new(row.from.max(around.from), row.to.min(around.to)), zone, &hours)
    });
    Ok(spans.collect())
}

/// What of a task's span is work: all of it where it fits in a day, else the worker's hours in it.
/// Somebody without hours works none of a long task.
pub fn pieces(span: Span, zone: Tz, hours: &[(i16, NaiveTime, NaiveTime)]) -> Vec<Span> {
    use chrono::{Datelike, TimeDelta};
    if span.to - span.from <= TimeDelta::hours(16) {
        return vec![span];
    }
    let first = span.from.with_timezone(&zone).date_naive();
    let last = span.to.with_timezone(&zone).date_naive();
    let days = first.iter_days().take_while(|day| *day <= last);
    let at = |day: NaiveDate, time: NaiveTime| {
        labour::midnight(zone, day) + time.signed_duration_since(NaiveTime::MIN)
    };
    let of_day = |day: NaiveDate| {
        let number = i16::try_from(day.weekday().number_from_monday()).unwrap_or(0);
        let spans = hours.iter().filter(move |(day, _, _)| *day == number);
        spans.map(move |(_, from, to)| Span::new(at(day, *from), at(day, *to)))
    };
    let spans = days.flat_map(of_day);
    let within = spans.map(|s| Span::new(s.from.max(span.from), s.to.min(span.to)));
    within.filter(|span| span.from < span.to).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_tasks_are_worked_in_the_workers_hours_and_short_ones_as_they_are() {
        let at = |text: &str| format!("2026-03-{text}:00Z").parse::<Timestamp>().unwrap();
        let time = |text: &str| text.parse::<NaiveTime>().unwrap();
        let hours = [
            (1, time("08:00:00"), time("12:00:00")),
            (1, time("13:00:00"), time("17:00:00")),
            (2, time("08:00:00"), time("12:00:00")),
        ];
        let pieces = |from, to| {
            let spans = pieces(Span::new(at(from), at(to)), Tz::UTC, &hours);
            spans.into_iter().map(|s| (s.to - s.from).num_minutes()).collect::<Vec<_>>()
        };
        // Monday 2 March 2026.
        assert_eq!(pieces("02T06:00", "02T20:00"), [840]);
        assert_eq!(pieces("02T09:00", "04T09:00"), [180, 240, 240]);
        assert_eq!(pieces("04T00:00", "06T00:00"), [0_i64; 0]);
    }
}
