//! The routes of the time clock.

mod anomalies;
mod clock;
mod codes;
mod correct;
mod crew;
mod read;
mod switch;

use auth::Action;
use chrono::{DateTime, Utc};
use contracts::TimeEntryChange;
use kernel::{SiteId, TimeEntryId, WorkerId};
use serde::Serialize;
use sqlx::PgConnection;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{App, Ctx, Problem, Write};

use super::model::TimeEntry;
use super::store;
use crate::error::{Error, TimeError};
use crate::field::{self, Site};
use crate::timesheets;

/// The slice's routes.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(clock::clock_in, read::list_time_entries))
        .routes(routes!(crew::clock_crew))
        .routes(routes!(read::read_time_entry, correct::correct_time_entry))
        .routes(routes!(clock::clock_out))
        .routes(routes!(switch::switch_time_entry))
        .routes(routes!(correct::accept_clock_out))
        .routes(routes!(correct::review_time_entry))
        .routes(routes!(anomalies::list_time_anomalies))
        .routes(routes!(codes::read_site_code, codes::rotate_site_code, codes::revoke_site_code))
}

/// What the audit trail shows of a stay.
#[derive(Serialize)]
struct About<'a> {
    site_id: SiteId,
    worker_id: WorkerId,
    in_at: DateTime<Utc>,
    out_at: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<(DateTime<Utc>, Option<DateTime<Utc>>)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
}

impl About<'_> {
    fn of(entry: &TimeEntry) -> Self {
        let TimeEntry { site_id, worker_id, in_at, out_at, .. } = *entry;
        Self { site_id, worker_id, in_at, out_at, before: None, reason: None }
    }
}

/// The stay, its worker's stays locked for a change, with its site; 404 unless seen, 403 unless
/// `action` is allowed. The one lock is the worker's: whoever writes takes it before any row.
async fn for_change(
    cx: &Ctx,
    tx: &mut PgConnection,
    id: TimeEntryId,
    action: Action,
) -> Result<(TimeEntry, Site), Error> {
    let entry = store::find(tx, id).await?.ok_or_else(Problem::not_found)?;
    let site = field::site(tx, entry.site_id).await?.ok_or_else(Problem::not_found)?;
    cx.guard(Action::ReadTime, action, &site.target().with_workers([entry.worker_id]))?;
    store::lock_worker(tx, entry.worker_id).await?;
    let entry = store::find(tx, id).await?.ok_or_else(Problem::not_found)?;
    Ok((entry, site))
}

/// 409 where the stay overlaps another of the same worker.
async fn refuse_overlap(tx: &mut PgConnection, entry: &TimeEntry) -> Result<(), Error> {
    match store::overlapping(tx, entry).await? {
        Some(other) => Err(Error::Overlap(other)),
        None => Ok(()),
    }
}

/// 409 where the stay, or what it was before, lies in a week that is approved.
async fn refuse_locked(
    tx: &mut PgConnection,
    entry: &TimeEntry,
    before: Option<(DateTime<Utc>, DateTime<Utc>)>,
) -> Result<(), Error> {
    let (from, to) = entry.span();
    let before = before.unwrap_or((from, to));
    let (from, to) = (from.min(before.0), to.max(before.1));
    match timesheets::locked(tx, entry.worker_id, from, to).await? {
        Some(sheet) => Err(TimeError::WeekLocked(sheet).into()),
        None => Ok(()),
    }
}

/// Lets the weeks of a stay, of what it was before too, know its site.
async fn note_week(
    tx: &mut PgConnection,
    entry: &TimeEntry,
    before: (DateTime<Utc>, DateTime<Utc>),
) -> Result<(), sqlx::Error> {
    let (from, to) = entry.span();
    timesheets::note_stays(tx, entry.worker_id, from.min(before.0), to.max(before.1)).await
}

/// Stores what a stay has become, and tells it.
async fn save(
    tx: &mut Write<'_>,
    entry: &TimeEntry,
    before: (DateTime<Utc>, DateTime<Utc>),
    change: TimeEntryChange,
    about: &About<'_>,
) -> Result<(), Error> {
    refuse_overlap(tx, entry).await?;
    refuse_locked(tx, entry, Some(before)).await?;
    store::update(tx, entry).await?;
    note_week(tx, entry, before).await?;
    field::touch_entry(tx, entry.id, entry.worker_id).await?;
    tx.emit_about(&entry.event(change), about);
    Ok(())
}
