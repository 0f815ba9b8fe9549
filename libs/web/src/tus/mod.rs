//! Resumable uploads by tus 1.0 (<https://tus.io/protocols/resumable-upload>), once for everything
//! that uploads: creation, termination, expiration.
//!
//! How much arrived is asked of the blob store alone; the row says whose upload it is and whether
//! it was taken over. So every call may be made again, whatever was lost in between: the same
//! piece sent twice is told the present offset, and whoever finds all bytes there (a `PATCH` or a
//! `HEAD`) finishes the upload, also after a crash between the blob's finish and the commit.

mod describe;
mod headers;
mod purge;
mod refusals;
mod store;

use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use blobs::{BlobError, BlobKey, ByteStream, Stored};
use bytes::Bytes;
use chrono::TimeDelta;
use futures::future::BoxFuture;
use futures::{StreamExt, TryStreamExt};
use kernel::{TenantId, Timestamp};
use uuid::Uuid;

use crate::app::App;
use crate::context::{Ctx, Visit};
use crate::problem::Problem;
use crate::write::Write;
pub use describe::{Appended, Busy, PieceHeaders, VersionHeader};
use headers::{Reply, check_piece, check_version, count, metadata};
pub use purge::Purge;
use refusals::{
    MISMATCH, already_received, elsewhere, interrupted, mismatch, sha256_of, too_large,
};
use store::Upload;

/// How long an unfinished upload waits for its next piece.
pub const EXPIRES_AFTER: TimeDelta = TimeDelta::days(7);
/// How long a finished upload still answers a phone that never heard of its end.
const REMEMBERED: TimeDelta = TimeDelta::days(30);
/// How long a silent sender is waited for.
const SILENCE: Duration = Duration::from_secs(30);

/// What a service's uploads are for.
pub struct Purpose {
    /// Where they live: `/v1/uploads`.
    pub path: &'static str,
    /// The largest, in bytes.
    pub max_bytes: u64,
    /// Who may upload this, and where it goes.
    pub admit: for<'a> fn(&'a Ctx, &'a Announced) -> BoxFuture<'a, Result<Slot, Problem>>,
    /// Takes the whole bytes over, in the same commit as the upload's end. Must tell of it (an
    /// event): that is what the audit trail records.
    pub complete:
        for<'a, 'w> fn(&'a mut Write<'w>, &'a Whole) -> BoxFuture<'a, Result<(), Problem>>,
}

/// An upload as its sender announces it.
#[derive(Debug, Clone)]
pub struct Announced {
    /// Its length in bytes.
    pub length: u64,
    /// SHA-256 of the bytes, from the metadata `sha256`, in hexadecimal there.
    pub sha256: Option<[u8; 32]>,
    /// All of the metadata.
    pub metadata: BTreeMap<String, String>,
}

/// Where an admitted upload goes.
#[derive(Debug, Clone)]
pub struct Slot {
    /// The id of what is uploaded, which is also the upload's.
    pub id: Uuid,
    /// Its folder in the blob store, below the tenant's: `photos/ID`.
    pub folder: String,
    /// SHA-256 that the bytes must have, where the record announced it.
    pub sha256: Option<[u8; 32]>,
    /// Whether the bytes came before: then the upload is only told of, never begun.
    pub received: bool,
}

/// An upload that is whole, durable and hashed.
#[derive(Debug, Clone)]
pub struct Whole {
    /// The id of what was uploaded.
    pub id: Uuid,
    /// Where its bytes are.
    pub key: BlobKey,
    /// Their hash and length.
    pub stored: Stored,
}

/// `OPTIONS`: what is spoken here.
pub fn options(purpose: &Purpose) -> Response {
    Reply::of(StatusCode::NO_CONTENT)
        .with("tus-version", headers::VERSION)
        .with("tus-max-size", purpose.max_bytes)
        .with("tus-extension", "creation,termination,expiration")
        .0
}

/// `POST`: announces an upload. Announced again by the same caller, it is found, not made anew.
pub async fn create(cx: &Ctx, purpose: &Purpose, headers: &HeaderMap) -> Result<Response, Problem> {
    check_version(headers)?;
    let length = count(headers, "upload-length")?;
    let metadata = metadata(headers)?;
    if length == 0 {
        return Err(Problem::invalid().field(
            "Upload-Length",
            "range",
            "le fichier est vide",
            "the file is empty",
        ));
    }
    if length > purpose.max_bytes {
        return Err(too_large(purpose.max_bytes));
    }
    let sha256 = metadata.get("sha256").map(|hex| sha256_of(hex)).transpose()?;
    let announced = Announced { length, sha256, metadata };
    let slot = (purpose.admit)(cx, &announced).await?;
    let folder = format!("{}/{}", cx.tenant.id, slot.folder);
    let now = cx.now();
    let new = Upload {
        id: slot.id,
        caller: cx.caller.user,
        blob_key: fresh_key(&folder),
        length: i64::try_from(length).map_err(Problem::internal)?,
        sha256: announced.sha256.or(slot.sha256).map(Vec::from),
        done: false,
        expires_at: now + EXPIRES_AFTER,
    };
    let found = {
        let mut db = cx.db().await?;
        let service = cx.app.service.name();
        if slot.received {
            let known = store::find(&mut db, service, new.id).await?;
            Some(known.ok_or_else(already_received)?)
        } else {
            store::announce(&mut db, service, &new, now).await?
        }
    };
    let upload = found.filter(|u| u.caller == cx.caller.user).ok_or_else(Problem::not_found)?;
    if upload.length != new.length || upload.sha256 != new.sha256 {
        return Err(Problem::conflict(
            "upload-differs",
            "Ce téléversement a été annoncé avec une autre taille ou une autre empreinte",
            "This upload was announced with another size or another hash",
        ));
    }
    let offset = offset(&cx.app, &upload).await?;
    let reply = Reply::of(StatusCode::CREATED)
        .with("location", format!("{}/{}", purpose.path, upload.id))
        .with("upload-offset", offset);
    Ok(if upload.done { reply } else { reply.until(upload.expires_at) }.0)
}

/// `HEAD`: how much has arrived. Finishes an upload of which all has.
pub async fn head(
    cx: &Ctx,
    purpose: &Purpose,
    id: Uuid,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    check_version(headers)?;
    let upload = own(cx, id).await?;
    let mut offset = offset(&cx.app, &upload).await?;
    if !upload.done && offset == length(&upload) {
        match settle(cx, purpose, &upload).await {
            Ok(()) => {}
            Err(problem) if problem.code() == MISMATCH => offset = 0,
            Err(problem) => return Err(problem),
        }
    }
    let reply = Reply::of(StatusCode::OK)
        .with("upload-offset", offset)
        .with("upload-length", upload.length)
        .with("cache-control", "no-store");
    Ok(if upload.done { reply } else { reply.until(upload.expires_at) }.0)
}

/// `PATCH`: a piece, at the present offset. Whatever arrives is kept, also of a sender that falls
/// silent.
pub async fn patch(
    cx: &Ctx,
    purpose: &Purpose,
    id: Uuid,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    check_version(headers)?;
    check_piece(headers)?;
    let from = count(headers, "upload-offset")?;
    let upload = own(cx, id).await?;
    let present = offset(&cx.app, &upload).await?;
    if from != present {
        return Ok(elsewhere(present));
    }
    let room = length(&upload) - present;
    let declared = headers.get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()?.parse().ok());
    if declared.is_some_and(|n: u64| n > room) {
        return Err(too_large(length(&upload)));
    }
    if !upload.done && room > 0 {
        let piece = guarded(body, room);
        match cx.app.blobs.append(&key(&upload)?, present, piece).await {
            Ok(offset) if offset < length(&upload) => {
                let reply = Reply::of(StatusCode::NO_CONTENT).with("upload-offset", offset);
                return Ok(reply.until(upload.expires_at).0);
            }
            Ok(_) => {}
            Err(BlobError::OffsetMismatch { expected }) => return Ok(elsewhere(expected)),
            Err(BlobError::Interrupted { offset, source }) => {
                let problem = interrupted(&source, length(&upload));
                return Ok(Reply::of(problem).with("upload-offset", offset).0);
            }
            Err(error) => return Err(error.into()),
        }
    }
    if !upload.done
        && let Err(problem) = settle(cx, purpose, &upload).await
    {
        let reset = problem.code() == MISMATCH;
        let reply = Reply::of(problem);
        return Ok(if reset { reply.with("upload-offset", 0) } else { reply }.0);
    }
    Ok(Reply::of(StatusCode::NO_CONTENT).with("upload-offset", upload.length).0)
}

/// `DELETE`: forgets an upload that is not finished.
pub async fn terminate(cx: &Ctx, id: Uuid, headers: &HeaderMap) -> Result<Response, Problem> {
    check_version(headers)?;
    let upload = own(cx, id).await?;
    if !upload.done {
        cx.app.blobs.abort(&key(&upload)?).await?;
        let mut db = cx.db().await?;
        if store::forget(&mut db, id).await? {
            return Ok(Reply::of(StatusCode::NO_CONTENT).0);
        }
    }
    Err(already_received())
}

/// Forgets what expired, bytes first, so that a crash in between leaves nothing behind. Answers
/// when there will be something to forget again. For a job of each service that uploads.
pub async fn purge(app: &App, tenant: TenantId) -> Result<Option<Timestamp>, Problem> {
    let now = app.clock.now();
    let service = app.service.name();
    let expired = {
        let mut conn = app.tenants.conn(tenant).await?;
        store::expired(&mut conn, service, now).await?
    };
    for (id, key) in expired {
        app.blobs.abort(&BlobKey::new(key)?).await?;
        let mut conn = app.tenants.conn(tenant).await?;
        store::forget(&mut conn, id).await?;
    }
    let mut conn = app.tenants.conn(tenant).await?;
    Ok(store::sweep(&mut conn, service, now - REMEMBERED).await?)
}

/// The caller's own upload; another's is not found, and neither is one past its time.
async fn own(cx: &Ctx, id: Uuid) -> Result<Upload, Problem> {
    let mut db = cx.db().await?;
    let upload = store::find(&mut db, cx.app.service.name(), id).await?;
    upload
        .filter(|u| u.caller == cx.caller.user && (u.done || cx.now() < u.expires_at))
        .ok_or_else(Problem::not_found)
}

/// How many bytes are durable. Opens the upload at the blob store if it is not.
async fn offset(app: &App, upload: &Upload) -> Result<u64, Problem> {
    if upload.done {
        return Ok(length(upload));
    }
    let key = key(upload)?;
    match app.blobs.upload_offset(&key).await {
        Ok(offset) => Ok(offset),
        Err(BlobError::NotFound) => match app.blobs.head(&key).await {
            Ok(len) => Ok(len), // finished there, and the commit was lost
            Err(BlobError::NotFound) => Ok(app.blobs.begin_upload(&key).await?),
            Err(error) => Err(error.into()),
        },
        Err(error) => Err(error.into()),
    }
}

/// All bytes are there: hashes them and hands them over, once.
async fn settle(cx: &Visit, purpose: &Purpose, upload: &Upload) -> Result<(), Problem> {
    let key = key(upload)?;
    let stored = cx.app.blobs.finish(&key, length(upload)).await?;
    if upload.sha256.as_ref().is_some_and(|announced| announced[..] != stored.sha256) {
        return Err(reset(cx, upload, &key).await.err().unwrap_or_else(mismatch));
    }
    let whole = Whole { id: upload.id, key, stored };
    cx.commit(async |tx| {
        if store::still_open(tx, upload).await? {
            (purpose.complete)(tx, &whole).await?;
            let now = tx.now();
            store::done(tx, upload.id, now).await?;
        }
        Ok::<_, Problem>(())
    })
    .await
}

/// Other bytes came than were announced: they go, and the upload begins anew.
async fn reset(cx: &Visit, upload: &Upload, key: &BlobKey) -> Result<(), Problem> {
    let folder = upload.blob_key.rsplit_once('/').map_or("", |(folder, _)| folder);
    {
        let mut db = cx.db().await?;
        store::restart(&mut db, upload, &fresh_key(folder)).await?;
    }
    Ok(cx.app.blobs.delete(key).await?)
}

/// The body, cut where the sender falls silent or sends more than was announced.
fn guarded(body: Body, room: u64) -> ByteStream {
    let pieces = body.into_data_stream().map_err(io::Error::other).boxed();
    futures::stream::try_unfold((pieces, room), async |(mut pieces, room)| {
        let next = tokio::time::timeout(SILENCE, pieces.try_next())
            .await
            .map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
        match next {
            None => Ok(None),
            Some(piece) => match room.checked_sub(piece.len() as u64) {
                Some(room) => Ok::<Option<(Bytes, _)>, io::Error>(Some((piece, (pieces, room)))),
                None => Err(io::ErrorKind::FileTooLarge.into()),
            },
        }
    })
    .boxed()
}

fn length(upload: &Upload) -> u64 {
    u64::try_from(upload.length).unwrap_or(0)
}

fn key(upload: &Upload) -> Result<BlobKey, Problem> {
    Ok(BlobKey::new(upload.blob_key.clone())?)
}

fn fresh_key(folder: &str) -> String {
    format!("{folder}/{}", Uuid::now_v7())
}

/// A problem as an answer of tus, which names its version on every answer.
pub fn answer(outcome: Result<Response, Problem>) -> Response {
    Reply::of(outcome.into_response()).0
}
