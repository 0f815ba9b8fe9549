//! The SQL of what blocks tasks: several things at a time, if need be, each until it ends.

use kernel::{IncidentId, SiteId, TaskId, Timestamp};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::tasks::model::Block;

/// Stores what keeps a task from going on.
pub(crate) async fn insert(
    tx: &mut PgConnection,
    task: TaskId,
    block: &Block,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into planning.task_block
             (id, task_id, from_status, reason, incident_id, by_client, since, expected_until,
              plan_kept)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        Uuid::now_v7(),
        task as TaskId,
        block.from.as_str(),
        block.reason,
        block.incident_id as Option<IncidentId>,
        block.by_client,
        block.since,
        block.expected_until,
        block.plan_kept
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Marks that the plan could not follow what blocks a task.
pub(crate) async fn plan_kept(tx: &mut PgConnection, task: TaskId) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update planning.task_block set plan_kept = true where task_id = $1 and ended_at is null",
        task as TaskId
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Keeps what an incident's block has become: until when it is expected to last, whether the plan
/// followed, and whether it waits for the client.
pub(crate) async fn revise(
    tx: &mut PgConnection,
    task: TaskId,
    incident: IncidentId,
    until: Option<Timestamp>,
    plan_kept: bool,
    by_client: bool,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update planning.task_block set expected_until = $3, plan_kept = $4, by_client = $5
         where task_id = $1 and incident_id = $2 and ended_at is null",
        task as TaskId,
        incident as IncidentId,
        until,
        plan_kept,
        by_client
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Ends all that blocks a task, and tells by which incidents it was blocked.
pub(crate) async fn end(
    tx: &mut PgConnection,
    task: TaskId,
    at: Timestamp,
) -> Result<Vec<IncidentId>, sqlx::Error> {
    let ended = sqlx::query_scalar!(
        r#"update planning.task_block set ended_at = greatest($2, since)
           where task_id = $1 and ended_at is null
           returning incident_id as "incident: IncidentId""#,
        task as TaskId,
        at
    )
    .fetch_all(tx)
    .await?;
    Ok(ended.into_iter().flatten().collect())
}

/// Ends a task's block by one incident; whether something else blocks it still.
pub(crate) async fn lift(
    tx: &mut PgConnection,
    task: TaskId,
    incident: IncidentId,
    at: Timestamp,
) -> Result<bool, sqlx::Error> {
    sqlx::query!(
        "update planning.task_block set ended_at = greatest($3, since)
         where task_id = $1 and incident_id = $2 and ended_at is null",
        task as TaskId,
        incident as IncidentId,
        at
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query_scalar!(
        r#"select exists (select from planning.task_block
                          where task_id = $1 and ended_at is null) as "still!""#,
        task as TaskId
    )
    .fetch_one(tx)
    .await
}

/// The first incident that blocks a task and is not dealt with.
pub(crate) async fn unresolved(
    conn: &mut PgConnection,
    task: TaskId,
) -> Result<Option<IncidentId>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select i.id as "id: IncidentId"
           from planning.task_block b join planning.incident i on i.id = b.incident_id
           where b.task_id = $1 and b.ended_at is null and i.status <> 'resolved'
           order by b.since, b.id limit 1"#,
        task as TaskId
    )
    .fetch_optional(conn)
    .await
}

/// Until when a task is expected to be kept from its work by what blocks or delays it, one incident
/// left out.
pub(crate) async fn expected_until(
    conn: &mut PgConnection,
    task: TaskId,
    but: Option<IncidentId>,
) -> Result<Option<Timestamp>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select max(until) from (
               select expected_until as until from planning.task_block
               where task_id = $1 and ended_at is null and incident_id is distinct from $2
               union all
               select coalesce(expected_until, delayed_until) from planning.incident
               where task_id = $1 and resolved_at is null and id is distinct from $2) held"#,
        task as TaskId,
        but as Option<IncidentId>
    )
    .fetch_one(conn)
    .await
}

/// The site of an incident and whether it is dealt with.
pub(crate) async fn incident(
    conn: &mut PgConnection,
    id: IncidentId,
) -> Result<Option<(SiteId, bool)>, sqlx::Error> {
    let row = sqlx::query!(
        r#"select site_id as "site: SiteId", status = 'resolved' as "resolved!"
           from planning.incident where id = $1"#,
        id as IncidentId
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|r| (r.site, r.resolved)))
}

/// The tasks that an incident blocks.
pub(crate) async fn blocked_by(
    conn: &mut PgConnection,
    incident: IncidentId,
) -> Result<Vec<TaskId>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select b.task_id as "task: TaskId"
           from planning.task_block b join planning.task t on t.id = b.task_id
           where b.incident_id = $1 and b.ended_at is null and t.status = 'blocked'
           order by b.task_id"#,
        incident as IncidentId
    )
    .fetch_all(conn)
    .await
}
