//! The documents' records.

use auth::{Action, Target};
use axum::Json;
use chrono::NaiveDate;
use contracts::{DocumentChange, DocumentKind};
use kernel::{DocumentId, ProjectId, SiteId};
use serde::Deserialize;
use validator::Validate;
use web::{
    Changed, Created, Ctx, Found, IfMatch, Listed, MatchHeader, Page, PageParams, PathId, Problem,
    ReadRefused, Reply, Valid, Write, WriteHeaders, WriteRefused, check,
};

use super::super::model::{Document, DocumentPatch, Eyes, NewDocument};
use super::super::{Refusal, events, remind, store};
use crate::projects;

/// Which documents to list.
#[derive(Debug, Clone, Deserialize, Validate, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct DocumentFilter {
    /// Only those of this project and its sites.
    pub project_id: Option<ProjectId>,
    /// Only those of this site.
    pub site_id: Option<SiteId>,
    /// Only those of this kind.
    pub kind: Option<DocumentKind>,
    /// Only those with this tag.
    #[validate(length(min = 1, max = 40), custom(function = check::text))]
    #[param(min_length = 1, max_length = 40)]
    pub tag: Option<String>,
    /// Only those whose last day is this one or an earlier one.
    #[validate(custom(function = check::day))]
    pub expires_by: Option<NaiveDate>,
    /// Only those with these words in their name, their tags, their file's name or the text of the
    /// version in force; without regard to accents and endings. `"…"` holds words together, `-`
    /// excludes one, `or` allows either.
    #[validate(length(min = 1, max = 200), custom(function = check::text))]
    #[param(min_length = 1, max_length = 200)]
    pub q: Option<String>,
}

/// List the documents the caller sees
///
/// Oldest first; with `q` the best matches first.
#[utoipa::path(
    get, path = "/v1/documents", tag = "projects", params(DocumentFilter, PageParams),
    responses((status = 200, description = "A page of documents", body = Page<Document>), ReadRefused),
    security(("bearer" = []))
)]
pub(super) async fn list_documents(
    cx: Ctx,
    Listed(filter, page): Listed<DocumentFilter>,
) -> Result<Json<Page<Document>>, Problem> {
    cx.visible(Action::ReadDocument)?;
    let mut db = cx.db().await?;
    let rows =
        store::list(&mut db, &Eyes::of(&cx.caller), &filter, page.after()?, page.limit).await?;
    let page = Page::of(rows, page.limit, |(place, _)| *place);
    let items = page.items.into_iter().map(|(_, document)| document).collect();
    Ok(Json(Page { items, next: page.next }))
}

/// Add a document
///
/// Its record; versions are announced and uploaded after it. For who manages documents of the
/// place.
#[utoipa::path(
    post, path = "/v1/documents", tag = "projects", params(WriteHeaders),
    request_body(content = NewDocument, description = "The document to be added"),
    responses((status = 201, description = "The document as it was added", body = Document), WriteRefused),
    security(("bearer" = []))
)]
pub(super) async fn create_document(
    cx: Ctx,
    Valid(new): Valid<NewDocument>,
) -> Result<Reply<Created<Document>>, Problem> {
    cx.write(async |tx| {
        place(&cx, tx, new.project_id, new.site_id).await?;
        let document = Document::add(new, cx.caller.user, tx.now());
        document.stays_open_to(&cx.caller)?;
        store::insert(tx, &document).await?;
        tx.emit_about(&events::changed(&document, DocumentChange::Created), &document);
        remind_of(tx, &cx, &document);
        Ok::<_, Problem>(Created(format!("/v1/documents/{}", document.id), document))
    })
    .await
}

/// 404 unless the caller sees the project, 422 unless the site is one of it, 403 unless documents
/// may be added there.
async fn place(
    cx: &Ctx,
    tx: &mut Write<'_>,
    project: ProjectId,
    site: Option<SiteId>,
) -> Result<(), Problem> {
    projects::sees(cx, tx, project).await?;
    let Some(site) = site else {
        return cx.may(Action::ManageDocument, &Target::project(project));
    };
    if store::project_of(tx, site).await? != Some(project) {
        return Err(Refusal::SiteElsewhere.into());
    }
    cx.guard(Action::ReadProject, Action::ManageDocument, &Target::site(project, site))
}

fn remind_of(tx: &mut Write<'_>, cx: &Ctx, document: &Document) {
    for job in remind::jobs(document, cx.tenant.zone) {
        tx.enqueue(job);
    }
}

/// Read a document's record
#[utoipa::path(
    get, path = "/v1/documents/{id}", tag = "projects",
    params(("id" = DocumentId, Path, description = "The document")),
    responses((status = 200, description = "The document", body = Document), ReadRefused),
    security(("bearer" = []))
)]
pub(super) async fn read_document(
    cx: Ctx,
    PathId(id): PathId<DocumentId>,
) -> Result<Found<Document>, Problem> {
    let mut db = cx.db().await?;
    Ok(Found(store::find(&mut db, &Eyes::of(&cx.caller), id).await?))
}

/// Change a document's record
///
/// What is absent stays, `null` clears. Its place stays, and its versions are never overwritten.
#[utoipa::path(
    patch, path = "/v1/documents/{id}", tag = "projects",
    params(("id" = DocumentId, Path, description = "The document"), MatchHeader, WriteHeaders),
    request_body(content = DocumentPatch, description = "What changes"),
    responses((status = 200, description = "The document as it is now", body = Document), WriteRefused),
    security(("bearer" = []))
)]
pub(super) async fn change_document(
    cx: Ctx,
    PathId(id): PathId<DocumentId>,
    expected: IfMatch,
    Valid(patch): Valid<DocumentPatch>,
) -> Result<Reply<Changed<Document>>, Problem> {
    cx.write(async |tx| {
        let document = store::lock(tx, &Eyes::of(&cx.caller), id).await?;
        cx.may(Action::ManageDocument, &document.target())?;
        expected.check(&document)?;
        let document = document.change(patch);
        document.stays_open_to(&cx.caller)?;
        store::update(tx, &document).await?;
        tx.emit_about(&events::changed(&document, DocumentChange::Updated), &document);
        remind_of(tx, &cx, &document);
        Ok::<_, Problem>(Changed(document))
    })
    .await
}
