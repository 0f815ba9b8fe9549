//! `/v1/earned-value`.

use auth::Action;
use axum::Json;
use chrono::NaiveDate;
use kernel::ProjectId;
use serde::Deserialize;
use sqlx::PgConnection;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use validator::Validate;
use web::{App, Ctx, Params, Problem, ReadRefused, check};

use super::model::{EarnedValue, Span, Sums, value};
use super::store;
use crate::budget::{self, Tally};
use crate::projects;
use crate::projects::model::Project;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(read_earned_value))
}

/// Of which project, on which day.
#[derive(Debug, Clone, Deserialize, Validate, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct EarnedValueParams {
    /// The project.
    pub project_id: ProjectId,
    /// The day, to its end; today in the firm's zone unless said.
    #[validate(custom(function = check::day))]
    pub at: Option<NaiveDate>,
}

/// Read a project's earned value
///
/// On a day that is past, progress and actual cost are those of that day; the budget is today's.
#[utoipa::path(
    get, path = "/v1/earned-value", tag = "projects", params(EarnedValueParams),
    responses((status = 200, description = "The figures", body = EarnedValue), ReadRefused),
    security(("bearer" = []))
)]
async fn read_earned_value(
    cx: Ctx,
    Params(params): Params<EarnedValueParams>,
) -> Result<Json<EarnedValue>, Problem> {
    let at = params.at.unwrap_or_else(|| cx.now().with_timezone(&cx.tenant.zone).date_naive());
    let mut db = cx.db().await?;
    let project = projects::guard(&cx, &mut db, Action::ReadBudget, params.project_id).await?;
    Ok(Json(of(&mut db, &project, at).await?))
}

/// The project's earned value at the end of the day `at`.
pub(crate) async fn of(
    db: &mut PgConnection,
    project: &Project,
    at: NaiveDate,
) -> Result<EarnedValue, sqlx::Error> {
    let id = project.id;
    let entries = budget::store::entries(db, &[id], Some(at)).await?;
    let entries = entries.into_iter().next().ok_or(sqlx::Error::RowNotFound)?;
    let work = store::work(db, id).await?;
    let phases = store::phases(db, id).await?;
    let whole = project.starts_on.zip(project.ends_on).map(|(from, to)| Span { from, to });
    let mut sums = Sums::default();
    for (line, _) in &entries.lines {
        let span = match line.phase_id {
            Some(phase) => phases.get(&phase).copied(),
            None => whole,
        };
        let value = value(line, &work, span, at);
        sums.bac = sums.bac.saturating_add(line.planned_minor);
        sums.value.planned = sums.value.planned.saturating_add(value.planned);
        sums.value.earned = sums.value.earned.saturating_add(value.earned);
    }
    sums.ac = Tally::of(entries).figures.actual_minor;
    Ok(EarnedValue::of(id, project.currency, at, sums))
}
