//! The SQL of the dispatch board.

use auth::Visibility;
use chrono::{DateTime, NaiveDate, Utc};
use contracts::TaskStatus;
use kernel::{CrewId, ProjectId, SiteId, TaskId, WorkerId};
use sqlx::PgConnection;

use crate::tasks::model::Priority;
use crate::words::Word;

/// Active workers by name, of a crew or all, after the one that the cursor names.
pub(crate) async fn workers(
    conn: &mut PgConnection,
    crew: Option<CrewId>,
    after: Option<&(String, WorkerId)>,
    limit: i64,
) -> Result<Vec<(String, WorkerId)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select id as "id!: WorkerId", name as "name!"
           from resources_pub.worker w
           where active and ($1::text is null or (name, id) > ($1, $2::uuid))
             and ($4::uuid is null or exists (
                     select from resources_pub.crew_member m
                     where m.worker_id = w.id and m.crew_id = $4))
           order by name, id limit $3"#,
        after.map(|a| a.0.as_str()),
        after.map(|a| a.1) as Option<WorkerId>,
        limit,
        crew as Option<CrewId>
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.name, row.id)).collect())
}

/// An open task of some days that the caller sees.
pub(crate) struct Row {
    pub id: TaskId,
    pub title: String,
    pub site_id: SiteId,
    pub project_id: ProjectId,
    pub priority: Priority,
    pub status: TaskStatus,
    pub starts_at: DateTime<Utc>,
    pub ends_at: DateTime<Utc>,
    pub missing: i32,
    pub version: i64,
}

/// The open tasks on these days that lack workers, of those the caller sees; at most `limit`.
pub(crate) async fn unassigned(
    conn: &mut PgConnection,
    seen: &Visibility,
    (site, project): (Option<SiteId>, Option<ProjectId>),
    (first, last): (NaiveDate, NaiveDate),
    limit: i64,
) -> Result<Vec<Row>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        r#"select t.id as "id: TaskId", t.title, t.site_id as "site_id: SiteId",
               t.project_id as "project_id: ProjectId", t.priority as "priority: Priority",
               t.status as "status: Word<TaskStatus>", t.starts_at, t.ends_at,
               t.workers_needed - n.there as "missing!", t.version
           from planning.task t
           join projects_pub.site s on s.id = t.site_id
           cross join lateral (select count(*)::int as there from planning.assignment a
                               where a.task_id = t.id) n
           where ($1 or t.project_id = any($2) or t.site_id = any($3))
             and ($4::uuid is null or t.site_id = $4)
             and ($5::uuid is null or t.project_id = $5)
             and t.status not in ('done', 'validated', 'cancelled') and t.ends_at > t.starts_at
             and t.starts_at < ($7::date + 1)::timestamp at time zone s.zone
             and t.ends_at > ($6::date)::timestamp at time zone s.zone
             and n.there < t.workers_needed
             and not exists (select 1 from planning.task p where p.parent_id = t.id)
           order by t.starts_at, t.id limit $8"#,
        seen.all,
        &seen.projects as &[ProjectId],
        &seen.sites as &[SiteId],
        site as Option<SiteId>,
        project as Option<ProjectId>,
        first,
        last,
        limit
    )
    .fetch_all(conn)
    .await
}
