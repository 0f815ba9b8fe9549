//! The versions' rows.

use kernel::{DocumentId, DocumentVersionId, Text, Timestamp, UserId};
use sqlx::PgConnection;

use super::super::versions::DocumentVersion;

struct Row {
    id: DocumentVersionId,
    document_id: DocumentId,
    number: Option<i32>,
    file_name: String,
    comment: Option<String>,
    size: i64,
    announced_sha256: Option<Vec<u8>>,
    scan: String,
    threat: Option<String>,
    text_state: String,
    text_reason_fr: Option<String>,
    text_reason_en: Option<String>,
    preview_key: Option<String>,
    preview_reason_fr: Option<String>,
    preview_reason_en: Option<String>,
    blob_key: Option<String>,
    sha256: Option<Vec<u8>>,
    media_type: Option<String>,
    created_by: UserId,
    created_at: Timestamp,
    received_at: Option<Timestamp>,
    version: i64,
}

fn both(fr: Option<String>, en: Option<String>) -> Option<Text> {
    fr.zip(en).map(|(fr, en)| Text { fr, en })
}

impl TryFrom<Row> for DocumentVersion {
    type Error = sqlx::Error;
    fn try_from(row: Row) -> Result<Self, sqlx::Error> {
        let odd = |e: String| sqlx::Error::Decode(e.into());
        Ok(Self {
            id: row.id,
            document_id: row.document_id,
            number: row.number,
            file_name: row.file_name,
            comment: row.comment,
            size: row.size,
            announced_sha256: row.announced_sha256,
            scan: row.scan.parse().map_err(odd)?,
            threat: row.threat,
            text_state: row.text_state.parse().map_err(odd)?,
            text_reason: both(row.text_reason_fr, row.text_reason_en),
            preview_key: row.preview_key,
            preview_reason: both(row.preview_reason_fr, row.preview_reason_en),
            blob_key: row.blob_key,
            sha256: row.sha256,
            media_type: row.media_type,
            created_by: row.created_by,
            created_at: row.created_at,
            received_at: row.received_at,
            version: row.version,
        })
    }
}

/// The columns, said once.
macro_rules! select {
    ($rest:tt $(, $arg:expr)*) => {
        sqlx::query_as!(
            Row,
            r#"select id as "id: DocumentVersionId", document_id as "document_id: DocumentId",
                      number, file_name, comment, size, announced_sha256, scan, threat, text_state,
                      text_reason_fr, text_reason_en, preview_key, preview_reason_fr,
                      preview_reason_en, blob_key, sha256, media_type,
                      created_by as "created_by: UserId", created_at, received_at, version
               from projects.document_version "#
                + $rest
            $(, $arg)*
        )
    };
}

/// A version. Whether its document is seen is another question.
pub(crate) async fn version(
    db: &mut PgConnection,
    id: DocumentVersionId,
) -> Result<DocumentVersion, sqlx::Error> {
    select!("where id = $1", id as DocumentVersionId).fetch_one(db).await?.try_into()
}

/// A document's version of this number.
pub(crate) async fn numbered(
    db: &mut PgConnection,
    document: DocumentId,
    number: i32,
) -> Result<Option<DocumentVersion>, sqlx::Error> {
    let row = select!("where document_id = $1 and number = $2", document as DocumentId, number)
        .fetch_optional(db)
        .await?;
    row.map(DocumentVersion::try_from).transpose()
}

/// A page of the versions whose bytes are here, the newest first, and one more.
pub(crate) async fn list_versions(
    db: &mut PgConnection,
    document: DocumentId,
    before: Option<i32>,
    limit: i64,
) -> Result<Vec<DocumentVersion>, sqlx::Error> {
    let rows = select!(
        "where document_id = $1 and number is not null and ($2::integer is null or number < $2)
         order by number desc limit $3",
        document as DocumentId,
        before,
        limit + 1
    )
    .fetch_all(db)
    .await?;
    rows.into_iter().map(DocumentVersion::try_from).collect()
}

/// The number that the next version of a document gets. The document is locked by now.
pub(crate) async fn next_number(
    tx: &mut PgConnection,
    document: DocumentId,
) -> Result<i32, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select coalesce(max(number), 0) + 1 as "number!"
           from projects.document_version where document_id = $1"#,
        document as DocumentId
    )
    .fetch_one(tx)
    .await
}

/// Stores a version that was announced.
pub(crate) async fn announce(
    tx: &mut PgConnection,
    version: &DocumentVersion,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into projects.document_version
             (id, document_id, file_name, comment, size, announced_sha256, scan, text_state,
              created_by, created_at, version)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        version.id as DocumentVersionId,
        version.document_id as DocumentId,
        version.file_name,
        version.comment,
        version.size,
        version.announced_sha256,
        version.scan.as_str(),
        version.text_state.as_str(),
        version.created_by as UserId,
        version.created_at,
        version.version
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Stores what came to be known of a version, unless somebody else was first.
pub(crate) async fn update_version(
    tx: &mut PgConnection,
    version: &DocumentVersion,
) -> Result<(), sqlx::Error> {
    let done = sqlx::query!(
        "update projects.document_version
         set number = $2, scan = $3, threat = $4, text_state = $5, text_reason_fr = $6,
             text_reason_en = $7, preview_key = $8, preview_reason_fr = $9,
             preview_reason_en = $10, blob_key = $11, sha256 = $12, media_type = $13,
             received_at = $14, version = version + 1
         where id = $1 and version = $15",
        version.id as DocumentVersionId,
        version.number,
        version.scan.as_str(),
        version.threat,
        version.text_state.as_str(),
        version.text_reason.as_ref().map(|t| &t.fr),
        version.text_reason.as_ref().map(|t| &t.en),
        version.preview_key,
        version.preview_reason.as_ref().map(|t| &t.fr),
        version.preview_reason.as_ref().map(|t| &t.en),
        version.blob_key,
        version.sha256,
        version.media_type,
        version.received_at,
        version.version - 1
    )
    .execute(tx)
    .await?;
    if done.rows_affected() == 1 { Ok(()) } else { Err(sqlx::Error::RowNotFound) }
}

/// How many bytes the index of this text would take; an error where it is more than PostgreSQL
/// indexes at all.
pub(crate) async fn index_size(db: &mut PgConnection, text: &str) -> Result<i32, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select pg_column_size(to_tsvector('projects.words', $1)) as "size!""#,
        text
    )
    .fetch_one(db)
    .await
}

/// Stores the words of a version's text.
pub(crate) async fn store_words(
    tx: &mut PgConnection,
    id: DocumentVersionId,
    text: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update projects.document_version set words = to_tsvector('projects.words', $2)
         where id = $1",
        id as DocumentVersionId,
        text
    )
    .execute(tx)
    .await?;
    Ok(())
}
