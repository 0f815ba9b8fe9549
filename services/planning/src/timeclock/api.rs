//! Clocking in and out, correcting, reading.

use auth::Action;
use chrono::{DateTime, NaiveDate, Utc};
use contracts::TimeEntryChange;
use kernel::{SiteId, TimeEntryId, WorkerId};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use validator::Validate;
use web::{
    App, Changed, Created, Ctx, Found, IfMatch, Page, PageParams, Params, PathId, Problem,
    ProblemBody, Reply, Valid,
};

use super::model::{Correction, Press, TimeEntry};
use super::store::{self, Filter};
use crate::error::Error;
use crate::field::{self, Site};

/// The slice's routes.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(clock_in, list_time_entries))
        .routes(routes!(read_time_entry, correct_time_entry))
        .routes(routes!(clock_out))
}

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
}

/// A worker leaves a site.
#[derive(Debug, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClockOut {
    /// What the phone thinks: `true` for inside the site's fence.
    inside_hint: Option<bool>,
}

/// What is set right of a stay. At least one of the times must be there.
#[derive(Debug, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CorrectTimeEntry {
    /// When the worker came.
    #[validate(custom(function = web::check::instant))]
    in_at: Option<DateTime<Utc>>,
    /// When the worker left.
    #[validate(custom(function = web::check::instant))]
    out_at: Option<DateTime<Utc>>,
    /// Why it is corrected.
    #[validate(length(min = 1, max = 500), custom(function = web::check::text))]
    #[schema(min_length = 1, max_length = 500)]
    reason: String,
}

/// Which stays to list.
#[derive(Debug, Deserialize, Validate, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct TimeEntryParams {
    /// On this site.
    site_id: Option<SiteId>,
    /// Of this worker.
    worker_id: Option<WorkerId>,
    /// Begun on this day in the site's time zone.
    #[validate(custom(function = web::check::day))]
    day: Option<NaiveDate>,
    /// How many at most.
    #[validate(range(min = 1, max = 200))]
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<i64>,
    /// Where the page before ended, as it said.
    #[validate(length(max = 500))]
    #[param(max_length = 500)]
    cursor: Option<String>,
}

fn press(cx: &Ctx, inside_hint: Option<bool>) -> Press {
    Press {
        by: cx.caller.user,
        at: cx.acted_at(),
        now: cx.now(),
        position: cx.device.position,
        inside_hint,
    }
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

/// The stay, locked for a change, with its site; 404 unless seen, 403 unless `action` is allowed.
async fn for_change(
    cx: &Ctx,
    tx: &mut PgConnection,
    id: TimeEntryId,
    action: Action,
) -> Result<(TimeEntry, Site), Problem> {
    store::lock(tx, id).await?;
    let entry = store::find(tx, id).await?.ok_or_else(Problem::not_found)?;
    let site = field::site(tx, entry.site_id).await?.ok_or_else(Problem::not_found)?;
    cx.guard(Action::ReadTime, action, &site.target().with_workers([entry.worker_id]))?;
    store::lock_worker(tx, entry.worker_id).await?;
    Ok((entry, site))
}

/// 409 where the stay overlaps another of the same worker.
async fn refuse_overlap(tx: &mut PgConnection, entry: &TimeEntry) -> Result<(), Error> {
    match store::overlapping(tx, entry).await? {
        Some(other) => Err(Error::Overlap(other)),
        None => Ok(()),
    }
}

/// Clocks a worker in.
///
/// The time is the device's (`Device-Time`) where it says so; the server's is kept beside it, and
/// the entry is marked where they lie more than 15 minutes apart. The server computes from
/// `Device-Position` whether the worker is inside the site's fence; without a position the entry
/// is accepted as `unlocated`. A worker who clocks in alone must have, or have had, a task there.
#[utoipa::path(
    post, path = "/v1/time-entries", tag = "planning", security(("bearer" = [])),
    params(
        ("Device-Time" = Option<String>, Header, description = "When it was pressed, RFC 3339"),
        ("Device-Position" = Option<String>, Header,
         description = "Where, a geo URI (RFC 5870): geo:14.69,-17.44;u=12"),
    ),
    request_body(content = ClockIn, description = "Who comes to which site"),
    responses(
        (status = 201, description = "Clocked in", body = TimeEntry),
        (status = 400, description = "Not JSON", body = ProblemBody),
        (status = 401, description = "Not signed in", body = ProblemBody),
        (status = 403, description = "The role clocks nobody in", body = ProblemBody),
        (status = 404, description = "No such site, or not for this caller", body = ProblemBody),
        (status = 409, description = "Clocked in already (`entry` names where), or the id is taken",
         body = ProblemBody),
        (status = 413, description = "Body too large", body = ProblemBody),
        (status = 415, description = "Body not JSON", body = ProblemBody),
        (status = 422, description = "Invalid values", body = ProblemBody),
        (status = 503, description = "To be tried again", body = ProblemBody),
    )
)]
async fn clock_in(
    cx: Ctx,
    Valid(new): Valid<ClockIn>,
) -> Result<Reply<Created<TimeEntry>>, Problem> {
    cx.visible(Action::Clock)?;
    let worker = new.worker_id.or(cx.caller.worker).ok_or(Error::WorkerNeeded)?;
    cx.write(async |tx| {
        let site = field::site(tx, new.site_id).await?.ok_or_else(Problem::not_found)?;
        let here = field::knows_site(tx, worker, site.id).await?;
        let target = site.target().with_workers(here.then_some(worker));
        cx.guard(Action::ReadTime, Action::Clock, &target)?;
        if !store::is_active(tx, worker).await? {
            return Err(Problem::not_found());
        }
        store::lock_worker(tx, worker).await?;
        if let Some(open) = store::open(tx, worker).await? {
            return Err(Error::OpenEntry(open).into());
        }
        let id = new.id.unwrap_or_else(TimeEntryId::new);
        let entry = TimeEntry::clock_in(id, worker, &site, press(&cx, new.inside_hint));
        refuse_overlap(tx, &entry).await?;
        store::insert(tx, &entry).await?;
        field::touch_entry(tx, entry.id, worker).await?;
        tx.emit_about(&entry.event(TimeEntryChange::ClockedIn), &About::of(&entry));
        Ok(Created(format!("/v1/time-entries/{id}"), entry))
    })
    .await
}

/// Clocks a worker out.
#[utoipa::path(
    post, path = "/v1/time-entries/{id}/clock-out", tag = "planning", security(("bearer" = [])),
    params(
        ("id" = TimeEntryId, Path, description = "The entry"),
        ("Device-Time" = Option<String>, Header, description = "When it was pressed, RFC 3339"),
        ("Device-Position" = Option<String>, Header, description = "Where, a geo URI (RFC 5870)"),
    ),
    request_body(content = ClockOut, description = "What the phone thinks; may be empty"),
    responses(
        (status = 200, description = "Clocked out", body = TimeEntry),
        (status = 400, description = "Not JSON", body = ProblemBody),
        (status = 401, description = "Not signed in", body = ProblemBody),
        (status = 403, description = "The role clocks nobody out", body = ProblemBody),
        (status = 404, description = "No such entry, or not for this caller", body = ProblemBody),
        (status = 409, description = "Clocked out already, or overlaps another entry",
         body = ProblemBody),
        (status = 413, description = "Body too large", body = ProblemBody),
        (status = 415, description = "Body not JSON", body = ProblemBody),
        (status = 422, description = "Before the start, or more than 24 hours after it",
         body = ProblemBody),
        (status = 503, description = "To be tried again", body = ProblemBody),
    )
)]
async fn clock_out(
    cx: Ctx,
    PathId(id): PathId<TimeEntryId>,
    Valid(out): Valid<ClockOut>,
) -> Result<Reply<Changed<TimeEntry>>, Problem> {
    cx.write(async |tx| {
        let (mut entry, site) = for_change(&cx, tx, id, Action::Clock).await?;
        entry.clock_out(&site, press(&cx, out.inside_hint))?;
        refuse_overlap(tx, &entry).await?;
        store::update(tx, &entry).await?;
        field::touch_entry(tx, entry.id, entry.worker_id).await?;
        tx.emit_about(&entry.event(TimeEntryChange::ClockedOut), &About::of(&entry));
        Ok::<_, Problem>(Changed(entry))
    })
    .await
}

/// Corrects when a worker came or left.
///
/// The presses of the clock stay as recorded; the correction, its reason and the times before it
/// stand in the audit trail.
#[utoipa::path(
    patch, path = "/v1/time-entries/{id}", tag = "planning", security(("bearer" = [])),
    params(
        ("id" = TimeEntryId, Path, description = "The entry"),
        ("If-Match" = String, Header, description = "The ETag that reading gave"),
    ),
    request_body(content = CorrectTimeEntry, description = "The right times and why"),
    responses(
        (status = 200, description = "Corrected", body = TimeEntry),
        (status = 400, description = "Not JSON, or If-Match is no ETag", body = ProblemBody),
        (status = 401, description = "Not signed in", body = ProblemBody),
        (status = 403, description = "The role corrects no hours", body = ProblemBody),
        (status = 404, description = "No such entry, or not for this caller", body = ProblemBody),
        (status = 409, description = "Overlaps another entry", body = ProblemBody),
        (status = 412, description = "Changed since; `current` is its present state",
         body = ProblemBody),
        (status = 413, description = "Body too large", body = ProblemBody),
        (status = 415, description = "Body not JSON", body = ProblemBody),
        (status = 422, description = "Invalid times", body = ProblemBody),
        (status = 428, description = "If-Match is missing", body = ProblemBody),
        (status = 503, description = "To be tried again", body = ProblemBody),
    )
)]
async fn correct_time_entry(
    cx: Ctx,
    PathId(id): PathId<TimeEntryId>,
    version: IfMatch,
    Valid(right): Valid<CorrectTimeEntry>,
) -> Result<Reply<Changed<TimeEntry>>, Problem> {
    if right.in_at.is_none() && right.out_at.is_none() {
        return Err(Error::NoChange.into());
    }
    cx.write(async |tx| {
        let (mut entry, _) = for_change(&cx, tx, id, Action::CorrectTime).await?;
        version.check(&entry)?;
        let before = (entry.in_at, entry.out_at);
        let correction =
            Correction { by: cx.caller.user, at: tx.now(), reason: right.reason.clone() };
        entry.correct(right.in_at, right.out_at, correction)?;
        refuse_overlap(tx, &entry).await?;
        store::update(tx, &entry).await?;
        field::touch_entry(tx, entry.id, entry.worker_id).await?;
        let about =
            About { before: Some(before), reason: Some(&right.reason), ..About::of(&entry) };
        tx.emit_about(&entry.event(TimeEntryChange::Corrected), &about);
        Ok::<_, Problem>(Changed(entry))
    })
    .await
}

/// Reads a time entry.
#[utoipa::path(
    get, path = "/v1/time-entries/{id}", tag = "planning", security(("bearer" = [])),
    params(("id" = TimeEntryId, Path, description = "The entry")),
    responses(
        (status = 200, description = "The entry", body = TimeEntry),
        (status = 401, description = "Not signed in", body = ProblemBody),
        (status = 404, description = "No such entry, or not for this caller", body = ProblemBody),
        (status = 503, description = "To be tried again", body = ProblemBody),
    )
)]
async fn read_time_entry(
    cx: Ctx,
    PathId(id): PathId<TimeEntryId>,
) -> Result<Found<TimeEntry>, Problem> {
    let entry = store::find(&mut *cx.db().await?, id).await?.ok_or_else(Problem::not_found)?;
    let target = auth::Target::site(entry.project_id, entry.site_id);
    cx.sees(Action::ReadTime, &target.with_workers([entry.worker_id]))?;
    Ok(Found(entry))
}

/// Lists time entries by site, worker and day.
#[utoipa::path(
    get, path = "/v1/time-entries", tag = "planning", security(("bearer" = [])),
    params(TimeEntryParams),
    responses(
        (status = 200, description = "A page of entries", body = Page<TimeEntry>),
        (status = 400, description = "Unknown parameter", body = ProblemBody),
        (status = 401, description = "Not signed in", body = ProblemBody),
        (status = 403, description = "The role sees no hours", body = ProblemBody),
        (status = 422, description = "Invalid values", body = ProblemBody),
        (status = 503, description = "To be tried again", body = ProblemBody),
    )
)]
async fn list_time_entries(
    cx: Ctx,
    Params(asked): Params<TimeEntryParams>,
) -> Result<axum::Json<Page<TimeEntry>>, Problem> {
    let seen = cx.visible(Action::ReadTime)?;
    let page = PageParams { limit: asked.limit.unwrap_or(50), cursor: asked.cursor };
    let filter = Filter {
        site: asked.site_id,
        worker: asked.worker_id,
        day: asked.day,
        after: page.after()?,
        limit: page.limit + 1,
    };
    let rows = store::list(&mut *cx.db().await?, &seen, &filter).await?;
    Ok(axum::Json(Page::of(rows, page.limit, |entry| entry.id)))
}
