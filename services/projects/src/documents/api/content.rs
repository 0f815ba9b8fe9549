//! The versions' bytes: originals as they came, and the first page in small. Every reading is
//! noted, by whom and of which version.

use axum::http::HeaderMap;
use axum::response::Response;
use kernel::{DocumentId, DocumentVersionId};
use web::{Content, Ctx, NotServed, PathId, Problem, ProblemBody, ReadRefused};

use super::super::model::Eyes;
use super::super::versions::DocumentVersion;
use super::super::{Refusal, store};
use super::versions::seen;

/// The version of a document that is in force
///
/// Byte for byte as it was received; the `ETag` is its SHA-256, parts come by `Range`. That the
/// caller read this version is noted.
#[utoipa::path(
    get, path = "/v1/documents/{id}/content", tag = "projects",
    params(("id" = DocumentId, Path, description = "The document")),
    responses(
        (status = 200, description = "The bytes", content_type = "application/octet-stream", body = Vec<u8>),
        (status = 206, description = "The part that `Range` asks for", content_type = "application/octet-stream", body = Vec<u8>),
        (status = 409, description = "Not scanned for viruses yet, or infected", body = ProblemBody, content_type = "application/problem+json"),
        NotServed,
        ReadRefused,
    ),
    security(("bearer" = []))
)]
pub(super) async fn document_content(
    cx: Ctx,
    PathId(id): PathId<DocumentId>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let version = {
        let mut db = cx.db().await?;
        let document = store::find(&mut db, &Eyes::of(&cx.caller), id).await?;
        let number = document.current.ok_or(Refusal::NothingHere)?;
        store::numbered(&mut db, id, number).await?.ok_or(Refusal::NothingHere)?
    };
    let content = version.content()?;
    give(&cx, &version, content, &headers).await
}

/// A version of a document
///
/// Byte for byte as it was received; the `ETag` is its SHA-256, parts come by `Range`. That the
/// caller read this version is noted.
#[utoipa::path(
    get, path = "/v1/document-versions/{id}/content", tag = "projects",
    params(("id" = DocumentVersionId, Path, description = "The version")),
    responses(
        (status = 200, description = "The bytes", content_type = "application/octet-stream", body = Vec<u8>),
        (status = 206, description = "The part that `Range` asks for", content_type = "application/octet-stream", body = Vec<u8>),
        (status = 409, description = "Not scanned for viruses yet, or infected", body = ProblemBody, content_type = "application/problem+json"),
        NotServed,
        ReadRefused,
    ),
    security(("bearer" = []))
)]
pub(super) async fn document_version_content(
    cx: Ctx,
    PathId(id): PathId<DocumentVersionId>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (_, version) = seen(&cx, id).await?;
    let content = version.content()?;
    give(&cx, &version, content, &headers).await
}

/// The first page of a version in small
///
/// For pictures and PDF; the version's `preview_reason` says why there is none. That the caller
/// saw this version is noted.
#[utoipa::path(
    get, path = "/v1/document-versions/{id}/preview", tag = "projects",
    params(("id" = DocumentVersionId, Path, description = "The version")),
    responses(
        (status = 200, description = "A JPEG of at most 640 pixels a side", content_type = "image/jpeg", body = Vec<u8>),
        (status = 206, description = "The part that `Range` asks for", content_type = "image/jpeg", body = Vec<u8>),
        (status = 409, description = "Not scanned for viruses yet, or infected", body = ProblemBody, content_type = "application/problem+json"),
        NotServed,
        ReadRefused,
    ),
    security(("bearer" = []))
)]
pub(super) async fn document_version_preview(
    cx: Ctx,
    PathId(id): PathId<DocumentVersionId>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (_, version) = seen(&cx, id).await?;
    let preview = version.preview()?;
    give(&cx, &version, preview, &headers).await
}

/// Gives content out and notes who got it; who had it already was noted then.
async fn give(
    cx: &Ctx,
    version: &DocumentVersion,
    content: Content,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    if !content.label.is_known(headers) {
        let mut db = cx.db().await?;
        store::saw(&mut db, version.id, cx.caller.user, cx.now()).await?;
    }
    web::serve(&cx.app, content, headers).await
}
