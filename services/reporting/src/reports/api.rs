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
    App, Created, Ctx, Found, Listed, Page, PageParams, PathId, Problem, ProblemBody, ReadRefused,
    Reply, Valid, WriteHeaders, WriteRefused, check,
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
    params(WriteHeaders),
    request_body = NewReport,
    responses(
        (status = 201, description = "The report, not made yet", body = Report),
        WriteRefused,
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

/// Which reports are wanted.
#[derive(Debug, Deserialize, Validate, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ReportParams {
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
    params(ReportParams, PageParams),
    responses(
        (status = 200, description = "A page of reports", body = Page<Report>),
        ReadRefused,
    )
)]
pub async fn list_reports(
    cx: Ctx,
    Listed(asked, page): Listed<ReportParams>,
) -> Result<Json<Page<Report>>, Problem> {
    let ReportParams { site_id: site, day } = asked;
    let filter = Filter { visible: cx.visible(Action::MakeReport)?, site, day };
    let mut conn = cx.db().await?;
    let reports = store::list(&mut conn, &filter, page.after()?, page.limit).await?;
    Ok(Json(Page::of(reports, page.limit, |report| report.id)))
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
        ReadRefused,
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
        (status = 409, description = "Not made yet, or it could not be made",
            body = ProblemBody, content_type = "application/problem+json"),
        ReadRefused,
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
