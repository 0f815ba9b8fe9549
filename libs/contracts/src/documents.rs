//! What projects says of documents.

use chrono::NaiveDate;
use kernel::{DocumentId, DocumentVersionId, ProjectId, SiteId};
use serde::{Deserialize, Serialize};

crate::changes! {
    /// What happened to a document.
    DocumentChange {
        /// Came to be.
        Created => "document.created",
        /// Became another.
        Updated => "document.updated",
        /// A newer version is the one in force.
        Published => "document.published",
        /// Its last day comes near, or is here.
        Expiring => "document.expiring",
        /// Somebody said to have read and understood it.
        Acknowledged => "document.acknowledged",
    }
}

/// A document changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DocumentChanged {
    /// The document.
    pub document: DocumentId,
    /// The version of its record that was reached.
    pub version: i64,
    /// What happened.
    pub change: DocumentChange,
    /// Its project.
    pub project: ProjectId,
    /// Its site, unless it is the whole project's.
    pub site: Option<SiteId>,
    /// Whether some roles only see it.
    pub restricted: bool,
    /// The last day it holds.
    pub expires_on: Option<NaiveDate>,
    /// The number of the version in force; none before the first.
    pub current: Option<i32>,
}
crate::event!(DocumentChanged, "projects.document.v1", "document", document);

crate::changes! {
    /// What happened to one version of a document.
    DocumentVersionChange {
        /// Its bytes will come.
        Announced => "document_version.announced",
        /// Its bytes are here.
        Received => "document_version.received",
        /// The virus scanner found nothing.
        Cleared => "document_version.cleared",
        /// The virus scanner found something: it is never served.
        Infected => "document_version.infected",
        /// Its text and its preview were made, or cannot be.
        Read => "document_version.read",
    }
}

/// A version of a document changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DocumentVersionChanged {
    /// The version's id.
    pub id: DocumentVersionId,
    /// How often its record changed.
    pub version: i64,
    /// What happened.
    pub change: DocumentVersionChange,
    /// Its document.
    pub document: DocumentId,
    /// Its number; none before its bytes are here.
    pub number: Option<i32>,
    /// The document's project.
    pub project: ProjectId,
    /// The document's site.
    pub site: Option<SiteId>,
}
crate::event!(DocumentVersionChanged, "projects.document_version.v1", "document_version", id);

crate::words! {
    /// What a document is.
    DocumentKind {
        /// A drawing to build by.
        Plan = "plan",
        /// What an authority or an owner allows: a permit, an authorisation.
        Permit = "permit",
        /// How the work is done safely (mode opératoire, PPSPS).
        MethodStatement = "method_statement",
        /// What was agreed.
        Contract = "contract",
        /// What was found or done.
        Report = "report",
        /// Anything else.
        Other = "other",
    }
}

crate::words! {
    /// What the virus scanner says of a version.
    ScanState {
        /// There is no scanner: it is served as it came.
        Unscanned = "unscanned",
        /// The scanner has not spoken yet: it is not served.
        Scanning = "scanning",
        /// Nothing was found.
        Clean = "clean",
        /// Something was found: it is never served.
        Infected = "infected",
    }
}

crate::words! {
    /// Whether a version's text can be searched.
    TextState {
        /// It will be read.
        Pending = "pending",
        /// It was read.
        Extracted = "extracted",
        /// There is none, or it cannot be read.
        None = "none",
    }
}
