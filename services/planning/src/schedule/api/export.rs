use auth::{Action, Target};
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::header;
use interchange::ics::About;
use kernel::ProjectId;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use validator::Validate;
use web::{Ctx, Params, Problem, ProblemBody, ReadRefused};

use crate::schedule::model::export::document;
use crate::schedule::model::{Mode, Objection};
use crate::schedule::{everything, explained, store};

/// What a plan is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = PlanExportFormat)]
pub enum ExportFormat {
    /// Microsoft Project XML.
    Mspdi,
    /// iCalendar: an event for each task.
    Ics,
}

/// Which plan is written, and how.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ExportPlan {
    /// The project.
    pub project_id: ProjectId,
    /// The format.
    #[param(inline)]
    pub format: ExportFormat,
}

/// Write a project's plan as a file.
///
/// For whoever sees all tasks of the project. Times are on the plan's clock.
#[utoipa::path(
    get, path = "/v1/schedule/export", tag = "planning", security(("bearer" = [])),
    params(ExportPlan),
    responses(
        (status = 200, description = "The file", content(
            (Vec<u8> = "application/xml"), (Vec<u8> = "text/calendar"))),
        ReadRefused,
        (status = 422, description = "The plan cannot be calculated",
            body = ProblemBody, content_type = "application/problem+json"),
    ))]
pub async fn export_plan(cx: Ctx, Params(ask): Params<ExportPlan>) -> Result<Response, Problem> {
    cx.visible(Action::ReadTask)?;
    let mut conn = cx.db().await?;
    let name = store::tasks::project_name(&mut conn, ask.project_id).await?;
    let name = name.ok_or_else(Problem::not_found)?;
    cx.sees(Action::ReadTask, &Target::project(ask.project_id))?;
    let now = cx.now();
    let book = store::plan::book(&mut conn, ask.project_id, &everything(), now).await?;
    let notes = store::tasks::notes(&mut conn, ask.project_id).await?;
    drop(conn);
    let (drawn, schedule) = book
        .calculate(Mode::Read)
        .map_err(|unfit| Problem::from(explained(&book, Objection::Unfit(unfit))))?;
    let uids = drawn.items.iter().map(|at| book.items[*at].id.to_string()).collect();
    let about = About {
        zone: drawn.wall.0,
        written_at: now,
        domain: format!("{}.fieldops360", ask.project_id),
        uids,
        lang: cx.lang,
    };
    let document = document(name, &book, drawn, &schedule, &notes);
    let mut file = Vec::new();
    let (kind, ending) = match ask.format {
        ExportFormat::Mspdi => {
            interchange::mspdi::write(&document, &mut file).map_err(Problem::internal)?;
            ("application/xml", "xml")
        }
        ExportFormat::Ics => {
            interchange::ics::write(&document, &schedule.dates, &about, &mut file)
                .map_err(Problem::internal)?;
            ("text/calendar; charset=utf-8", "ics")
        }
    };
    let headers = [
        (header::CONTENT_TYPE, kind.to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"planning.{ending}\"")),
    ];
    Ok((headers, Body::from(file)).into_response())
}
