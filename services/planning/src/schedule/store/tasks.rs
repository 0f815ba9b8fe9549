//! The SQL of what a plan needs of projects and their tasks.

use std::collections::HashMap;

use auth::Visibility;
use kernel::{ProjectId, SiteId, TaskId, Timestamp};
use sqlx::PgConnection;

use crate::schedule::model::Item;

/// Stores new tasks; what their dates depend on is kept by [`save_terms`].
pub(crate) async fn insert_items(
    tx: &mut PgConnection,
    project: ProjectId,
    items: &[&Item],
) -> Result<(), sqlx::Error> {
    let ids: Vec<_> = items.iter().map(|i| i.id).collect();
    let sites: Vec<_> = items.iter().map(|i| i.site_id).collect();
    let titles: Vec<_> = items.iter().map(|i| i.title.clone()).collect();
    let statuses: Vec<_> = items.iter().map(|i| i.status.as_str().to_owned()).collect();
    let starts: Vec<_> = items.iter().map(|i| i.starts_at).collect();
    let ends: Vec<_> = items.iter().map(|i| i.ends_at).collect();
    let started: Vec<_> = items.iter().map(|i| i.started_at).collect();
    let finished: Vec<_> = items.iter().map(|i| i.finished_at).collect();
    let durations: Vec<_> = items.iter().map(|i| i.terms.duration_min).collect();
    sqlx::query!(
        "insert into planning.task
             (id, project_id, site_id, title, description, priority, workers_needed, status,
              starts_at, ends_at, started_at, finished_at, duration_min, version)
         select x.id, $1, x.site_id, x.title, '', 'normal', 1, x.status, x.starts_at, x.ends_at,
                x.started_at, x.finished_at, x.duration_min, 0
         from unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::timestamptz[],
                     $7::timestamptz[], $8::timestamptz[], $9::timestamptz[], $10::int[])
              x (id, site_id, title, status, starts_at, ends_at, started_at, finished_at,
                 duration_min)",
        project as ProjectId,
        &ids as &[TaskId],
        &sites as &[SiteId],
        &titles,
        &statuses,
        &starts,
        &ends,
        &started as &[Option<Timestamp>],
        &finished as &[Option<Timestamp>],
        &durations
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Keeps what was written about tasks.
pub(crate) async fn describe(
    tx: &mut PgConnection,
    notes: &[(TaskId, String)],
) -> Result<(), sqlx::Error> {
    let ids: Vec<_> = notes.iter().map(|n| n.0).collect();
    let texts: Vec<_> = notes.iter().map(|n| n.1.clone()).collect();
    sqlx::query!(
        "update planning.task t set description = x.description
         from unnest($1::uuid[], $2::text[]) x (id, description) where t.id = x.id",
        &ids as &[TaskId],
        &texts
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Whether there is such a project.
pub(crate) async fn has_project(
    conn: &mut PgConnection,
    project: ProjectId,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select 1 from projects_pub.project where id = $1) as "there!""#,
        project as ProjectId
    )
    .fetch_one(conn)
    .await
}

/// Whether a project or one of its sites is among what is seen.
pub(crate) async fn is_seen(
    conn: &mut PgConnection,
    project: ProjectId,
    seen: &Visibility,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (
               select 1 from projects_pub.project p
               where p.id = $1 and ($2 or p.id = any($3) or exists (
                   select 1 from projects_pub.site s
                   where s.project_id = p.id and s.id = any($4)))) as "seen!""#,
        project as ProjectId,
        seen.all,
        &seen.projects as &[ProjectId],
        &seen.sites as &[SiteId]
    )
    .fetch_one(conn)
    .await
}

/// What a project is called.
pub(crate) async fn project_name(
    conn: &mut PgConnection,
    project: ProjectId,
) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select name as "name!" from projects_pub.project where id = $1"#,
        project as ProjectId
    )
    .fetch_optional(conn)
    .await
}

/// What was written about a project's tasks.
pub(crate) async fn notes(
    conn: &mut PgConnection,
    project: ProjectId,
) -> Result<HashMap<TaskId, String>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select id as "id: TaskId", description from planning.task
           where project_id = $1 and description <> ''"#,
        project as ProjectId
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|r| (r.id, r.description)).collect())
}
