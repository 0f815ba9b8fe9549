//! Reading stays.

use auth::Action;
use chrono::NaiveDate;
use kernel::{SiteId, TimeEntryId, WorkerId};
use serde::Deserialize;
use validator::Validate;
use web::{Ctx, Found, Listed, Page, PageParams, PathId, Problem, ReadRefused};

use crate::timeclock::model::TimeEntry;
use crate::timeclock::store::{self, Filter};

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
}

/// Reads a time entry.
#[utoipa::path(
    get, path = "/v1/time-entries/{id}", tag = "planning", security(("bearer" = [])),
    params(("id" = TimeEntryId, Path, description = "The entry")),
    responses(
        (status = 200, description = "The entry", body = TimeEntry),
        ReadRefused,
    )
)]
pub async fn read_time_entry(
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
    params(TimeEntryParams, PageParams),
    responses(
        (status = 200, description = "A page of entries", body = Page<TimeEntry>),
        ReadRefused,
    )
)]
pub async fn list_time_entries(
    cx: Ctx,
    Listed(asked, page): Listed<TimeEntryParams>,
) -> Result<axum::Json<Page<TimeEntry>>, Problem> {
    let seen = cx.visible(Action::ReadTime)?;
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
