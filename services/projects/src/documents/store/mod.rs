//! The documents' rows, and who may see them.

mod readers;
mod versions;

use auth::Role;
use chrono::NaiveDate;
use contracts::DocumentKind;
use kernel::{DocumentId, ProjectId, SiteId, Timestamp, UserId};
use sqlx::PgConnection;
use uuid::Uuid;

use super::api::DocumentFilter;
use super::model::{Document, Eyes};

pub(crate) use readers::{acknowledge, acknowledged, readers, saw};
pub(crate) use versions::*;

struct Row {
    id: DocumentId,
    project_id: ProjectId,
    site_id: Option<SiteId>,
    kind: String,
    name: String,
    tags: Vec<String>,
    roles: Vec<String>,
    released: bool,
    must_acknowledge: bool,
    expires_on: Option<NaiveDate>,
    reminder_days: Vec<i32>,
    current: Option<i32>,
    created_by: UserId,
    created_at: Timestamp,
    version: i64,
    rank: i64,
}

impl TryFrom<Row> for Document {
    type Error = sqlx::Error;
    fn try_from(row: Row) -> Result<Self, sqlx::Error> {
        let role = |word: &String| Role::ALL.into_iter().find(|r| r.as_str() == word);
        let roles = row.roles.iter().map(role).collect::<Option<_>>();
        Ok(Self {
            id: row.id,
            project_id: row.project_id,
            site_id: row.site_id,
            kind: row.kind.parse().map_err(|e: String| sqlx::Error::Decode(e.into()))?,
            name: row.name,
            tags: row.tags,
            roles: roles.ok_or_else(|| sqlx::Error::Decode("unknown role".into()))?,
            released: row.released,
            must_acknowledge: row.must_acknowledge,
            expires_on: row.expires_on,
            reminder_days: row.reminder_days,
            current: row.current,
            created_by: row.created_by,
            created_at: row.created_at,
            version: row.version,
        })
    }
}

/// The documents that a pair of eyes sees: those of a place that a grant covers (a site's eyes see
/// the whole project's documents too, a worker's those of places with own tasks), open to the
/// grant's role, and released where that is a crew's. Said once, so that no query forgets it.
macro_rules! seen {
    ($eyes:expr, $q:expr, $rest:tt $(, $arg:expr)*) => {
        sqlx::query_as!(
            Row,
            r#"select d.id as "id: DocumentId", d.project_id as "project_id: ProjectId",
                      d.site_id as "site_id: SiteId", d.kind, d.name, d.tags, d.roles, d.released,
                      d.must_acknowledge, d.expires_on, d.reminder_days, d.current,
                      d.created_by as "created_by: UserId", d.created_at, d.version,
                      r.rank as "rank!"
               from projects.document d
               cross join lateral (
                   select coalesce((ts_rank_cd(d.words,
                              websearch_to_tsquery('projects.words', $4)) * 1000000)::bigint, 0)
                          as rank) r
               where exists (
                   select from unnest($1::text[], $2::text[], $3::uuid[]) as eye(role, scope, id)
                   where eye.scope = 'platform'
                      or (d.roles = '{}' or eye.role = any(d.roles))
                     and (eye.role <> 'crew_member' or d.released)
                     and case eye.scope
                         when 'all' then true
                         when 'project' then d.project_id = eye.id
                         when 'site' then d.site_id = eye.id or (d.site_id is null and exists (
                             select from projects.site s
                             where s.id = eye.id and s.project_id = d.project_id))
                         when 'worker' then exists (
                             select from planning_pub.task_worker w
                             join planning_pub.task t on t.id = w.task_id
                             where w.worker_id = eye.id and t.project_id = d.project_id
                               and (d.site_id is null or t.site_id = d.site_id))
                         else false
                     end)
               "# + $rest,
            &$eyes.roles,
            &$eyes.scopes,
            &$eyes.ids as &[Uuid],
            $q as Option<&str>
            $(, $arg)*
        )
    };
}

/// A document, if these eyes see it.
pub(crate) async fn find(
    db: &mut PgConnection,
    eyes: &Eyes,
    id: DocumentId,
) -> Result<Document, sqlx::Error> {
    seen!(eyes, None, "and d.id = $5", id as DocumentId).fetch_one(db).await?.try_into()
}

/// The same, held until the end of the transaction.
pub(crate) async fn lock(
    tx: &mut PgConnection,
    eyes: &Eyes,
    id: DocumentId,
) -> Result<Document, sqlx::Error> {
    seen!(eyes, None, "and d.id = $5 for update of d", id as DocumentId)
        .fetch_one(tx)
        .await?
        .try_into()
}

/// Where a page of a list ended: the best matches come first, then the oldest.
pub(crate) type Place = (i64, DocumentId);

/// A page of the documents that are seen, and one more, each with its place in the list.
pub(crate) async fn list(
    db: &mut PgConnection,
    eyes: &Eyes,
    filter: &DocumentFilter,
    after: Option<Place>,
    limit: i64,
) -> Result<Vec<(Place, Document)>, sqlx::Error> {
    let rows = seen!(
        eyes,
        filter.q.as_deref(),
        "and ($4::text is null or d.words @@ websearch_to_tsquery('projects.words', $4))
           and ($5::uuid is null or d.project_id = $5)
           and ($6::uuid is null or d.site_id = $6)
           and ($7::text is null or d.kind = $7)
           and ($8::text is null or $8 = any(d.tags))
           and ($9::date is null or d.expires_on <= $9)
           and ($10::bigint is null or r.rank < $10 or (r.rank = $10 and d.id > $11))
         order by r.rank desc, d.id limit $12",
        filter.project_id as Option<ProjectId>,
        filter.site_id as Option<SiteId>,
        filter.kind.map(DocumentKind::as_str),
        filter.tag.as_deref(),
        filter.expires_by,
        after.map(|(rank, _)| rank),
        after.map(|(_, id)| id) as Option<DocumentId>,
        limit + 1
    )
    .fetch_all(db)
    .await?;
    rows.into_iter().map(|row| Ok(((row.rank, row.id), row.try_into()?))).collect()
}

/// The project of a site.
pub(crate) async fn project_of(
    db: &mut PgConnection,
    site: SiteId,
) -> Result<Option<ProjectId>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select project_id as "id: ProjectId" from projects.site where id = $1"#,
        site as SiteId
    )
    .fetch_optional(db)
    .await
}

fn words(roles: &[Role]) -> Vec<String> {
    roles.iter().map(|role| role.as_str().to_owned()).collect()
}

/// Stores a new document.
pub(crate) async fn insert(tx: &mut PgConnection, document: &Document) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into projects.document
             (id, project_id, site_id, kind, name, tags, roles, released, must_acknowledge,
              expires_on, reminder_days, created_by, created_at, version)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        document.id as DocumentId,
        document.project_id as ProjectId,
        document.site_id as Option<SiteId>,
        document.kind.as_str(),
        document.name,
        &document.tags,
        &words(&document.roles),
        document.released,
        document.must_acknowledge,
        document.expires_on,
        &document.reminder_days,
        document.created_by as UserId,
        document.created_at,
        document.version
    )
    .execute(&mut *tx)
    .await?;
    index(tx, document.id).await
}

/// Stores a changed document.
pub(crate) async fn update(tx: &mut PgConnection, document: &Document) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update projects.document
         set kind = $2, name = $3, tags = $4, roles = $5, released = $6, must_acknowledge = $7,
             expires_on = $8, reminder_days = $9, current = $10, version = $11
         where id = $1",
        document.id as DocumentId,
        document.kind.as_str(),
        document.name,
        &document.tags,
        &words(&document.roles),
        document.released,
        document.must_acknowledge,
        document.expires_on,
        &document.reminder_days,
        document.current,
        document.version
    )
    .execute(&mut *tx)
    .await?;
    index(tx, document.id).await
}

/// Brings what a search looks at in line with the document and its version in force.
pub(crate) async fn index(tx: &mut PgConnection, id: DocumentId) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update projects.document d
         set words = setweight(to_tsvector('projects.words', d.name), 'A')
             || setweight(to_tsvector('projects.words', concat_ws(' ',
                    array_to_string(d.tags, ' '), translate(v.file_name, '._-', '   '))), 'B')
             || coalesce(v.words, '')
         from (select 1) one
         left join projects.document_version v
             on v.document_id = $1
            and v.number = (select current from projects.document where id = $1)
         where d.id = $1",
        id as DocumentId
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Holds off others who hold the same document, until the end of the transaction; a lock of the
/// row itself would count as a write.
pub(crate) async fn hold(tx: &mut PgConnection, id: DocumentId) -> Result<(), sqlx::Error> {
    let hash = kernel::sha256(&[b"document", id.uuid().as_bytes()]);
    let lock = i64::from_be_bytes(hash[..8].try_into().unwrap_or_default());
    sqlx::query!("select pg_advisory_xact_lock($1)", lock).execute(tx).await?;
    Ok(())
}

/// The reminders of this last day that were given.
pub(crate) async fn reminded(
    tx: &mut PgConnection,
    id: DocumentId,
    expires_on: NaiveDate,
) -> Result<Vec<i32>, sqlx::Error> {
    sqlx::query_scalar!(
        "select days from projects.document_reminder where document_id = $1 and expires_on = $2",
        id as DocumentId,
        expires_on
    )
    .fetch_all(tx)
    .await
}

/// Notes reminders as given, and answers the version the document reaches by it.
pub(crate) async fn remind(
    tx: &mut PgConnection,
    id: DocumentId,
    expires_on: NaiveDate,
    days: &[i32],
    now: Timestamp,
) -> Result<i64, sqlx::Error> {
    sqlx::query!(
        "insert into projects.document_reminder (document_id, expires_on, days, at)
         select $1, $2, days, $4 from unnest($3::integer[]) as days",
        id as DocumentId,
        expires_on,
        days,
        now
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query_scalar!(
        "update projects.document set version = version + 1 where id = $1 returning version",
        id as DocumentId
    )
    .fetch_one(tx)
    .await
}
