//! The rows of imports, and the tasks and links they become.

use std::collections::HashMap;

use contracts::ImportedLink;
use kernel::{DependencyId, ImportId, ProjectId, SiteId, TaskId, Timestamp};
use serde_json::{Value, json};
use sqlx::PgConnection;
use sqlx::types::Json;

use crate::tasks::Task;

/// How many rows are read and stored at a time.
const LOT: i64 = 1000;

/// Claims the import; false where its tasks were taken over, or refused, before.
pub(super) async fn claim(
    tx: &mut PgConnection,
    import: ImportId,
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    let claimed = sqlx::query!(
        "insert into planning.import_taken (import_id, at)
         select $1, $2
         where not exists (select from planning.import_taken where import_id = $1)",
        import as ImportId,
        now
    )
    .execute(tx)
    .await?;
    Ok(claimed.rows_affected() == 1)
}

/// The next rows after a line of the file.
pub(super) async fn rows(
    db: &mut PgConnection,
    import: ImportId,
    after: i64,
) -> Result<Vec<(i64, Value)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select line as "line!", row as "row!" from projects_pub.import_row
           where import_id = $1 and kind = 'task' and line > $2 order by line limit $3"#,
        import as ImportId,
        after,
        LOT
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.line, row.row)).collect())
}

/// The sites of an import's tasks with their project and zone.
pub(super) async fn sites(
    db: &mut PgConnection,
    import: ImportId,
) -> Result<HashMap<SiteId, (ProjectId, String)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select id as "id!: SiteId", project_id as "project!: ProjectId", zone as "zone!"
           from projects_pub.site
           where id in (select (row ->> 'site_id')::uuid from projects_pub.import_row
                        where import_id = $1 and kind = 'task')"#,
        import as ImportId
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, (row.project, row.zone))).collect())
}

/// Stores new tasks with the skills they need, all at once.
pub(super) async fn insert(tx: &mut PgConnection, tasks: &[Task]) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into planning.task
             (id, site_id, project_id, title, description, priority, workers_needed, starts_at,
              ends_at, duration_min, status)
         select id, site_id, project_id, title, description, priority, workers_needed, starts_at,
                ends_at, duration_min, status
         from jsonb_to_recordset($1) as task
             (id uuid, site_id uuid, project_id uuid, title text, description text, priority text,
              workers_needed smallint, starts_at timestamptz, ends_at timestamptz,
              duration_min integer, status text)",
        Json(tasks) as Json<&[Task]>
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "insert into planning.task_skill (task_id, skill_id)
         select task.id, skill::uuid
         from jsonb_to_recordset($1) as task (id uuid, skills jsonb),
              jsonb_array_elements_text(task.skills) as skill",
        Json(tasks) as Json<&[Task]>
    )
    .execute(tx)
    .await
    .map(|_| ())
}

/// Stores the links of new tasks, all at once: the successor, its project, what comes before it.
pub(super) async fn link(
    tx: &mut PgConnection,
    links: &[(TaskId, ProjectId, ImportedLink)],
) -> Result<(), sqlx::Error> {
    for lot in links.chunks(usize::try_from(LOT).unwrap_or(usize::MAX)) {
        let lot: Vec<_> = lot
            .iter()
            .map(|(task, project, before)| {
                json!({ "id": DependencyId::new(), "project_id": project, "successor": task,
                        "predecessor": before.task, "lag_min": before.lag_min })
            })
            .collect();
        sqlx::query!(
            "insert into planning.dependency (id, project_id, predecessor, successor, lag_min)
             select id, project_id, predecessor, successor, lag_min
             from jsonb_to_recordset($1) as link
                 (id uuid, project_id uuid, predecessor uuid, successor uuid, lag_min integer)",
            Value::Array(lot)
        )
        .execute(&mut *tx)
        .await?;
    }
    Ok(())
}
