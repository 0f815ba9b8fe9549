//! Opening weeks of hours.

use auth::{Action, Target};
use chrono::NaiveDate;
use chrono_tz::Tz;
use contracts::TimesheetChange;
use http::{HeaderName, StatusCode};
use kernel::{SiteId, WorkerId};
use serde::{Deserialize, Serialize};
use validator::Validate;
use web::{Answer, Ctx, Problem, Reply, Valid, Write, WriteHeaders, WriteRefused};

use crate::error::{Error, TimeError};
use crate::field;
use crate::privacy;
use crate::timeclock;
use crate::timesheets::model::Timesheet;
use crate::timesheets::store;
use crate::timesheets::week::{monday_of, span_of};

/// So many weeks are opened at once, at most.
const MOST: i64 = 500;

/// Which weeks to open.
#[derive(Debug, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenTimesheets {
    /// A day of the week.
    #[validate(custom(function = web::check::day))]
    week: NaiveDate,
    /// Of this worker; the caller's own where neither this nor a site is named.
    worker_id: Option<WorkerId>,
    /// Of everybody with a stay on this site that week; at most 500.
    site_id: Option<SiteId>,
}

/// Weeks of hours.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Timesheets {
    /// The weeks, those that were there already among them.
    items: Vec<Timesheet>,
}

impl Answer for Timesheets {
    fn status(&self) -> StatusCode {
        StatusCode::OK
    }
    fn headers(&self) -> Vec<(HeaderName, String)> {
        Vec::new()
    }
    fn body(&self) -> Result<Vec<u8>, serde_json::Error> {
        serde_json::to_vec(self)
    }
}

/// Opens weeks of hours.
///
/// One for a worker, or one for everybody with a stay on a site that week. What was opened before
/// is answered as it is.
#[utoipa::path(
    post, path = "/v1/timesheets", tag = "planning", security(("bearer" = [])),
    params(WriteHeaders),
    request_body(content = OpenTimesheets, description = "Whose week"),
    responses(
        (status = 200, description = "The weeks", body = Timesheets),
        WriteRefused,
    )
)]
pub async fn open_timesheets(
    cx: Ctx,
    Valid(open): Valid<OpenTimesheets>,
) -> Result<Reply<Timesheets>, Problem> {
    cx.visible(Action::ReadTime)?;
    let monday = monday_of(open.week);
    cx.write(async |tx| -> Result<_, Error> {
        let workers = match (open.worker_id, open.site_id) {
            (Some(_), Some(_)) => return Err(TimeError::WorkerOrSite.into()),
            (None, Some(site)) => of_site(&cx, tx, site, monday).await?,
            (Some(worker), None) => vec![worker],
            (None, None) => vec![cx.caller.worker.ok_or(Error::WorkerNeeded)?],
        };
        let mut items = Vec::with_capacity(workers.len());
        for worker in workers {
            match of_worker(&cx, tx, worker, monday).await? {
                Some(sheet) => items.push(sheet),
                // By the clock of the worker's own week the stay lies in another one.
                None if open.site_id.is_some() => {}
                None => return Err(Problem::not_found().into()),
            }
        }
        Ok(Timesheets { items })
    })
    .await
}

/// The workers with a stay on a site, for who leads there.
async fn of_site(
    cx: &Ctx,
    tx: &mut Write<'_>,
    site: SiteId,
    monday: NaiveDate,
) -> Result<Vec<WorkerId>, Error> {
    let site = field::site(tx, site).await?.ok_or_else(Problem::not_found)?;
    cx.guard(Action::ReadTime, Action::CorrectTime, &site.target())?;
    let week = span_of(monday, site.zone);
    Ok(store::workers_on(tx, site.id, week.from, week.to, MOST).await?)
}

/// A worker's week, opened unless it is there: for the worker, and for who reads the hours of one
/// of its sites. None for others.
async fn of_worker(
    cx: &Ctx,
    tx: &mut Write<'_>,
    worker: WorkerId,
    monday: NaiveDate,
) -> Result<Option<Timesheet>, Error> {
    timeclock::lock_worker(tx, worker).await?;
    if let Some(there) = store::of_week(tx, worker, monday).await? {
        return Ok(Some(there).filter(|sheet| super::may(cx, sheet, Action::ReadTime)));
    }
    let firm = cx.tenant.zone;
    let first = timeclock::of_worker(tx, worker, span_of(monday, firm)).await?;
    let zone = match first.first() {
        Some(stay) => store::zone_of(tx, stay.site_id).await?,
        None => None,
    };
    let zone: Tz = zone.and_then(|zone| zone.parse().ok()).unwrap_or(firm);
    let stays = timeclock::of_worker(tx, worker, span_of(monday, zone)).await?;
    let sheet = Timesheet::open(worker, monday, zone, &stays);
    let own = Target::tenant().with_workers([worker]);
    let known = cx.caller.may(Action::ReadTime, &own) && timeclock::is_active(tx, worker).await?;
    if sheet.sites.is_empty() && !known || !super::may(cx, &sheet, Action::ReadTime) {
        return Ok(None);
    }
    store::insert(tx, &sheet).await?;
    let now = tx.now();
    tx.enqueue(privacy::next_look(now));
    tx.emit(&sheet.event(TimesheetChange::Opened));
    Ok(Some(sheet))
}
