//! The SQL of the law: the agreement, what is planned, what must be known of a worker.

use std::collections::HashMap;

use chrono::{Datelike, Months, NaiveDate, NaiveTime, TimeDelta};
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

/// What a worker is planned to work in a span: the tasks the worker is on, in the worker's hours at
/// the site.
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
    // What a task is as work depends on all of it: it is cut to the span afterwards.
    let spans = rows.into_iter().flat_map(|row| {
        let zone = row.zone.parse().unwrap_or(Tz::UTC);
        pieces(Span::new(row.from, row.to), zone, &hours)
    });
    let within = spans.map(|s| Span::new(s.from.max(around.from), s.to.min(around.to)));
    Ok(within.filter(|span| span.from < span.to).collect())
}

/// The longest span that may be one day's work.
const DAY: TimeDelta = TimeDelta::hours(16);

/// What of a task's span is work. Of one that fits in a day all but the pauses of the worker's hours
/// that lie within it; what it begins or ends in is worked. Of a longer one the worker's hours in
/// it: somebody without hours works none of it.
pub fn pieces(span: Span, zone: Tz, hours: &[(i16, NaiveTime, NaiveTime)]) -> Vec<Span> {
    let first = span.from.with_timezone(&zone).date_naive();
    let last = span.to.with_timezone(&zone).date_naive();
    let days = first.iter_days().take_while(|day| *day <= last);
    if span.to - span.from > DAY {
        let hours = days.flat_map(|day| of_day(day, zone, hours));
        let within = hours.map(|s| Span::new(s.from.max(span.from), s.to.min(span.to)));
        return within.filter(|span| span.from < span.to).collect();
    }
    let mut pieces = Vec::new();
    let mut from = span.from;
    for day in days {
        for pair in of_day(day, zone, hours).windows(2) {
            let pause = Span::new(pair[0].to, pair[1].from);
            if from < pause.from && pause.from < pause.to && pause.to < span.to {
                pieces.push(Span::new(from, pause.from));
                from = pause.to;
            }
        }
    }
    pieces.push(Span::new(from, span.to));
    pieces
}

/// Somebody's hours on a day, in order.
fn of_day(day: NaiveDate, zone: Tz, hours: &[(i16, NaiveTime, NaiveTime)]) -> Vec<Span> {
    let number = i16::try_from(day.weekday().number_from_monday()).unwrap_or(0);
    let at =
        |time: NaiveTime| labour::midnight(zone, day) + time.signed_duration_since(NaiveTime::MIN);
    let hours = hours.iter().filter(|(day, ..)| *day == number);
    let mut spans: Vec<_> = hours.map(|(_, from, to)| Span::new(at(*from), at(*to))).collect();
    spans.sort();
    spans
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        format!("2026-03-{text}:00Z").parse().unwrap()
    }

    /// Minutes of each piece.
    fn worked(from: &str, to: &str, hours: &[(i16, &str, &str)]) -> Vec<i64> {
        let time = |text: &str| text.parse::<NaiveTime>().unwrap();
        let hours: Vec<_> = hours.iter().map(|(day, a, b)| (*day, time(a), time(b))).collect();
        let spans = pieces(Span::new(at(from), at(to)), Tz::UTC, &hours);
        spans.into_iter().map(|s| (s.to - s.from).num_minutes()).collect()
    }

    #[test]
    fn long_tasks_are_worked_in_the_workers_hours() {
        let hours =
            [(1, "08:00:00", "12:00:00"), (1, "13:00:00", "17:00:00"), (2, "08:00:00", "12:00:00")];
        // Monday 2 March 2026.
        assert_eq!(worked("02T09:00", "04T09:00", &hours), [180, 240, 240]);
        assert_eq!(worked("04T00:00", "06T00:00", &hours), [0_i64; 0]);
    }

    #[test]
    fn a_pause_within_a_task_is_no_work() {
        // Told in any order.
        let hours = [(1, "13:00:00", "18:00:00"), (1, "07:00:00", "12:00:00")];
        assert_eq!(worked("02T07:00", "02T18:00", &hours), [300, 300]);
        assert_eq!(worked("02T06:00", "02T20:00", &hours), [360, 420]);
        let two = [hours[0], hours[1], (1, "19:00:00", "20:00:00")];
        assert_eq!(worked("02T11:00", "02T19:30", &two), [60, 300, 30]);
        // What begins or ends in the pause is worked in it, and so is one that is all of it.
        assert_eq!(worked("02T12:00", "02T13:00", &hours), [60]);
        assert_eq!(worked("02T12:00", "02T14:00", &hours), [120]);
        assert_eq!(worked("02T12:30", "02T18:00", &hours), [330]);
        assert_eq!(worked("02T07:00", "02T12:30", &hours), [330]);
        // Another day's pause is none.
        assert_eq!(worked("03T07:00", "03T18:00", &hours), [660]);
    }
}
