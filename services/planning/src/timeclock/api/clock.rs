//! Clocking in and out.

use auth::Action;
use contracts::TimeEntryChange;
use kernel::{SiteId, TimeEntryId, WorkerId};
use serde::Deserialize;
use validator::Validate;
use web::{
    Changed, Created, Ctx, PathId, Problem, ProblemBody, Reply, Valid, Write, WriteHeaders,
    WriteRefused,
};

use super::{About, for_change, note_week, refuse_locked, refuse_overlap, save};
use crate::error::{Error, TimeError};
use crate::field::{self, Site};
use crate::privacy;
use crate::timeclock::codes::SiteCode;
use crate::timeclock::model::{Press, TimeEntry, Way};
use crate::timeclock::{forgotten, store};

/// A worker comes to a site.
#[derive(Debug, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClockIn {
    /// Its id, chosen by the phone so that it can work offline.
    id: Option<TimeEntryId>,
    /// The site.
    site_id: SiteId,
    /// The worker who comes; the caller's own where none is named. A site lead may clock for the
    /// crew.
    worker_id: Option<WorkerId>,
    /// What the phone thinks: `true` for inside the site's fence. Kept beside what the server
    /// computes.
    inside_hint: Option<bool>,
    /// What the QR code on the site says, where it was scanned.
    #[validate(length(min = 1, max = 100), custom(function = web::check::text))]
    #[schema(min_length = 1, max_length = 100)]
    code: Option<String>,
}

/// A worker leaves a site.
#[derive(Debug, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClockOut {
    /// What the phone thinks: `true` for inside the site's fence.
    inside_hint: Option<bool>,
}

/// Clocks a worker in.
///
/// The time is the device's (`Device-Time`) where it says so; the server's is kept beside it. With
/// `Device-Sent` a wrong clock is told from a late call and corrected, both times kept; without it
/// the entry is marked where the times lie more than 15 minutes apart. A time in the future or more
/// than 30 days ago is refused. The server computes from `Device-Position` whether the worker is
/// inside the site's fence. There is always a way without a position: `code` from the site, the
/// site lead, or a plain press, which counts as much (Cass. soc., 19 December 2018, 17-14.631). A
/// worker who clocks in alone must have, or have had, a task there. A stay that nobody clocked out
/// of within twelve hours was forgotten, and keeps nobody from clocking in again.
#[utoipa::path(
    post, path = "/v1/time-entries", tag = "planning", security(("bearer" = [])),
    params(WriteHeaders),
    request_body(content = ClockIn, description = "Who comes to which site"),
    responses(
        (status = 201, description = "Clocked in", body = TimeEntry),
        WriteRefused,
        (status = 409, description = "Clocked in already (`entry` names where), the week is \
            approved, or the id is taken",
            body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn clock_in(
    cx: Ctx,
    Valid(new): Valid<ClockIn>,
) -> Result<Reply<Created<TimeEntry>>, Problem> {
    cx.visible(Action::Clock)?;
    let worker = new.worker_id.or(cx.caller.worker).ok_or(Error::WorkerNeeded)?;
    let press = Press::of(&cx, new.inside_hint)?;
    cx.write(async |tx| -> Result<_, Error> {
        let site = field::site(tx, new.site_id).await?.ok_or_else(Problem::not_found)?;
        let press = by_code(tx, &site, new.code.as_deref(), press).await?;
        let entry = come(&cx, tx, &site, worker, new.id, press).await?;
        Ok(Created(format!("/v1/time-entries/{}", entry.id), entry))
    })
    .await
}

/// The press with the site's code, where one was scanned: refused unless it is one that hung there
/// then.
async fn by_code(
    tx: &mut Write<'_>,
    site: &Site,
    scanned: Option<&str>,
    press: Press,
) -> Result<Press, Error> {
    let Some(scanned) = scanned else { return Ok(press) };
    let code = match SiteCode::named(scanned) {
        Some(id) => store::codes::find(tx, id).await?,
        None => None,
    };
    let press = code.and_then(|code| code.admits(scanned, site.id, press));
    press.ok_or_else(|| TimeError::BadCode.into())
}

/// The press as it says something of a worker: where the device is, of its owner alone.
fn as_of(cx: &Ctx, tx: &mut Write<'_>, worker: WorkerId, press: Press) -> Press {
    if press.way == Way::Lead || cx.caller.worker != Some(worker) {
        return press.for_another();
    }
    press.located(tx.keep_position())
}

/// A worker comes to a site, by the worker's own press or somebody else's.
pub(super) async fn come(
    cx: &Ctx,
    tx: &mut Write<'_>,
    site: &Site,
    worker: WorkerId,
    id: Option<TimeEntryId>,
    press: Press,
) -> Result<TimeEntry, Error> {
    let here = field::knows_site(tx, worker, site.id).await?;
    let target = site.target().with_workers(here.then_some(worker));
    cx.guard(Action::ReadTime, Action::Clock, &target)?;
    if !store::is_active(tx, worker).await? {
        return Err(Problem::not_found().into());
    }
    store::lock_worker(tx, worker).await?;
    if let Some(open) = store::open::around(tx, worker, press.at).await? {
        return Err(Error::OpenEntry(open));
    }
    let press = as_of(cx, tx, worker, press);
    let id = id.unwrap_or_else(TimeEntryId::new);
    let entry = TimeEntry::clock_in(id, worker, site, press);
    refuse_overlap(tx, &entry).await?;
    refuse_locked(tx, &entry, None).await?;
    store::insert(tx, &entry).await?;
    note_week(tx, &entry, entry.span()).await?;
    field::touch_entry(tx, entry.id, worker).await?;
    tx.enqueue(forgotten::look_at(&entry));
    for before in store::open::forgotten(tx, worker, press.at).await? {
        // What the phone held back of that day came before this.
        tx.enqueue(forgotten::look_at(&before));
    }
    tx.enqueue(privacy::next_look(press.now));
    tx.emit_about(&entry.event(TimeEntryChange::ClockedIn), &About::of(&entry));
    Ok(entry)
}

/// Clocks a worker out.
#[utoipa::path(
    post, path = "/v1/time-entries/{id}/clock-out", tag = "planning", security(("bearer" = [])),
    params(
        ("id" = TimeEntryId, Path, description = "The entry"),
        WriteHeaders,
    ),
    request_body(content = ClockOut, description = "What the phone thinks; may be empty"),
    responses(
        (status = 200, description = "Clocked out", body = TimeEntry),
        WriteRefused,
        (status = 409, description = "Clocked out already, overlaps another entry, or the week is \
            approved",
            body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Before the start, or more than 24 hours after it",
            body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn clock_out(
    cx: Ctx,
    PathId(id): PathId<TimeEntryId>,
    Valid(out): Valid<ClockOut>,
) -> Result<Reply<Changed<TimeEntry>>, Problem> {
    let press = Press::of(&cx, out.inside_hint)?;
    cx.write(async |tx| -> Result<_, Error> {
        let (entry, site) = for_change(&cx, tx, id, Action::Clock).await?;
        Ok(Changed(leave(&cx, tx, entry, &site, press).await?))
    })
    .await
}

/// A worker leaves a site, by the worker's own press or somebody else's.
pub(super) async fn leave(
    cx: &Ctx,
    tx: &mut Write<'_>,
    mut entry: TimeEntry,
    site: &Site,
    press: Press,
) -> Result<TimeEntry, Error> {
    let before = entry.span();
    entry.clock_out(site, as_of(cx, tx, entry.worker_id, press))?;
    save(tx, &entry, before, TimeEntryChange::ClockedOut, &About::of(&entry)).await?;
    Ok(entry)
}
