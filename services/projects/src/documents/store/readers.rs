//! Who saw which version.

use kernel::{DocumentId, DocumentVersionId, Timestamp, UserId};
use sqlx::PgConnection;

use super::super::versions::DocumentReader;

/// Notes that somebody opened a version.
pub(crate) async fn saw(
    db: &mut PgConnection,
    version: DocumentVersionId,
    user: UserId,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into projects.document_view as v (version_id, user_id, first_at, last_at, times)
         values ($1, $2, $3, $3, 1)
         on conflict (version_id, user_id) do update
         set last_at = greatest(v.last_at, excluded.last_at), times = v.times + 1",
        version as DocumentVersionId,
        user as UserId,
        now
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Whether somebody said already to have understood a version.
pub(crate) async fn acknowledged(
    db: &mut PgConnection,
    version: DocumentVersionId,
    user: UserId,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists(select from projects.document_view
                         where version_id = $1 and user_id = $2 and acknowledged_at is not null)
           as "acknowledged!""#,
        version as DocumentVersionId,
        user as UserId
    )
    .fetch_one(db)
    .await
}

/// Notes that somebody says to have read and understood a version.
pub(crate) async fn acknowledge(
    tx: &mut PgConnection,
    version: DocumentVersionId,
    user: UserId,
    at: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into projects.document_view as v
             (version_id, user_id, first_at, last_at, times, acknowledged_at)
         values ($1, $2, $3, $3, 1, $3)
         on conflict (version_id, user_id) do update
         set acknowledged_at = coalesce(v.acknowledged_at, excluded.acknowledged_at)",
        version as DocumentVersionId,
        user as UserId,
        at
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// A page of those who saw a document, the newest version first, and one more.
pub(crate) async fn readers(
    db: &mut PgConnection,
    document: DocumentId,
    after: Option<(i32, UserId)>,
    limit: i64,
) -> Result<Vec<DocumentReader>, sqlx::Error> {
    sqlx::query_as!(
        DocumentReader,
        r#"select n.number as "number!", v.user_id as "user_id: UserId", p.name as "name?",
                  v.first_at, v.last_at, v.times, v.acknowledged_at
           from projects.document_view v
           join projects.document_version n on n.id = v.version_id
           left join identity_pub.person p on p.id = v.user_id
           where n.document_id = $1 and n.number is not null
             and ($2::integer is null or n.number < $2
                  or (n.number = $2 and v.user_id > $3))
           order by n.number desc, v.user_id limit $4"#,
        document as DocumentId,
        after.map(|(number, _)| number),
        after.map(|(_, user)| user) as Option<UserId>,
        limit + 1
    )
    .fetch_all(db)
    .await
}
