//! The rows of imports, and the workers they become.

use kernel::{ImportId, Timestamp};
use serde_json::Value;
use sqlx::PgConnection;
use sqlx::types::Json;

use crate::workers::model::Worker;

/// How many rows are read and stored at a time.
const LOT: i64 = 1000;

/// Claims the import; false where its workers were taken over before.
pub(super) async fn claim(
    tx: &mut PgConnection,
    import: ImportId,
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    let claimed = sqlx::query!(
        "insert into resources.import_taken (import_id, at)
         select $1, $2
         where not exists (select from resources.import_taken where import_id = $1)",
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
           where import_id = $1 and kind = 'worker' and line > $2 order by line limit $3"#,
        import as ImportId,
        after,
        LOT
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.line, row.row)).collect())
}

/// Stores new workers with their skills, all at once.
pub(super) async fn insert(tx: &mut PgConnection, workers: &[Worker]) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into resources.worker
             (id, name, phone, active, days, day_starts, day_ends, other_days, version)
         select id, name, phone, active,
                array(select jsonb_array_elements_text(hours -> 'days')::smallint),
                (hours ->> 'starts')::time, (hours ->> 'ends')::time, hours -> 'other_days', version
         from jsonb_to_recordset($1) as worker
             (id uuid, name text, phone text, active boolean, hours jsonb, version bigint)",
        Json(workers) as Json<&[Worker]>
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "insert into resources.worker_skill (worker_id, skill_id, level, valid_until)
         select worker.id, held.skill_id, held.level, held.valid_until
         from jsonb_to_recordset($1) as worker (id uuid, skills jsonb),
              jsonb_to_recordset(worker.skills) as held (skill_id uuid, level smallint, valid_until date)",
        Json(workers) as Json<&[Worker]>
    )
    .execute(tx)
    .await
    .map(|_| ())
}
