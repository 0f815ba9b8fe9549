//! `/v1/uploads`: the bytes of photos, by tus 1.0.

use auth::Action;
use axum::extract::Request;
use axum::http::HeaderMap;
use axum::response::Response;
use contracts::{PhotoChange, PhotoState};
use futures::FutureExt;
use futures::future::BoxFuture;
use jobs::NewJob;
use kernel::{PhotoId, Timestamp, UploadId};
use serde_json::json;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::tus::{self, Announced, Purpose, Slot, Whole};
use web::{App, Ctx, PathId, Problem, Write, WriteRefused};

use super::model::{MAX_BYTES, Photo, code};
use super::{store, watermark};
use crate::Error;
use crate::audit::keep_head_after;

const PHOTOS: Purpose = Purpose {
    path: "/v1/uploads",
    max_bytes: MAX_BYTES as u64,
    admit: |cx, announced| admit(cx, announced).boxed(),
    complete: |tx, whole| complete(tx, whole),
};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(create_upload, upload_options)).routes(routes!(
        upload_offset,
        append_upload,
        terminate_upload
    ))
}

/// Who announced a photo may send its bytes.
async fn admit(cx: &Ctx, announced: &Announced) -> Result<Slot, Problem> {
    let id = announced.metadata.get("photo_id").and_then(|id| id.parse::<PhotoId>().ok());
    let id = id.ok_or(Error::PhotoUnnamed)?;
    let photo = {
        let mut db = cx.db().await?;
        store::find(&mut db, id).await?
    };
    if photo.created_by != cx.caller.user {
        return Err(Problem::not_found());
    }
    cx.guard(Action::ReadProof, Action::AddProof, &photo.target())?;
    if u64::try_from(photo.size) != Ok(announced.length) {
        return Err(Error::SizeDiffers.into());
    }
    Ok(Slot {
        id: id.uuid(),
        folder: format!("photos/{id}"),
        sha256: photo.announced_sha256.and_then(|hash| hash.try_into().ok()),
        received: photo.state != PhotoState::Announced,
    })
}

/// The bytes are whole: the photo is received, and waits for its watermark.
fn complete<'a>(tx: &'a mut Write<'_>, whole: &'a Whole) -> BoxFuture<'a, Result<(), Problem>> {
    async move {
        let id = PhotoId(whole.id);
        let photo = store::lock(tx, id).await?;
        if photo.state != PhotoState::Announced {
            return Err(Error::AlreadyReceived.into());
        }
        let now = tx.now();
        let photo = Photo {
            state: PhotoState::Received,
            original_key: Some(whole.key.to_string()),
            sha256: Some(whole.stored.sha256.to_vec()),
            code: Some(code(id, &whole.stored.sha256)),
            received_at: Some(now),
            version: photo.version + 1,
            ..photo
        };
        store::update(tx, &photo).await?;
        tx.emit_about(
            &photo.event(PhotoChange::Received),
            &json!({
                "sha256": hex::encode(whole.stored.sha256),
                "size": whole.stored.len,
                "code": photo.code,
            }),
        );
        tx.enqueue(watermark::job(id, now));
        tx.enqueue(keep_head_after(now));
        Ok(())
    }
    .boxed()
}

/// Begin an upload
///
/// tus 1.0, extension *creation*. `Upload-Metadata` names the photo: `photo_id` and its id in
/// base64; and `sha256` (hexadecimal, in base64) if the bytes shall be checked against it. The
/// upload has the photo's id. Announced again by the same caller, it is found, not made anew.
#[utoipa::path(
    post, path = "/v1/uploads", tag = "proofs",
    params(
        tus::VersionHeader,
        ("Upload-Length" = i64, Header, description = "The length in bytes, as the photo announced it", minimum = 1, maximum = 67_108_864),
        ("Upload-Metadata" = String, Header, description = "`photo_id BASE64`, and `sha256 BASE64` if wanted"),
    ),
    responses(
        (status = 201, description = "Begun; `Location` says where it lives, `Upload-Offset` how much has arrived"),
        WriteRefused,
    ),
    security(("bearer" = []))
)]
async fn create_upload(cx: Ctx, headers: HeaderMap) -> Response {
    tus::answer(tus::create(&cx, &PHOTOS, &headers).await)
}

/// What the upload protocol here can do
#[utoipa::path(
    options, path = "/v1/uploads", tag = "proofs",
    responses((status = 204, description = "`Tus-Version`, `Tus-Extension` and `Tus-Max-Size` tell")),
)]
async fn upload_options() -> Response {
    tus::options(&PHOTOS)
}

/// How much of an upload has arrived
#[utoipa::path(
    head, path = "/v1/uploads/{id}", tag = "proofs",
    params(
        ("id" = UploadId, Path, description = "The upload: the photo's id"),
        tus::VersionHeader,
    ),
    responses(
        (status = 200, description = "`Upload-Offset` tells"),
        tus::Busy,
        WriteRefused,
    ),
    security(("bearer" = []))
)]
async fn upload_offset(cx: Ctx, PathId(id): PathId<UploadId>, headers: HeaderMap) -> Response {
    tus::answer(tus::head(&cx, &PHOTOS, id.uuid(), &headers).await)
}

/// Send a piece of an upload
///
/// At the present offset, of any length. With the last byte the photo is received. Send no
/// `Idempotency-Key` here: the offset is what makes the call repeatable.
#[utoipa::path(
    patch, path = "/v1/uploads/{id}", tag = "proofs",
    params(
        ("id" = UploadId, Path, description = "The upload: the photo's id"),
        tus::PieceHeaders,
    ),
    request_body(content = Vec<u8>, content_type = "application/offset+octet-stream", description = "The piece"),
    responses(tus::Appended, WriteRefused),
    security(("bearer" = []))
)]
async fn append_upload(cx: Ctx, PathId(id): PathId<UploadId>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    tus::answer(tus::patch(&cx, &PHOTOS, id.uuid(), &parts.headers, body).await)
}

/// Give an upload up
///
/// tus 1.0, extension *termination*: what arrived is forgotten. A photo whose bytes are all here
/// stays.
#[utoipa::path(
    delete, path = "/v1/uploads/{id}", tag = "proofs",
    params(
        ("id" = UploadId, Path, description = "The upload: the photo's id"),
        tus::VersionHeader,
    ),
    responses((status = 204, description = "Forgotten"), WriteRefused),
    security(("bearer" = []))
)]
async fn terminate_upload(cx: Ctx, PathId(id): PathId<UploadId>, headers: HeaderMap) -> Response {
    tus::answer(tus::terminate(&cx, id.uuid(), &headers).await)
}

/// The kind of the job that forgets uploads which were begun and never ended.
pub(crate) const PURGE: &str = "proofs.purge_uploads";

/// The work that forgets an upload announced at `at`, should it never end.
pub(super) fn purge_after(at: Timestamp) -> NewJob {
    tus::Purge::after(PURGE, at)
}
