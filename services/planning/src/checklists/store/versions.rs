//! The versions of a checklist's template: a phone begins with the one it has, a run keeps its own.

use kernel::{ChecklistId, Timestamp};
use sqlx::PgConnection;
use sqlx::types::Json;

use crate::checklists::model::{Checklist, Question};

/// Stores the present version.
pub(super) async fn insert(
    tx: &mut PgConnection,
    checklist: &Checklist,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into planning.checklist_version
             (checklist_id, version, name, questions, required, at)
         values ($1, $2, $3, $4, $5, $6)",
        checklist.id as ChecklistId,
        checklist.version,
        checklist.name,
        Json(&checklist.questions) as Json<&Vec<Question>>,
        checklist.questions.iter().any(|q| q.required && q.when.is_none()),
        now
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Of the versions that nobody answered, those that no phone may still begin with go. What somebody
/// is beginning with at this moment stays: its row is held, or its run is seen by the second look.
pub(super) async fn forget(
    tx: &mut PgConnection,
    id: ChecklistId,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let old = sqlx::query_scalar!(
        "select old.version from planning.checklist_version old
         join planning.checklist_version next
             on next.checklist_id = old.checklist_id and next.version = old.version + 1
         where old.checklist_id = $1 and next.at < $2
         for update of old skip locked",
        id as ChecklistId,
        now - web::REMEMBERED
    )
    .fetch_all(&mut *tx)
    .await?;
    sqlx::query!(
        "delete from planning.checklist_version old
         where checklist_id = $1 and version = any($2) and not exists (
             select from planning.checklist_run r
             where r.checklist_id = $1 and r.checklist_version = old.version)",
        id as ChecklistId,
        &old
    )
    .execute(tx)
    .await?;
    Ok(())
}
