//! The versions of a document and their rules.

use chrono::{DateTime, Utc};
use contracts::{ScanState, TextState};
use kernel::{DocumentId, DocumentVersionId, Lang, Text, Timestamp, UserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::{Validate, ValidationError};
use web::{Content, Label, Versioned, check};

use super::Refusal;

/// A version that will be uploaded; its bytes follow by `/v1/document-uploads`.
#[derive(Debug, Clone, Deserialize, Serialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewDocumentVersion {
    /// Its id, where the caller chooses it.
    pub id: Option<DocumentVersionId>,
    /// The name of the file, without a folder.
    #[validate(length(min = 1, max = 200), custom(function = plain_name))]
    #[schema(min_length = 1, max_length = 200)]
    pub file_name: String,
    /// How many bytes there are. The kind of document says how many there may be.
    #[validate(range(min = 1, max = 524_288_000))]
    #[schema(minimum = 1, maximum = 524_288_000)]
    pub size: i64,
    /// SHA-256 of the bytes in hexadecimal, if known: then no others are taken.
    #[validate(custom(function = hex_sha256))]
    #[schema(pattern = "^[0-9a-fA-F]{64}$")]
    pub sha256: Option<String>,
    /// What is new in it.
    #[validate(length(min = 1, max = 2000), custom(function = check::text))]
    #[schema(min_length = 1, max_length = 2000)]
    pub comment: Option<String>,
}

/// A plain name: no folder, no control characters, none that turn the direction of writing and so
/// hide what the file is.
fn plain_name(name: &str) -> Result<(), ValidationError> {
    check::text(name)?;
    let bad = |c: char| {
        c.is_control()
            || matches!(c, '/' | '\\' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if name.chars().any(bad) || name.trim() != name || matches!(name, "." | "..") {
        return Err(ValidationError::new("file_name").with_message(
            "doit être un nom de fichier sans dossier | must be a file name without a folder"
                .into(),
        ));
    }
    Ok(())
}

fn hex_sha256(text: &str) -> Result<(), ValidationError> {
    if text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Ok(());
    }
    Err(ValidationError::new("sha256").with_message(
        "doit compter 64 chiffres hexadécimaux | must have 64 hexadecimal digits".into(),
    ))
}

/// A version of a document.
#[derive(Debug, Clone)]
pub(crate) struct DocumentVersion {
    pub id: DocumentVersionId,
    pub document_id: DocumentId,
    pub number: Option<i32>,
    pub file_name: String,
    pub comment: Option<String>,
    pub size: i64,
    pub announced_sha256: Option<Vec<u8>>,
    pub scan: ScanState,
    pub threat: Option<String>,
    pub text_state: TextState,
    pub text_reason: Option<Text>,
    pub preview_key: Option<String>,
    pub preview_reason: Option<Text>,
    pub blob_key: Option<String>,
    pub sha256: Option<Vec<u8>>,
    pub media_type: Option<String>,
    pub created_by: UserId,
    pub created_at: Timestamp,
    pub received_at: Option<Timestamp>,
    pub version: i64,
}

impl DocumentVersion {
    /// A version whose bytes will come.
    pub fn announce(
        document: DocumentId,
        new: NewDocumentVersion,
        by: UserId,
        at: Timestamp,
    ) -> Self {
        Self {
            id: new.id.unwrap_or_else(DocumentVersionId::new),
            document_id: document,
            number: None,
            file_name: new.file_name,
            comment: new.comment,
            size: new.size,
            announced_sha256: new.sha256.and_then(|h| hex::decode(h).ok()),
            scan: ScanState::Unscanned,
            threat: None,
            text_state: TextState::Pending,
            text_reason: None,
            preview_key: None,
            preview_reason: None,
            blob_key: None,
            sha256: None,
            media_type: None,
            created_by: by,
            created_at: at,
            received_at: None,
            version: 1,
        }
    }

    /// Its bytes, where they may be given out.
    pub fn content(&self) -> Result<Content, Refusal> {
        match self.scan {
            ScanState::Infected => {
                return Err(Refusal::Infected(self.threat.clone().unwrap_or_default()));
            }
            ScanState::Scanning => return Err(Refusal::Scanning),
            ScanState::Unscanned | ScanState::Clean => {}
        }
        let (key, sha256) =
            self.blob_key.clone().zip(self.sha256.as_ref()).ok_or(Refusal::NothingHere)?;
        let media_type = self.media_type.as_deref().unwrap_or("application/octet-stream");
        let label = Label {
            tag: hex::encode(sha256),
            media_type: media_type.to_owned(),
            name: self.file_name.clone(),
        };
        Ok(Content { key, label })
    }

    /// Its first page in small, where it may be shown. A copy's key ends in its hash.
    pub fn preview(&self) -> Result<Content, Refusal> {
        self.content()?;
        let Some(key) = self.preview_key.clone() else {
            return Err(Refusal::NoPreview(self.preview_reason.clone()));
        };
        let tag = key.rsplit('-').next().unwrap_or_default().to_owned();
        let (media_type, name) = ("image/jpeg".to_owned(), format!("{}.jpg", self.file_name));
        Ok(Content { key, label: Label { tag, media_type, name } })
    }

    /// As the API shows it.
    pub fn shown(&self, lang: Lang) -> DocumentVersionView {
        let say = |reason: &Option<Text>| reason.as_ref().map(|r| r.get(lang).to_owned());
        DocumentVersionView {
            id: self.id,
            document_id: self.document_id,
            number: self.number,
            file_name: self.file_name.clone(),
            comment: self.comment.clone(),
            size: self.size,
            sha256: self.sha256.as_ref().map(hex::encode),
            media_type: self.media_type.clone(),
            scan: self.scan,
            threat: self.threat.clone(),
            text: self.text_state,
            text_reason: say(&self.text_reason),
            preview: self
                .preview_key
                .is_some()
                .then(|| format!("/v1/document-versions/{}/preview", self.id)),
            preview_reason: say(&self.preview_reason),
            created_by: self.created_by,
            created_at: self.created_at,
            received_at: self.received_at,
            version: self.version,
        }
    }
}

/// A version of a document.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = DocumentVersion)]
pub(crate) struct DocumentVersionView {
    /// The version's id.
    pub id: DocumentVersionId,
    /// Its document.
    pub document_id: DocumentId,
    /// Its number, once its bytes are here: 1, 2, 3 in the order of their coming.
    pub number: Option<i32>,
    /// The name of the file.
    pub file_name: String,
    /// What is new in it.
    pub comment: Option<String>,
    /// How many bytes.
    pub size: i64,
    /// SHA-256 of the bytes in hexadecimal, once they are here.
    pub sha256: Option<String>,
    /// What the bytes are, by themselves.
    pub media_type: Option<String>,
    /// What the virus scanner says.
    pub scan: ScanState,
    /// What the virus scanner found.
    pub threat: Option<String>,
    /// Whether its text can be searched.
    pub text: TextState,
    /// Why there is no text.
    pub text_reason: Option<String>,
    /// Where its first page is shown in small.
    pub preview: Option<String>,
    /// Why there is no preview.
    pub preview_reason: Option<String>,
    /// Who uploaded it.
    pub created_by: UserId,
    /// When it was announced.
    pub created_at: DateTime<Utc>,
    /// When its bytes were whole.
    pub received_at: Option<DateTime<Utc>>,
    /// Counts the changes of this record.
    pub version: i64,
}

impl Versioned for DocumentVersionView {
    fn version(&self) -> i64 {
        self.version
    }
}

/// Who saw a version, and whether they said to have understood it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct DocumentReader {
    /// The number of the version.
    pub number: i32,
    /// Who.
    pub user_id: UserId,
    /// The person's name, while there is one.
    pub name: Option<String>,
    /// When first.
    pub first_at: DateTime<Utc>,
    /// When last.
    pub last_at: DateTime<Utc>,
    /// How often it was opened.
    pub times: i32,
    /// When they said to have read and understood it.
    pub acknowledged_at: Option<DateTime<Utc>>,
}

/// What is acknowledged.
#[derive(Debug, Clone, Deserialize, Serialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Acknowledgement {
    /// The number of the version that was read and understood.
    #[validate(range(min = 1))]
    #[schema(minimum = 1)]
    pub number: i32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_is_a_name_and_nothing_else() {
        for good in ["Plan HTA rév. B.pdf", "été.csv", "a..b", ".gitignore"] {
            assert!(plain_name(good).is_ok(), "{good}");
        }
        for bad in ["../x.pdf", "a/b", "a\\b", "..", ".", " x", "x\n.pdf", "plan\u{202e}fdp.exe"] {
            assert!(plain_name(bad).is_err(), "{bad:?}");
        }
    }
}
