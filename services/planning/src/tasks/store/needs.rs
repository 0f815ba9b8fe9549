//! The SQL of what tasks ask of those who do them.

use kernel::{CertificateKindId, PartId, TaskId, WorkerId};
use sqlx::PgConnection;
use sqlx::types::Json;

use crate::tasks::{Needs, Task};

/// Which of what a task asks does not exist, as a pointer to it; none where all does. Kinds of
/// tools are words: one that nobody has yet may come.
pub(crate) async fn missing(
    conn: &mut PgConnection,
    needs: &Needs,
) -> Result<Option<&'static str>, sqlx::Error> {
    let parts: Vec<_> = needs.parts.iter().map(|part| part.part_id).collect();
    let there = sqlx::query!(
        r#"select
               (select count(*) = cardinality($1::uuid[]) from resources_pub.certificate_kind
                where id = any($1)) as "certificates!",
               (select count(*) = cardinality($2::uuid[]) from resources_pub.part
                where id = any($2)) as "parts!",
               (select count(*) = cardinality($3::uuid[]) from resources_pub.worker
                where id = any($3)) as "workers!""#,
        &needs.certificates as &[CertificateKindId],
        &parts as &[PartId],
        &needs.preferred_workers as &[WorkerId]
    )
    .fetch_one(conn)
    .await?;
    Ok(match (there.certificates, there.parts, there.workers) {
        (false, ..) => Some("/needs/certificates"),
        (_, false, _) => Some("/needs/parts"),
        (.., false) => Some("/needs/preferred_workers"),
        _ => None,
    })
}

/// Keeps what a task asks; of one that asks nothing there is no row.
pub(super) async fn replace(tx: &mut PgConnection, task: &Task) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "with gone as (delete from planning.task_need where task_id = $1 and $2)
         insert into planning.task_need (task_id, needs) select $1, $3 where not $2
         on conflict (task_id) do update set needs = excluded.needs",
        task.id as TaskId,
        task.needs.is_empty(),
        Json(&task.needs) as Json<&Needs>
    )
    .execute(tx)
    .await?;
    Ok(())
}
