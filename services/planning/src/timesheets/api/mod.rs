//! The routes of weeks of hours.

mod export;
mod open;
mod read;
mod sign;

use auth::{Action, Target};
use chrono::{DateTime, TimeDelta, Utc};
use kernel::TimesheetId;
use labour::Span;
use sqlx::PgConnection;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{App, Ctx, Problem, Write};

use super::model::{Figures, Sources, Timesheet};
use super::store;
use crate::error::Error;
use crate::law;
use crate::timeclock::{self, TimeEntry};

/// The slice's routes.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(open::open_timesheets, read::list_timesheets))
        .routes(routes!(export::export_timesheets))
        .routes(routes!(read::read_timesheet))
        .routes(routes!(sign::sign_timesheet))
        .routes(routes!(sign::approve_timesheet))
        .routes(routes!(sign::reopen_timesheet))
}

/// Whether the caller may do this with the week, by one of its sites or as its worker.
fn may(cx: &Ctx, sheet: &Timesheet, action: Action) -> bool {
    let places = sheet.projects.iter().zip(&sheet.sites);
    let places = places.map(|(project, site)| Target::site(*project, *site));
    let mut targets = places.chain([Target::tenant()]);
    targets.any(|target| cx.caller.may(action, &target.with_workers([sheet.worker_id])))
}

/// 404 unless the caller sees the week, then 403 unless `action` is allowed.
fn guard(cx: &Ctx, sheet: &Timesheet, action: Action) -> Result<(), Problem> {
    if may(cx, sheet, action) {
        return Ok(());
    }
    let seen = may(cx, sheet, Action::ReadTime);
    Err(if seen { Problem::forbidden() } else { Problem::not_found() })
}

/// The stays that count for a week, and what it comes to.
async fn reckon(
    cx: &Ctx,
    conn: &mut PgConnection,
    sheet: &Timesheet,
    now: DateTime<Utc>,
) -> Result<(Figures, Vec<TimeEntry>), Error> {
    let week = sheet.span();
    let stays = timeclock::of_worker(conn, sheet.worker_id, week).await?;
    let rules = law::rules(conn, &cx.tenant).await?;
    // With the week after: work in it may end this week's rest.
    let around = Span::new(week.from - TimeDelta::weeks(12), week.to + TimeDelta::weeks(1));
    let history = law::worked(conn, sheet.worker_id, around, now).await?;
    let leave = law::leave(conn, &[sheet.worker_id], around).await?.remove(&sheet.worker_id);
    let figures = Figures::of(
        sheet,
        &Sources {
            country: &cx.tenant.country,
            rules: rules.as_ref(),
            worker: law::facts(conn, sheet.worker_id).await?,
            stays: &stays,
            history: &history,
            leave: leave.as_deref().unwrap_or_default(),
            holidays: &law::holidays(&cx.tenant.country, sheet.monday),
            now,
        },
    )?;
    Ok((figures, stays))
}

/// The week, with its worker's stays locked for a change.
async fn for_change(
    cx: &Ctx,
    tx: &mut Write<'_>,
    id: TimesheetId,
    action: Action,
) -> Result<Timesheet, Error> {
    let sheet = store::find(tx, id).await?.ok_or_else(Problem::not_found)?;
    guard(cx, &sheet, action)?;
    timeclock::lock_worker(tx, sheet.worker_id).await?;
    Ok(store::find(tx, id).await?.ok_or_else(Problem::not_found)?)
}
