//! The job that reads a version: what it is, its words, its first page in small. Outside any
//! transaction; bounded in time, in memory and in what comes out. The original is never touched.

mod extract;
mod office;
mod poppler;
mod sniff;

use async_trait::async_trait;
use blobs::BlobKey;
use bytes::{Bytes, BytesMut};
use contracts::{DocumentVersionChange, TextState};
use futures::TryStreamExt;
use jobs::{Handler, Job, JobError, NewJob};
use kernel::{DocumentVersionId, Text, Timestamp};
use serde_json::json;
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;
use web::{App, Problem, Visit};

use super::model::Eyes;
use super::versions::DocumentVersion;
use super::{events, store};
use sniff::Sort;

const KIND: &str = "projects.read_document";

/// The largest file that is read whole, in bytes.
const MAX_READ: u64 = 64 * 1024 * 1024;
/// How much of a file's beginning tells what it is, in bytes.
const HEAD: u64 = 8 * 1024;
/// The most text that is kept of a file, in bytes.
const MAX_TEXT: usize = 1024 * 1024;
/// The longest side of a preview, in pixels.
const PREVIEW_SIDE: u32 = 640;
/// The largest index of a text, in bytes; PostgreSQL itself ends a little above.
const MAX_INDEX: i32 = 900_000;

/// The work that a version asks for once it may be served.
pub(super) fn job(version: DocumentVersionId, at: Timestamp) -> NewJob {
    NewJob {
        kind: KIND,
        key: Some(version.to_string()),
        payload: json!({ "version": version }),
        run_at: at,
    }
}

/// What a file turned out to hold; each part, or why there is none.
struct Findings {
    media_type: &'static str,
    text: Result<String, Text>,
    preview: Result<Vec<u8>, Text>,
}

/// Reads versions, one at a time: a decoder may take half a gigabyte.
pub(super) struct Read {
    app: App,
    turn: Semaphore,
}

impl Read {
    pub fn new(app: App) -> Self {
        Self { app, turn: Semaphore::new(1) }
    }

    async fn read(&self, version: &DocumentVersion) -> Result<Findings, JobError> {
        let _turn = self.turn.acquire().await.map_err(retry)?;
        let key = BlobKey::new(version.blob_key.clone().unwrap_or_default())
            .map_err(|e| JobError::Fatal(e.to_string()))?;
        let size = u64::try_from(version.size).unwrap_or_default();
        let head = self.app.blobs.get_range(&key, 0, size.min(HEAD)).await.map_err(retry)?;
        let head: BytesMut = head.try_collect().await.map_err(retry)?;
        let sort = Sort::of(&head);
        if let Some((text, preview)) = sort.nothing_inside() {
            return Ok(Findings {
                media_type: sort.mime(),
                text: Err(text),
                preview: Err(preview),
            });
        }
        if size > MAX_READ {
            let why = too_large();
            return Ok(Findings {
                media_type: sort.mime(),
                text: Err(why.clone()),
                preview: Err(why),
            });
        }
        let bytes = self.app.blobs.get_bytes(&key, MAX_READ).await.map_err(retry)?;
        Ok(extract::extract(sort, bytes).await)
    }

    /// Stores a preview under a name that holds its hash, so that doing it twice changes nothing.
    async fn keep(
        &self,
        job: &Job,
        version: &DocumentVersion,
        jpeg: Vec<u8>,
    ) -> Result<String, JobError> {
        let hash = hex::encode(&Sha256::digest(&jpeg)[..16]);
        let (tenant, document) = (job.tenant, version.document_id);
        let key = BlobKey::new(format!("{tenant}/documents/{document}/preview-{hash}"))
            .map_err(|e| JobError::Fatal(e.to_string()))?;
        self.app.blobs.put(&key, Bytes::from(jpeg)).await.map_err(retry)?;
        Ok(key.to_string())
    }
}

fn too_large() -> Text {
    Text::new(
        "Fichier de plus de 64 Mio : conservé, mais ni lu ni montré en aperçu",
        "File larger than 64 MiB: kept, but neither read nor shown in small",
    )
}

fn retry(error: impl ToString) -> JobError {
    JobError::Retry(error.to_string())
}

fn refused(problem: Problem) -> JobError {
    JobError::Retry(problem.code().to_owned())
}

/// The text, cut until PostgreSQL can index it: a file of a million different words is none that
/// anybody wrote.
async fn indexable(visit: &Visit, mut text: String) -> Result<String, JobError> {
    loop {
        let mut db = visit.db().await.map_err(refused)?;
        let size = store::index_size(&mut db, &text).await;
        drop(db);
        match size {
            Ok(size) if size <= MAX_INDEX => return Ok(text),
            Ok(_) => {}
            // "program limit exceeded": the index would be too large to be made at all.
            Err(sqlx::Error::Database(e)) if e.code().as_deref() == Some("54000") => {}
            Err(error) => return Err(error.into()),
        }
        let half = text.len() / 2;
        extract::cut(&mut text, half);
    }
}

#[async_trait]
impl Handler for Read {
    fn kind(&self) -> &'static str {
        KIND
    }

    async fn run(&self, job: &Job) -> Result<(), JobError> {
        let id: DocumentVersionId = serde_json::from_value(job.payload["version"].clone())
            .map_err(|e| JobError::Fatal(e.to_string()))?;
        let visit = Visit::system(&self.app, job.tenant).await.map_err(refused)?;
        let version = {
            let mut db = visit.db().await.map_err(refused)?;
            store::version(&mut db, id).await?
        };
        if version.text_state != TextState::Pending {
            return Ok(()); // done before
        }
        let findings = self.read(&version).await?;
        let mut next = DocumentVersion {
            media_type: Some(findings.media_type.to_owned()),
            version: version.version + 1,
            ..version.clone()
        };
        match findings.preview {
            Ok(jpeg) => next.preview_key = Some(self.keep(job, &version, jpeg).await?),
            Err(why) => next.preview_reason = Some(why),
        }
        let text = match findings.text {
            Ok(text) => {
                next.text_state = TextState::Extracted;
                Some(indexable(&visit, text).await?)
            }
            Err(why) => {
                next.text_state = TextState::None;
                next.text_reason = Some(why);
                None
            }
        };
        visit
            .commit(async |tx| {
                let document = store::lock(tx, &Eyes::platform(), next.document_id).await?;
                store::update_version(tx, &next).await?;
                if let Some(text) = &text {
                    store::store_words(tx, id, text).await?;
                    store::index(tx, document.id).await?;
                }
                tx.emit(&events::version(&document, &next, DocumentVersionChange::Read));
                Ok::<_, Problem>(())
            })
            .await
            .map_err(refused)
    }
}
