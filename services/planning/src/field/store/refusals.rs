//! The SQL of refused calls.

use auth::Visibility;
use kernel::{ProjectId, RefusalId, SiteId, Timestamp, UserId, WorkerId};
use serde_json::{Map, Value};
use sqlx::PgConnection;
use sqlx::types::Json;

use crate::field::model::{FieldRefusal, Method, RefusalReview};

struct Row {
    id: RefusalId,
    worker_id: Option<WorkerId>,
    user_id: Option<UserId>,
    site_id: SiteId,
    project_id: ProjectId,
    method: Method,
    path: String,
    status: i32,
    problem: Json<Map<String, Value>>,
    acted_at: Timestamp,
    noted_at: Timestamp,
    review: Option<Json<RefusalReview>>,
    version: i64,
}

impl From<Row> for FieldRefusal {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            worker_id: row.worker_id,
            user_id: row.user_id,
            site_id: row.site_id,
            project_id: row.project_id,
            method: row.method,
            path: row.path,
            status: row.status,
            problem: row.problem.0,
            acted_at: row.acted_at,
            noted_at: row.noted_at,
            review: row.review.map(|review| review.0),
            version: row.version,
        }
    }
}

/// `query_as!` over the columns of a refused call, followed by the rest of the statement.
macro_rules! select_refusals {
    ($rest:literal $(, $argument:expr)* $(,)?) => {
        sqlx::query_as!(
            Row,
            r#"select id as "id: RefusalId", worker_id as "worker_id: WorkerId",
                  user_id as "user_id: UserId", site_id as "site_id: SiteId",
                  project_id as "project_id: ProjectId", method as "method: Method", path, status,
                  problem as "problem: Json<Map<String, Value>>", acted_at, noted_at,
                  review as "review: Json<RefusalReview>", version
               from planning.refusal "# + $rest
            $(, $argument)*
        )
    };
}

/// Keeps a refused call.
pub async fn insert(tx: &mut PgConnection, refusal: &FieldRefusal) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into planning.refusal
             (id, worker_id, site_id, project_id, method, path, status, problem, acted_at,
              noted_at, version, user_id)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        refusal.id as RefusalId,
        refusal.worker_id as Option<WorkerId>,
        refusal.site_id as SiteId,
        refusal.project_id as ProjectId,
        refusal.method as Method,
        refusal.path,
        refusal.status,
        Json(&refusal.problem) as Json<&Map<String, Value>>,
        refusal.acted_at,
        refusal.noted_at,
        refusal.version,
        refusal.user_id as Option<UserId>
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// A refused call, locked for a change.
pub async fn lock(
    tx: &mut PgConnection,
    id: RefusalId,
) -> Result<Option<FieldRefusal>, sqlx::Error> {
    let row = select_refusals!("where id = $1 for update", id as RefusalId);
    Ok(row.fetch_optional(tx).await?.map(Into::into))
}

/// Stores that one was dealt with.
pub async fn review(tx: &mut PgConnection, refusal: &FieldRefusal) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update planning.refusal set review = $2, version = $3 where id = $1",
        refusal.id as RefusalId,
        refusal.review.as_ref().map(Json) as Option<Json<&RefusalReview>>,
        refusal.version
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Which refused calls a list shows.
pub struct Filter {
    /// About this site.
    pub site: Option<SiteId>,
    /// Of this worker's phone.
    pub worker: Option<WorkerId>,
    /// Those too that were dealt with.
    pub reviewed: bool,
    /// After this one.
    pub after: Option<RefusalId>,
    /// So many at most.
    pub limit: i64,
}

/// The refused calls that are seen, in the order of their ids.
pub async fn list(
    conn: &mut PgConnection,
    seen: &Visibility,
    filter: &Filter,
) -> Result<Vec<FieldRefusal>, sqlx::Error> {
    let rows = select_refusals!(
        "where ($1 or project_id = any($2) or site_id = any($3) or worker_id = any($4))
           and ($5::uuid is null or site_id = $5)
           and ($6::uuid is null or worker_id = $6)
           and ($7 or review is null)
           and ($8::uuid is null or id > $8)
         order by id limit $9",
        seen.all,
        &seen.projects as &[ProjectId],
        &seen.sites as &[SiteId],
        &seen.workers as &[WorkerId],
        filter.site as Option<SiteId>,
        filter.worker as Option<WorkerId>,
        filter.reviewed,
        filter.after as Option<RefusalId>,
        filter.limit
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(Into::into).collect())
}
