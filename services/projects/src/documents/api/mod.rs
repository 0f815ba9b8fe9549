//! `/v1/documents` and `/v1/document-versions`.

mod content;
mod readers;
mod records;
mod versions;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::App;

use super::uploads;

pub(crate) use records::DocumentFilter;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(records::list_documents, records::create_document))
        .routes(routes!(records::read_document, records::change_document))
        .routes(routes!(versions::list_document_versions, versions::announce_document_version))
        .routes(routes!(versions::read_document_version))
        .routes(routes!(content::document_content))
        .routes(routes!(content::document_version_content))
        .routes(routes!(content::document_version_preview))
        .routes(routes!(readers::acknowledge_document))
        .routes(routes!(readers::list_document_views))
        .merge(uploads::routes())
}
