//! Who saw which version, and who says to have understood it.

use auth::Action;
use axum::Json;
use contracts::DocumentChange;
use kernel::DocumentId;
use web::{
    Ctx, Done, Page, PageParams, Params, PathId, Problem, ReadRefused, Reply, Valid, WriteHeaders,
    WriteRefused,
};

use super::super::model::Eyes;
use super::super::versions::{Acknowledgement, DocumentReader};
use super::super::{Refusal, events, store};

/// Say to have read and understood a document
///
/// « Lu et pris en compte »: of the version in force, by its number, so that nobody says it of one
/// they never saw. Said again, it changes nothing.
#[utoipa::path(
    post, path = "/v1/documents/{id}/acknowledge", tag = "projects",
    params(("id" = DocumentId, Path, description = "The document"), WriteHeaders),
    request_body(content = Acknowledgement, description = "Which version"),
    responses((status = 204, description = "Noted"), WriteRefused),
    security(("bearer" = []))
)]
pub(super) async fn acknowledge_document(
    cx: Ctx,
    PathId(id): PathId<DocumentId>,
    Valid(said): Valid<Acknowledgement>,
) -> Result<Reply<Done>, Problem> {
    cx.write(async |tx| {
        store::hold(tx, id).await?;
        let document = store::find(tx, &Eyes::of(&cx.caller), id).await?;
        if document.current != Some(said.number) {
            return Err(Refusal::NotInForce.into());
        }
        let version = store::numbered(tx, id, said.number).await?.ok_or(Refusal::NothingHere)?;
        let user = cx.caller.user;
        if !store::acknowledged(tx, version.id, user).await? {
            store::acknowledge(tx, version.id, user, cx.acted_at()).await?;
            tx.emit_about(&events::changed(&document, DocumentChange::Acknowledged), &said);
        }
        Ok::<_, Problem>(Done)
    })
    .await
}

/// List who saw a document
///
/// Per version and reader: when first, when last, how often, and whether they said to have
/// understood it. For who manages the document.
#[utoipa::path(
    get, path = "/v1/documents/{id}/views", tag = "projects",
    params(("id" = DocumentId, Path, description = "The document"), PageParams),
    responses((status = 200, description = "A page of readers, the newest version first", body = Page<DocumentReader>), ReadRefused),
    security(("bearer" = []))
)]
pub(super) async fn list_document_views(
    cx: Ctx,
    PathId(id): PathId<DocumentId>,
    Params(page): Params<PageParams>,
) -> Result<Json<Page<DocumentReader>>, Problem> {
    let mut db = cx.db().await?;
    let document = store::find(&mut db, &Eyes::of(&cx.caller), id).await?;
    cx.may(Action::ManageDocument, &document.target())?;
    let rows = store::readers(&mut db, id, page.after()?, page.limit).await?;
    Ok(Json(Page::of(rows, page.limit, |r: &DocumentReader| (r.number, r.user_id))))
}
