//! What is told when a document or one of its versions changed.

use contracts::{DocumentChange, DocumentChanged, DocumentVersionChange, DocumentVersionChanged};

use super::model::Document;
use super::versions::DocumentVersion;

/// The news of a document.
pub(crate) fn changed(document: &Document, change: DocumentChange) -> DocumentChanged {
    DocumentChanged {
        document: document.id,
        version: document.version,
        change,
        project: document.project_id,
        site: document.site_id,
        restricted: !document.roles.is_empty(),
        expires_on: document.expires_on,
        current: document.current,
    }
}

/// The news of a version.
pub(crate) fn version(
    document: &Document,
    version: &DocumentVersion,
    change: DocumentVersionChange,
) -> DocumentVersionChanged {
    DocumentVersionChanged {
        id: version.id,
        version: version.version,
        change,
        document: document.id,
        number: version.number,
        project: document.project_id,
        site: document.site_id,
    }
}
