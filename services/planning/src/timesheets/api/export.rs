//! Approved weeks for payroll.

use auth::Action;
use axum::response::{IntoResponse, Response};
use chrono::{Days, NaiveDate};
use http::header;
use serde::Deserialize;
use validator::Validate;
use web::{Ctx, Params, Problem, ProblemBody, ReadRefused};

use crate::timesheets::csv;
use crate::timesheets::store;
use crate::timesheets::week::monday_of;

/// No more weeks of the calendar in one file.
const MOST_WEEKS: i64 = 5;
/// No more workers' weeks in one file.
const MOST: i64 = 20_000;

/// Which weeks to take.
#[derive(Debug, Deserialize, Validate, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ExportParams {
    /// A day of the first week.
    #[validate(custom(function = web::check::day))]
    from: NaiveDate,
    /// A day of the last week; the first where none is given. At most five weeks.
    #[validate(custom(function = web::check::day))]
    to: Option<NaiveDate>,
}

/// Takes approved weeks of hours to payroll, as CSV.
///
/// A line per worker, week and kind of hours: `worker_id`, `worker`, `week`, `monday`, `country`,
/// `kind` (`worked`, `normal`, `overtime`, `night`, `rest_day`, `travel`, `break`), `percent`,
/// `minutes`, `hours`, `signed_at`, `approved_at`, `timesheet_id`, `version`. `worked` is `normal`
/// and all `overtime`. Weeks that are not approved are left out.
#[utoipa::path(
    get, path = "/v1/timesheets/export", tag = "planning", security(("bearer" = [])),
    params(ExportParams),
    responses(
        (status = 200, description = "The weeks", body = String, content_type = "text/csv"),
        ReadRefused,
        (status = 422, description = "Invalid values, or more than 20,000 weeks of workers",
            body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn export_timesheets(
    cx: Ctx,
    Params(asked): Params<ExportParams>,
) -> Result<Response, Problem> {
    let seen = cx.visible(Action::ExportTime)?;
    let from = monday_of(asked.from);
    let to = monday_of(asked.to.unwrap_or(asked.from));
    let weeks = (to - from).num_days() / 7;
    if !(0..MOST_WEEKS).contains(&weeks) {
        return Err(Problem::invalid().field("to", "range", "1 à 5 semaines", "1 to 5 weeks"));
    }
    let paid = store::paid(&mut *cx.db().await?, &seen, from, to, MOST + 1).await?;
    if i64::try_from(paid.len()).unwrap_or(i64::MAX) > MOST {
        return Err(Problem::invalid().field(
            "to",
            "range",
            "plus de 20 000 feuilles : prenez moins de semaines",
            "more than 20,000 sheets: take fewer weeks",
        ));
    }
    let table = csv::write(&paid).map_err(Problem::internal)?;
    let name = format!("attachment; filename=\"hours-{from}-{}.csv\"", to + Days::new(6));
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, name),
    ];
    Ok((headers, table).into_response())
}
