//! `/v1/document-uploads`: the bytes of versions, by tus 1.0.

use auth::Action;
use axum::extract::Request;
use axum::http::HeaderMap;
use axum::response::Response;
use contracts::{DocumentChange, DocumentVersionChange, ScanState};
use futures::FutureExt;
use futures::future::BoxFuture;
use kernel::{DocumentVersionId, UploadId};
use serde_json::json;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::tus::{self, Announced, Purpose, Slot, Whole};
use web::{App, Ctx, PathId, Problem, Write, WriteRefused};

use super::model::{Document, Eyes, MAX_BYTES};
use super::versions::DocumentVersion;
use super::{Refusal, events, reading, scan, store};

/// The kind of the job that forgets uploads which were begun and never ended.
pub(crate) const PURGE: &str = "projects.purge_uploads";

const DOCUMENTS: Purpose = Purpose {
    path: "/v1/document-uploads",
    max_bytes: MAX_BYTES as u64,
    admit: |cx, announced| admit(cx, announced).boxed(),
    complete: |tx, whole| complete(tx, whole),
};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(create_document_upload, document_upload_options))
        .routes(routes!(document_upload_offset, append_document_upload, terminate_document_upload))
}

/// Who announced a version may send its bytes, as long as they manage the document.
async fn admit(cx: &Ctx, announced: &Announced) -> Result<Slot, Problem> {
    let id = announced.metadata.get("version_id").and_then(|id| id.parse().ok());
    let id: DocumentVersionId = id.ok_or(Refusal::VersionUnnamed)?;
    let (version, document) = {
        let mut db = cx.db().await?;
        let version = store::version(&mut db, id).await?;
        let document = store::find(&mut db, &Eyes::of(&cx.caller), version.document_id).await?;
        (version, document)
    };
    if version.created_by != cx.caller.user {
        return Err(Problem::not_found());
    }
    cx.may(Action::ManageDocument, &document.target())?;
    if u64::try_from(version.size) != Ok(announced.length) {
        return Err(Refusal::SizeDiffers.into());
    }
    Ok(Slot {
        id: id.uuid(),
        folder: format!("documents/{}", document.id),
        sha256: version.announced_sha256.and_then(|hash| hash.try_into().ok()),
        received: version.number.is_some(),
    })
}

/// The bytes are whole: the version gets its number. It is in force at once where there is no
/// scanner to be asked first.
fn complete<'a>(tx: &'a mut Write<'_>, whole: &'a Whole) -> BoxFuture<'a, Result<(), Problem>> {
    async move {
        let id = DocumentVersionId(whole.id);
        let announced = store::version(tx, id).await?;
        let document = store::lock(tx, &Eyes::platform(), announced.document_id).await?;
        if announced.number.is_some() {
            return Err(Refusal::AlreadyReceived.into());
        }
        let scanned = tx.app().scanner.is_some();
        let now = tx.now();
        let version = DocumentVersion {
            number: Some(store::next_number(tx, document.id).await?),
            scan: if scanned { ScanState::Scanning } else { ScanState::Unscanned },
            blob_key: Some(whole.key.to_string()),
            sha256: Some(whole.stored.sha256.to_vec()),
            received_at: Some(now),
            version: announced.version + 1,
            ..announced
        };
        store::update_version(tx, &version).await?;
        tx.emit_about(
            &events::version(&document, &version, DocumentVersionChange::Received),
            &json!({
                "file_name": version.file_name,
                "sha256": hex::encode(whole.stored.sha256),
                "size": whole.stored.len,
            }),
        );
        if scanned {
            tx.enqueue(scan::job(id, now));
        } else {
            publish(tx, document, &version).await?;
            tx.enqueue(reading::job(id, now));
        }
        Ok(())
    }
    .boxed()
}

/// Puts a version that may be served in force, unless a newer one is. The document is locked.
pub(super) async fn publish(
    tx: &mut Write<'_>,
    document: Document,
    version: &DocumentVersion,
) -> Result<(), Problem> {
    if version.number > document.current {
        let document =
            Document { current: version.number, version: document.version + 1, ..document };
        store::update(tx, &document).await?;
        tx.emit(&events::changed(&document, DocumentChange::Published));
    }
    Ok(())
}

/// Begin to upload a version of a document
///
/// tus 1.0, extension *creation*. `Upload-Metadata` names the version that was announced:
/// `version_id` and its id in base64; and `sha256` (hexadecimal, in base64) if the bytes shall be
/// checked against it. The upload has the version's id. Announced again by the same caller, it is
/// found, not made anew.
#[utoipa::path(
    post, path = "/v1/document-uploads", tag = "projects",
    params(
        tus::VersionHeader,
        ("Upload-Length" = i64, Header, description = "The length in bytes, as the version announced it", minimum = 1, maximum = 524_288_000),
        ("Upload-Metadata" = String, Header, description = "`version_id BASE64`, and `sha256 BASE64` if wanted"),
    ),
    responses(
        (status = 201, description = "Begun; `Location` says where it lives, `Upload-Offset` how much has arrived"),
        WriteRefused,
    ),
    security(("bearer" = []))
)]
async fn create_document_upload(cx: Ctx, headers: HeaderMap) -> Response {
    tus::answer(tus::create(&cx, &DOCUMENTS, &headers).await)
}

/// What the upload protocol of documents can do
#[utoipa::path(
    options, path = "/v1/document-uploads", tag = "projects",
    responses((status = 204, description = "`Tus-Version`, `Tus-Extension` and `Tus-Max-Size` tell")),
)]
async fn document_upload_options() -> Response {
    tus::options(&DOCUMENTS)
}

/// How much of a version has arrived
#[utoipa::path(
    head, path = "/v1/document-uploads/{id}", tag = "projects",
    params(
        ("id" = UploadId, Path, description = "The upload: the version's id"),
        tus::VersionHeader,
    ),
    responses(
        (status = 200, description = "`Upload-Offset` tells"),
        tus::Busy,
        WriteRefused,
    ),
    security(("bearer" = []))
)]
async fn document_upload_offset(
    cx: Ctx,
    PathId(id): PathId<UploadId>,
    headers: HeaderMap,
) -> Response {
    tus::answer(tus::head(&cx, &DOCUMENTS, id.uuid(), &headers).await)
}

/// Send a piece of a version
///
/// At the present offset, of any length. With the last byte the version has its number. Send no
/// `Idempotency-Key` here: the offset is what makes the call repeatable.
#[utoipa::path(
    patch, path = "/v1/document-uploads/{id}", tag = "projects",
    params(
        ("id" = UploadId, Path, description = "The upload: the version's id"),
        tus::PieceHeaders,
    ),
    request_body(content = Vec<u8>, content_type = "application/offset+octet-stream", description = "The piece"),
    responses(tus::Appended, WriteRefused),
    security(("bearer" = []))
)]
async fn append_document_upload(
    cx: Ctx,
    PathId(id): PathId<UploadId>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    tus::answer(tus::patch(&cx, &DOCUMENTS, id.uuid(), &parts.headers, body).await)
}

/// Give the upload of a version up
///
/// tus 1.0, extension *termination*: what arrived is forgotten. A version whose bytes are all here
/// stays.
#[utoipa::path(
    delete, path = "/v1/document-uploads/{id}", tag = "projects",
    params(
        ("id" = UploadId, Path, description = "The upload: the version's id"),
        tus::VersionHeader,
    ),
    responses((status = 204, description = "Forgotten"), WriteRefused),
    security(("bearer" = []))
)]
async fn terminate_document_upload(
    cx: Ctx,
    PathId(id): PathId<UploadId>,
    headers: HeaderMap,
) -> Response {
    tus::answer(tus::terminate(&cx, id.uuid(), &headers).await)
}
