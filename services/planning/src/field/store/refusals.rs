//! The SQL of refused calls.

use auth::Visibility;
use kernel::{ProjectId, RefusalId, SiteId, WorkerId};
use serde_json::{Map, Value};
use sqlx::PgConnection;
use sqlx::types::Json;

use crate::field::model::{FieldRefusal, Method};

/// Keeps a refused call.
pub async fn insert(tx: &mut PgConnection, refusal: &FieldRefusal) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into planning.refusal
             (id, worker_id, site_id, project_id, method, path, status, problem, acted_at,
              noted_at, version)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        refusal.id as RefusalId,
        refusal.worker_id as WorkerId,
        refusal.site_id as SiteId,
        refusal.project_id as ProjectId,
        refusal.method as Method,
        refusal.path,
        refusal.status,
        Json(&refusal.problem) as Json<&Map<String, Value>>,
        refusal.acted_at,
        refusal.noted_at,
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
    let rows = sqlx::query!(
        r#"select id as "id: RefusalId", worker_id as "worker_id: WorkerId",
                  site_id as "site_id: SiteId", project_id as "project_id: ProjectId",
                  method as "method: Method", path, status,
                  problem as "problem: Json<Map<String, Value>>", acted_at, noted_at, version
           from planning.refusal
           where ($1 or project_id = any($2) or site_id = any($3) or worker_id = any($4))
             and ($5::uuid is null or site_id = $5)
             and ($6::uuid is null or worker_id = $6)
             and ($7::uuid is null or id > $7)
           order by id limit $8"#,
        seen.all,
        &seen.projects as &[ProjectId],
        &seen.sites as &[SiteId],
        &seen.workers as &[WorkerId],
        filter.site as Option<SiteId>,
        filter.worker as Option<WorkerId>,
        filter.after as Option<RefusalId>,
        filter.limit
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| FieldRefusal {
            id: row.id,
            worker_id: row.worker_id,
            site_id: row.site_id,
            project_id: row.project_id,
            method: row.method,
            path: row.path,
            status: row.status,
            problem: row.problem.0,
            acted_at: row.acted_at,
            noted_at: row.noted_at,
            version: row.version,
        })
        .collect())
}
