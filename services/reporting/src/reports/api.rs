//! `/v1/reports`.

use auth::Action;
use axum::Json;
use axum::body::Body;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use blobs::BlobKey;
use chrono::NaiveDate;
use contracts::ReportChange;
use kernel::{ReportId, SiteId};
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use validator::Validate;
use web::{
    App, Created, Ctx, Found, Page, PageParams, Params, PathId, Problem, ProblemBody, Reply, Valid,
    check,
};

use super::job;
use super::model::{NewReport, Report, ReportState};
use super::store::{self, Filter};
use crate::error::Error;

/// The routes of reports.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(create_report, list_reports))
        .routes(routes!(read_report))
        .routes(routes!(read_report_file))
}

/// Ask for a report. It is made in the background; read it until its state is `ready`, or follow
/// the live stream for `report.ready`.
#[utoipa::path(
    post,
    path = "/v1/reports",
    tag = "reporting",
    security(("bearer" = [])),
    request_body = NewReport,
    responses(
        (status = 201, description = "The report, not made yet", body = Report),
        (status = 400, description = "The body is not JSON", body = ProblemBody),
        (status = 401, description = "Not signed in", body = ProblemBody),
        (status = 403, description = "The role makes no reports", body = ProblemBody),
        (status = 404, description = "No such site, or not for this caller", body = ProblemBody),
        (status = 409, description = "The chosen id is taken", body = ProblemBody),
        (status = 413, description = "The body is larger than 1 MiB", body = ProblemBody),
        (status = 415, description = "The body's media type is not JSON", body = ProblemBody),
        (status = 422, description = "A field is wrong", body = ProblemBody),
    )
)]
pub async fn create_report(
    cx: Ctx,
    Valid(new): Valid<NewReport>,
) -> Result<Reply<Created<Report>>, Problem> {
    cx.visible(Action::MakeReport)?;
    cx.write(async |tx| {
        let project = store::project_of(tx, new.site_id).await?.ok_or_else(Problem::not_found)?;
        let report = Report::request(new, project, cx.caller.user, tx.now());
        cx.guard(Action::ReadProject, Action::MakeReport, &report.target())?;
        store::insert(tx, &report).await?;
        tx.emit_about(&report.changed(ReportChange::Requested), &report);
        tx.enqueue(job::make(&report));
        Ok::<_, Problem>(Created(format!("/v1/reports/{}", report.id), report))
    })
    .await
}

fn fifty() -> i64 {
    50
}

/// Which reports are wanted.
#[derive(Debug, Deserialize, Validate, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ReportParams {
    /// How many at most.
    #[serde(default = "fifty")]
    #[validate(range(min = 1, max = 200))]
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: i64,
    /// Where the page before ended, as it said.
    #[validate(length(max = 500))]
    #[param(max_length = 500)]
    cursor: Option<String>,
    /// Of this site only.
    #[param(value_type = Option<uuid::Uuid>)]
    site_id: Option<SiteId>,
    /// Of this day only.
    #[validate(custom(function = check::day))]
    day: Option<NaiveDate>,
}

/// List the reports of the sites that the caller watches, the newest first.
#[utoipa::path(
    get,
    path = "/v1/reports",
    tag = "reporting",
    security(("bearer" = [])),
    params(ReportParams),
    responses(
        (status = 200, description = "A page of reports", body = Page<Report>),
        (status = 400, description = "An unknown or malformed parameter", body = ProblemBody),
        (status = 401, description = "Not signed in", body = ProblemBody),
        (status = 403, description = "The role sees no reports", body = ProblemBody),
        (status = 422, description = "A parameter out of its range", body = ProblemBody),
    )
)]
pub async fn list_reports(
    cx: Ctx,
    Params(params): Params<ReportParams>,
) -> Result<Json<Page<Report>>, Problem> {
    let ReportParams { limit, cursor, site_id: site, day } = params;
    let filter = Filter { visible: cx.visible(Action::MakeReport)?, site, day };
    let before = PageParams { limit, cursor }.after()?;
    let mut conn = cx.db().await?;
    let reports = store::list(&mut conn, &filter, before, limit).await?;
    Ok(Json(Page::of(reports, limit, |report| report.id)))
}

async fn find(cx: &Ctx, id: ReportId) -> Result<Report, Problem> {
    cx.visible(Action::MakeReport)?;
    let mut conn = cx.db().await?;
    let report = store::find(&mut conn, id).await?.ok_or_else(Problem::not_found)?;
    cx.sees(Action::MakeReport, &report.target())?;
    Ok(report)
}

/// Read where a report stands.
#[utoipa::path(
    get,
    path = "/v1/reports/{id}",
    tag = "reporting",
    security(("bearer" = [])),
    params(("id" = uuid::Uuid, Path, description = "The report")),
    responses(
        (status = 200, description = "The report", body = Report),
        (status = 401, description = "Not signed in", body = ProblemBody),
        (status = 403, description = "The role sees no reports", body = ProblemBody),
        (status = 404, description = "No such report, or not for this caller", body = ProblemBody),
    )
)]
pub async fn read_report(cx: Ctx, PathId(id): PathId<ReportId>) -> Result<Found<Report>, Problem> {
    Ok(Found(find(&cx, id).await?))
}

/// Fetch a report's file.
#[utoipa::path(
    get,
    path = "/v1/reports/{id}/file",
    tag = "reporting",
    security(("bearer" = [])),
    params(("id" = uuid::Uuid, Path, description = "The report")),
    responses(
        (status = 200, description = "The file: PDF or XLSX, as it was asked for",
            content(
                (Vec<u8> = "application/pdf"),
                (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
            )),
        (status = 401, description = "Not signed in", body = ProblemBody),
        (status = 403, description = "The role sees no reports", body = ProblemBody),
        (status = 404, description = "No such report, or not for this caller", body = ProblemBody),
        (status = 409, description = "Not made yet, or it could not be made", body = ProblemBody),
        (status = 503, description = "The file is out of reach for a moment", body = ProblemBody),
    )
)]
pub async fn read_report_file(cx: Ctx, PathId(id): PathId<ReportId>) -> Result<Response, Problem> {
    let report = find(&cx, id).await?;
    let key = match (report.state, &report.blob_key) {
        (ReportState::Ready, Some(key)) => BlobKey::new(key).map_err(Error::Blob)?,
        (ReportState::Failed, _) => return Err(Error::Failed.into()),
        (ReportState::Requested | ReportState::Ready, _) => return Err(Error::NotReady.into()),
    };
    let blob = cx.app.blobs.get(&key).await.map_err(Error::Blob)?;
    let mut response = Response::new(Body::from_stream(blob.body));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(report.format.media_type()));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(blob.len));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    let disposition = format!("attachment; filename=\"{}\"", report.file_name());
    headers.insert(
        header::CONTENT_DISPOSITION,
        HeaderValue::from_str(&disposition).map_err(Problem::internal)?,
    );
    Ok(response)
}
