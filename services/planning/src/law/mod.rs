//! Working-time law for planning: which rules count for the firm, and what a plan breaks of them.
//!
//! The rules are data of `libs/labour`; the firm's country says which, its collective agreement how
//! far they reach. What is judged is what was worked, by the time clock, and what is planned, by
//! the assignments.

mod api;
pub(crate) mod hours;
mod model;
mod store;

use std::collections::HashMap;

use chrono::{DateTime, Days, TimeDelta, Utc};
use chrono_tz::Tz;
use kernel::{TaskId, WorkerId};
use labour::{Breach, Rules, Span, Worker};
use sqlx::PgConnection;
use tenancy::Tenant;

pub(crate) use api::routes;
pub(crate) use model::BreachView;
pub(crate) use store::hours as usual_hours;

use crate::error::Error;

/// How far back what was worked is looked at: the longest average, and the week around it.
const BACK: TimeDelta = TimeDelta::weeks(13);
/// How far ahead plans are looked at beyond the spans that are asked about: the longest average, for
/// what is asked about may be the first of its weeks.
const AHEAD: TimeDelta = TimeDelta::weeks(12);
/// How far after a span work is looked at that may end its week's rest.
const REST: TimeDelta = TimeDelta::weeks(1);

/// The rules that count for a firm; none where its country's law is not known.
pub(crate) async fn rules(
    conn: &mut PgConnection,
    tenant: &Tenant,
) -> Result<Option<Rules>, Error> {
    let Some(law) = labour::law(&tenant.country) else { return Ok(None) };
    match store::agreement(conn).await? {
        Some(agreed) => Ok(Some(law.with(&agreed.agreement)?)),
        None => Ok(Some(law.rules())),
    }
}

/// A worker's plan that is asked about.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    /// The worker.
    pub worker: WorkerId,
    /// Whose days and weeks are judged.
    pub zone: Tz,
    /// Work that is not planned yet.
    pub extra: Vec<Span>,
    /// Tasks whose assignments count for nothing, because `extra` stands in their place.
    pub without: Vec<TaskId>,
}

/// What the law says against workers' plans with what is asked in them, in the same order: of what
/// has happened only so much as the plan makes worse. Empty where the country's law is not known:
/// [`rules`] tells that apart.
///
/// This is the check of plans made by hand; whoever assigns workers or moves a task calls it in the
/// same transaction, for all of them together.
pub(crate) async fn breaches_of(
    conn: &mut PgConnection,
    tenant: &Tenant,
    asked: &[Asked],
    now: DateTime<Utc>,
) -> Result<Vec<Vec<Breach>>, Error> {
    let spans = || asked.iter().flat_map(|asked| &asked.extra);
    let ends = spans().map(|s| s.from).min().zip(spans().map(|s| s.to).max());
    let (Some((first, last)), Some(rules)) = (ends, rules(conn, tenant).await?) else {
        return Ok(vec![Vec::new(); asked.len()]);
    };
    let around = Span::new(first - BACK, last + AHEAD);
    let workers: Vec<_> = asked.iter().map(|asked| asked.worker).collect();
    let facts = store::facts(conn, &workers).await?;
    let done = worked_by(conn, &workers, around, now).await?;
    let leave = leave(conn, &workers, around).await?;
    let planned = store::planned(conn, &workers, around).await?;
    let mut all = Vec::with_capacity(asked.len());
    for Asked { worker, zone, extra, without } in asked {
        let known = Known {
            worker: facts.get(worker).copied().unwrap_or_default(),
            zone: *zone,
            done: done.get(worker).map_or(&[][..], Vec::as_slice),
            leave: leave.get(worker).map_or(&[][..], Vec::as_slice),
        };
        let own = planned.get(worker).into_iter().flatten();
        let stays = own.filter(|(task, _)| !without.contains(task)).map(|(_, span)| *span);
        all.push(breaches_in(&rules, &known, stays.collect(), extra, now)?);
    }
    Ok(all)
}

/// A worker of whom all is known that the law asks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Known<'a> {
    /// The worker.
    pub worker: Worker,
    /// Whose days and weeks are judged.
    pub zone: Tz,
    /// What was worked.
    pub done: &'a [Span],
    /// Leave, which is neutral to averages.
    pub leave: &'a [Span],
}

/// The same of a worker of whom all is known already, with what else is planned and the work that is
/// asked about.
pub(crate) fn breaches_in(
    rules: &Rules,
    known: &Known<'_>,
    mut planned: Vec<Span>,
    extra: &[Span],
    now: DateTime<Utc>,
) -> Result<Vec<Breach>, labour::Refused> {
    let Known { worker, zone, done, leave } = *known;
    planned.extend_from_slice(extra);
    let planned = labour::ahead(rules, worker, zone, done, &planned, now);
    let breaches = labour::check_with_leave(rules, worker, zone, (done, &planned), leave)?;
    let asked = |breach: &Breach| extra.iter().any(|s| s.from < breach.to && s.to > breach.from);
    Ok(breaches.into_iter().filter(|breach| breach.planned && asked(breach)).collect())
}

/// What a worker has worked in a span, breaks taken out: of a stay that goes on so much as is past.
pub(crate) async fn worked(
    conn: &mut PgConnection,
    worker: WorkerId,
    around: Span,
    now: DateTime<Utc>,
) -> Result<Vec<Span>, Error> {
    let stays = crate::timeclock::of_worker(conn, worker, around).await?;
    Ok(labour::union(stays.iter().flat_map(|stay| stay.worked(now))))
}

/// The same of many workers at once; nobody is in it who worked nothing.
pub(crate) async fn worked_by(
    conn: &mut PgConnection,
    workers: &[WorkerId],
    around: Span,
    now: DateTime<Utc>,
) -> Result<HashMap<WorkerId, Vec<Span>>, Error> {
    let mut worked: HashMap<_, Vec<Span>> = HashMap::new();
    for stay in crate::timeclock::of_workers(conn, workers, around).await? {
        worked.entry(stay.worker_id).or_default().extend(stay.worked(now));
    }
    Ok(worked.into_iter().map(|(worker, spans)| (worker, labour::union(spans))).collect())
}

/// When workers were on leave, or will be, so far as it lies in a span: what suspends the contract,
/// paid leave and illness first of all. A day off for hours worked before does not.
pub(crate) async fn leave(
    conn: &mut PgConnection,
    workers: &[WorkerId],
    around: Span,
) -> Result<HashMap<WorkerId, Vec<Span>>, sqlx::Error> {
    store::leave(conn, workers, around).await
}

/// What of the law workers broke in a span, by what they worked.
pub(crate) async fn broken_by(
    conn: &mut PgConnection,
    tenant: &Tenant,
    zone: Tz,
    workers: &[WorkerId],
    span: Span,
    now: DateTime<Utc>,
) -> Result<HashMap<WorkerId, Vec<Breach>>, Error> {
    let Some(rules) = rules(conn, tenant).await? else { return Ok(HashMap::new()) };
    let around = Span::new(span.from - BACK, span.to + REST);
    let leave = leave(conn, workers, around).await?;
    let facts = store::facts(conn, workers).await?;
    let done = worked_by(conn, workers, around, now).await?;
    let mut broken = HashMap::new();
    for worker in workers {
        let done = done.get(worker).map_or(&[][..], Vec::as_slice);
        let facts = facts.get(worker).copied().unwrap_or_default();
        let leave = leave.get(worker).map_or(&[][..], Vec::as_slice);
        let breaches = labour::check_with_leave(&rules, facts, zone, (done, &[]), leave)?;
        let of_span = breaches.into_iter().filter(|b| b.from < span.to && b.to > span.from);
        broken.insert(*worker, of_span.collect());
    }
    Ok(broken)
}

/// What the law must know of a worker.
pub(crate) async fn facts(
    conn: &mut PgConnection,
    worker: WorkerId,
) -> Result<Worker, sqlx::Error> {
    Ok(store::facts(conn, &[worker]).await?.remove(&worker).unwrap_or_default())
}

/// The public holidays of a week of the firm's country; none where they are not known.
pub(crate) fn holidays(country: &str, monday: chrono::NaiveDate) -> Vec<chrono::NaiveDate> {
    use chrono::Datelike;
    let sunday = monday + Days::new(6);
    let years = [monday.year(), sunday.year()];
    let all =
        years.iter().flat_map(|year| engine::holidays::of(country, *year).unwrap_or_default());
    let mut days: Vec<_> =
        all.map(|holiday| holiday.day).filter(|day| (monday..=sunday).contains(day)).collect();
    days.sort();
    days.dedup();
    days
}
