//! Making a report in the background: gather, lay out, keep the file, say that it is there.

use async_trait::async_trait;
use blobs::{BlobError, BlobKey};
use contracts::ReportChange;
use jobs::{ATTEMPTS, Handler, Job, JobError, NewJob};
use kernel::{ReportId, TenantId};
use rust_xlsxwriter::XlsxError;
use serde_json::json;
use typeset::TypesetError;
use web::{App, Problem, Visit};

use super::day::{self, Day};
use super::model::{Report, ReportFormat, ReportState};
use super::pictures::{self, Fit};
use super::store::{self, Made};
use super::{pdf, words, xlsx};

const KIND: &str = "report";
/// Photos in the PDF are this many pixels wide or high: some 350 per inch as they are printed.
const PRINTED: u32 = 1200;
/// Pictures in sheets.
const THUMBNAIL: u32 = 320;

/// The job of making `report`.
pub fn make(report: &Report) -> NewJob {
    NewJob {
        kind: KIND,
        key: Some(report.id.to_string()),
        payload: json!({ "report": report.id }),
        run_at: report.requested_at,
    }
}

/// Makes reports.
pub struct MakeReport {
    app: App,
}

/// Why a report was not made.
#[derive(Debug, thiserror::Error)]
enum Hitch {
    #[error("{0:?}")]
    Problem(Problem),
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    #[error(transparent)]
    Blob(#[from] BlobError),
    #[error(transparent)]
    Pdf(#[from] TypesetError),
    #[error(transparent)]
    Xlsx(#[from] XlsxError),
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    #[error("the layout ended early: {0}")]
    Join(#[from] tokio::task::JoinError),
    #[error("there is no such site any more")]
    NoSite,
}

impl From<Problem> for Hitch {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl Hitch {
    /// Whether another attempt may work: the world may change, a template does not.
    fn passes(&self) -> bool {
        match self {
            Self::Problem(_)
            | Self::Database(_)
            | Self::Blob(_)
            | Self::Join(_)
            | Self::Pdf(TypesetError::Busy | TypesetError::Broken(_)) => true,
            Self::Pdf(TypesetError::Template(_)) | Self::Xlsx(_) | Self::Json(_) | Self::NoSite => {
                false
            }
        }
    }
}

#[async_trait]
impl Handler for MakeReport {
    fn kind(&self) -> &'static str {
        KIND
    }

    async fn run(&self, job: &Job) -> Result<(), JobError> {
        let id: ReportId = serde_json::from_value(job.payload["report"].clone())
            .map_err(|error| JobError::Fatal(error.to_string()))?;
        match self.work(job.tenant, id).await {
            Ok(()) => Ok(()),
            Err(hitch) if hitch.passes() && job.attempts < ATTEMPTS => {
                Err(JobError::Retry(hitch.to_string()))
            }
            Err(hitch) => {
                // Whoever asked must not wait for ever.
                let visit = self.visit(job.tenant).await;
                let ended = match visit {
                    Ok(visit) => end(&visit, id, None).await,
                    Err(problem) => Err(problem),
                };
                if let Err(problem) = ended {
                    tracing::error!(code = problem.code(), report = %id, "a failure was not noted");
                }
                Err(JobError::Fatal(hitch.to_string()))
            }
        }
    }
}

impl MakeReport {
    /// A maker of reports.
    pub fn new(app: App) -> Self {
        Self { app }
    }

    async fn visit(&self, tenant: TenantId) -> Result<Visit, Problem> {
        Visit::system(&self.app, tenant).await
    }

    async fn work(&self, tenant: TenantId, id: ReportId) -> Result<(), Hitch> {
        let visit = self.visit(tenant).await?;
        let mut conn = visit.db().await?;
        let Some(report) = store::find(&mut conn, id).await? else { return Ok(()) };
        if report.state != ReportState::Requested {
            return Ok(()); // made at an attempt whose end was not noted
        }
        let ask = day::Ask {
            firm: visit.tenant.name.clone(),
            site: report.site_id,
            day: report.day,
            zone: visit.tenant.zone,
            now: visit.now(),
        };
        let day = day::gather(&mut conn, ask).await?.ok_or(Hitch::NoSite)?;
        drop(conn); // nothing is held while pictures are fetched and pages are set
        let seal = day.seal()?;
        let file = self.lay_out(&report, day, hex::encode(seal)).await?;
        let format = report.format.as_str();
        let key = BlobKey::new(format!("{tenant}/reports/{id}.{format}"))?;
        let stored = self.app.blobs.put(&key, file.into()).await?;
        let made = Made {
            blob_key: key.as_str().to_owned(),
            size: i64::try_from(stored.len).unwrap_or(i64::MAX),
            sha256: stored.sha256,
            seal,
        };
        Ok(end(&visit, id, Some(&made)).await?)
    }

    async fn lay_out(&self, report: &Report, day: Day, seal: String) -> Result<Vec<u8>, Hitch> {
        let blobs = &*self.app.blobs;
        let words = words::of(report.lang)?;
        match report.format {
            ReportFormat::Pdf => {
                let photos = day.photos.iter().take(pdf::MAX_PHOTOS);
                let keys = photos.map(|p| p.watermarked_key.as_deref());
                let photos = pictures::fetch(blobs, keys, Fit::Photo(PRINTED)).await?;
                let keys = day.signatures.iter().map(|s| Some(s.blob_key.as_str()));
                let signatures = pictures::fetch(blobs, keys, Fit::Drawing(PRINTED)).await?;
                let pages = pdf::Pages { day, words, seal, photos, signatures };
                Ok(typeset::print(pdf::sheet(pages)).await?.pdf)
            }
            ReportFormat::Xlsx => {
                let keys = day.photos.iter().map(|p| p.thumbnail_key.as_deref());
                let thumbnails = pictures::fetch(blobs, keys, Fit::Photo(THUMBNAIL)).await?;
                let book = xlsx::Book { day, words, seal, thumbnails };
                Ok(tokio::task::spawn_blocking(move || xlsx::render(&book)).await??)
            }
        }
    }
}

/// Notes the end of a report's making, and tells it; once.
async fn end(visit: &Visit, id: ReportId, made: Option<&Made>) -> Result<(), Problem> {
    let change = if made.is_some() { ReportChange::Ready } else { ReportChange::Failed };
    visit
        .commit(async |tx| {
            let now = tx.now();
            if let Some(report) = store::end(tx, id, made, now).await? {
                tx.emit_about(&report.changed(change), &report);
            }
            Ok::<_, Problem>(())
        })
        .await
}
