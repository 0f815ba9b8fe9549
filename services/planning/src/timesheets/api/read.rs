//! Reading weeks of hours.

use auth::Action;
use axum::Json;
use chrono::NaiveDate;
use kernel::{SiteId, TimesheetId, WorkerId};
use serde::Deserialize;
use validator::Validate;
use web::{Ctx, Found, Listed, Page, PageParams, PathId, Problem, ReadRefused};

use crate::timesheets::model::{State, Timesheet};
use crate::timesheets::store::{self, Filter};
use crate::timesheets::week::monday_of;

/// Reads a week of hours.
///
/// While it is open its figures are what the hours come to now.
#[utoipa::path(
    get, path = "/v1/timesheets/{id}", tag = "planning", security(("bearer" = [])),
    params(("id" = TimesheetId, Path, description = "The week")),
    responses(
        (status = 200, description = "The week", body = Timesheet),
        ReadRefused,
    )
)]
pub async fn read_timesheet(
    cx: Ctx,
    PathId(id): PathId<TimesheetId>,
) -> Result<Found<Timesheet>, Problem> {
    let mut conn = cx.db().await?;
    let mut sheet = store::find(&mut conn, id).await?.ok_or_else(Problem::not_found)?;
    super::guard(&cx, &sheet, Action::ReadTime)?;
    if sheet.state == State::Open {
        let (figures, _) = super::reckon(&cx, &mut conn, &sheet, cx.now()).await?;
        sheet.figures = Some(figures);
    }
    Ok(Found(sheet))
}

/// Which weeks to list.
#[derive(Debug, Deserialize, Validate, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct TimesheetParams {
    /// A day of the week.
    #[validate(custom(function = web::check::day))]
    week: Option<NaiveDate>,
    /// With a stay on this site.
    site_id: Option<SiteId>,
    /// Of this worker.
    worker_id: Option<WorkerId>,
    /// That stand here.
    state: Option<State>,
}

/// Lists weeks of hours.
#[utoipa::path(
    get, path = "/v1/timesheets", tag = "planning", security(("bearer" = [])),
    params(TimesheetParams, PageParams),
    responses(
        (status = 200, description = "A page of weeks", body = Page<Timesheet>),
        ReadRefused,
    )
)]
pub async fn list_timesheets(
    cx: Ctx,
    Listed(asked, page): Listed<TimesheetParams>,
) -> Result<Json<Page<Timesheet>>, Problem> {
    let seen = cx.visible(Action::ReadTime)?;
    let filter = Filter {
        monday: asked.week.map(monday_of),
        site: asked.site_id,
        worker: asked.worker_id,
        state: asked.state,
        after: page.after()?,
        limit: page.limit + 1,
    };
    let rows = store::list(&mut *cx.db().await?, &seen, &filter).await?;
    Ok(Json(Page::of(rows, page.limit, |sheet| sheet.id)))
}
