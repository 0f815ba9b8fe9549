//! The versions' records.

use auth::Action;
use axum::Json;
use contracts::DocumentVersionChange;
use kernel::{DocumentId, DocumentVersionId};
use web::{
    Created, Ctx, Found, Page, PageParams, Params, PathId, Problem, ReadRefused, Reply, Valid,
    WriteHeaders, WriteRefused,
};

use super::super::model::{Document, Eyes, max_bytes};
use super::super::versions::{DocumentVersion, DocumentVersionView, NewDocumentVersion};
use super::super::{Refusal, events, store, uploads};

/// List the versions of a document
///
/// Those whose bytes are here, the newest first.
#[utoipa::path(
    get, path = "/v1/documents/{id}/versions", tag = "projects",
    params(("id" = DocumentId, Path, description = "The document"), PageParams),
    responses((status = 200, description = "A page of versions", body = Page<DocumentVersionView>), ReadRefused),
    security(("bearer" = []))
)]
pub(super) async fn list_document_versions(
    cx: Ctx,
    PathId(id): PathId<DocumentId>,
    Params(page): Params<PageParams>,
) -> Result<Json<Page<DocumentVersionView>>, Problem> {
    let mut db = cx.db().await?;
    let document = store::find(&mut db, &Eyes::of(&cx.caller), id).await?;
    let rows = store::list_versions(&mut db, document.id, page.after()?, page.limit).await?;
    let rows = rows.iter().map(|version| version.shown(cx.lang)).collect();
    Ok(Json(Page::of(rows, page.limit, |v: &DocumentVersionView| v.number)))
}

/// Announce a new version of a document
///
/// The record comes first; the bytes follow by `/v1/document-uploads`. The version gets its number
/// when they are whole. At most: 500 MiB for plans and others, 200 MiB for reports, 100 MiB for
/// contracts and method statements, 50 MiB for permits.
#[utoipa::path(
    post, path = "/v1/documents/{id}/versions", tag = "projects",
    params(("id" = DocumentId, Path, description = "The document"), WriteHeaders),
    request_body(content = NewDocumentVersion, description = "The file that will be uploaded"),
    responses((status = 201, description = "The version as it was announced", body = DocumentVersionView), WriteRefused),
    security(("bearer" = []))
)]
pub(super) async fn announce_document_version(
    cx: Ctx,
    PathId(id): PathId<DocumentId>,
    Valid(new): Valid<NewDocumentVersion>,
) -> Result<Reply<Created<DocumentVersionView>>, Problem> {
    cx.write(async |tx| {
        let document = store::find(tx, &Eyes::of(&cx.caller), id).await?;
        cx.may(Action::ManageDocument, &document.target())?;
        let max = max_bytes(document.kind);
        if new.size > max {
            return Err(Refusal::TooLarge(max).into());
        }
        let now = tx.now();
        let version = DocumentVersion::announce(document.id, new, cx.caller.user, now);
        store::announce(tx, &version).await?;
        tx.emit(&events::version(&document, &version, DocumentVersionChange::Announced));
        tx.enqueue(web::tus::Purge::after(uploads::PURGE, now));
        let at = format!("/v1/document-versions/{}", version.id);
        Ok::<_, Problem>(Created(at, version.shown(cx.lang)))
    })
    .await
}

/// Read the record of a version
#[utoipa::path(
    get, path = "/v1/document-versions/{id}", tag = "projects",
    params(("id" = DocumentVersionId, Path, description = "The version")),
    responses((status = 200, description = "The version", body = DocumentVersionView), ReadRefused),
    security(("bearer" = []))
)]
pub(super) async fn read_document_version(
    cx: Ctx,
    PathId(id): PathId<DocumentVersionId>,
) -> Result<Found<DocumentVersionView>, Problem> {
    Ok(Found(seen(&cx, id).await?.1.shown(cx.lang)))
}

/// A version with its document; 404 unless the caller sees the document.
pub(super) async fn seen(
    cx: &Ctx,
    id: DocumentVersionId,
) -> Result<(Document, DocumentVersion), Problem> {
    let mut db = cx.db().await?;
    let version = store::version(&mut db, id).await?;
    let document = store::find(&mut db, &Eyes::of(&cx.caller), version.document_id).await?;
    Ok((document, version))
}
