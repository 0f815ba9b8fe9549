//! The rows of imports, and what their tasks say besides their place in a plan.

use std::collections::HashMap;

use kernel::{ImportId, ProjectId, SiteId, Timestamp};
use serde_json::Value;
use sqlx::PgConnection;
use sqlx::types::Json;

use crate::tasks::Task;

/// How many rows are read at a time.
const LOT: i64 = 1000;

/// Claims the import; false where its tasks were taken over before.
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

/// The sites of an import's tasks with their project and zone: those that are there, and those that
/// the import makes.
pub(super) async fn sites(
    db: &mut PgConnection,
    import: ImportId,
) -> Result<HashMap<SiteId, (ProjectId, String)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select id as "id!: SiteId", project_id as "project!: ProjectId", zone as "zone!"
           from projects_pub.site
           where id in (select (row ->> 'site_id')::uuid from projects_pub.import_row
                        where import_id = $1 and kind = 'task')
           union all
           select id, (row ->> 'project_id')::uuid, row ->> 'zone'
           from projects_pub.import_row where import_id = $1 and kind = 'site'"#,
        import as ImportId
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, (row.project, row.zone))).collect())
}

/// Keeps what new tasks say besides their place in the plan.
pub(super) async fn describe(
    tx: &mut PgConnection,
    tasks: impl Iterator<Item = &Task>,
) -> Result<(), sqlx::Error> {
    let tasks: Vec<_> = tasks.collect();
    sqlx::query!(
        "update planning.task t
         set description = x.description, priority = x.priority, workers_needed = x.workers_needed
         from jsonb_to_recordset($1) as x
             (id uuid, description text, priority text, workers_needed smallint)
         where t.id = x.id",
        Json(&tasks) as Json<&Vec<&Task>>
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "insert into planning.task_skill (task_id, skill_id)
         select task.id, skill::uuid
         from jsonb_to_recordset($1) as task (id uuid, skills jsonb),
              jsonb_array_elements_text(task.skills) as skill",
        Json(&tasks) as Json<&Vec<&Task>>
    )
    .execute(tx)
    .await
    .map(|_| ())
}
