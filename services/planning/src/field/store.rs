//! The SQL of what phones pull.

pub(super) mod changes;
pub(super) mod places;
pub(super) mod refusals;

use kernel::{ChecklistId, Fence, IncidentId, Position, SiteId, TaskId, TimeEntryId, WorkerId};
use sqlx::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

use super::model::{Kind, Site};

pub use changes::tasks;
pub use places::{shown_sites, touch_document, touch_project, touch_site};

/// Marks a task as changed for everybody whose phone should hear of it: the workers on it now and
/// those who were until now. A phone whose worker is no longer on it gets a tombstone. Also the
/// task's site comes to their phones or goes from them.
pub async fn touch_task(
    tx: &mut PgConnection,
    task: TaskId,
    workers: &[WorkerId],
) -> Result<(), sqlx::Error> {
    touch_work(tx, task, workers).await?;
    let pairs = places::of_task(tx, task, workers).await?;
    places::settle(tx, &pairs).await
}

/// The same for what changes nothing about who is on the task, nor whether there is work: a step.
pub async fn touch_work(
    tx: &mut PgConnection,
    task: TaskId,
    workers: &[WorkerId],
) -> Result<(), sqlx::Error> {
    touch(tx, Kind::Task, task.uuid(), workers).await
}

/// The same for those who are on the task now.
pub async fn touch_crew(tx: &mut PgConnection, task: TaskId) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into planning.change (worker_id, kind, entity_id)
         select worker_id, 'task', task_id from planning.assignment
         where task_id = $1 order by worker_id
         on conflict (worker_id, kind, entity_id) do update set xid = excluded.xid",
        task as TaskId
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Marks tasks as changed for everybody who is on them, with their sites.
pub async fn touch_tasks(tx: &mut PgConnection, tasks: &[TaskId]) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into planning.change (worker_id, kind, entity_id)
         select worker_id, 'task', task_id from planning.assignment
         where task_id = any($1) order by worker_id, task_id
         on conflict (worker_id, kind, entity_id) do update set xid = excluded.xid",
        tasks as &[TaskId]
    )
    .execute(&mut *tx)
    .await?;
    let pairs = places::of_tasks(tx, tasks).await?;
    places::settle(tx, &pairs).await
}

/// Marks tasks and incidents as changed of which a timer changed: for those who are on the task, and
/// for who reported the incident.
pub async fn touch_timers(
    tx: &mut PgConnection,
    tasks: &[TaskId],
    incidents: &[IncidentId],
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into planning.change (worker_id, kind, entity_id)
         select worker_id, kind, entity_id from (
             select worker_id, 'task' as kind, task_id as entity_id from planning.assignment
             where task_id = any($1)
             union
             select reporter_worker_id, 'incident', id from planning.incident
             where id = any($2) and reporter_worker_id is not null
         ) shown
         order by worker_id, entity_id
         on conflict (worker_id, kind, entity_id) do update set xid = excluded.xid",
        tasks as &[TaskId],
        incidents as &[IncidentId]
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Marks a stay on a site as changed for its worker's phone.
pub async fn touch_entry(
    tx: &mut PgConnection,
    entry: TimeEntryId,
    worker: WorkerId,
) -> Result<(), sqlx::Error> {
    touch(tx, Kind::TimeEntry, entry.uuid(), &[worker]).await
}

/// Marks an incident as changed for the phone of the worker who reported it.
pub async fn touch_incident(
    tx: &mut PgConnection,
    incident: IncidentId,
    reporter: WorkerId,
) -> Result<(), sqlx::Error> {
    touch(tx, Kind::Incident, incident.uuid(), &[reporter]).await
}

/// In the order of the workers, so that two writers who touch the same ones do not wait for each
/// other in a circle.
async fn touch(
    tx: &mut PgConnection,
    kind: Kind,
    entity: Uuid,
    workers: &[WorkerId],
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into planning.change (worker_id, kind, entity_id)
         select distinct worker, $2, $3::uuid from unnest($1::uuid[]) worker order by worker
         on conflict (worker_id, kind, entity_id) do update set xid = excluded.xid",
        workers as &[WorkerId],
        kind as Kind,
        entity
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Marks every task that a worker is on as changed, for all who are on it.
pub async fn touch_fellows(tx: &mut PgConnection, worker: WorkerId) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into planning.change (worker_id, kind, entity_id)
         select fellow.worker_id, 'task', fellow.task_id
         from planning.assignment own join planning.assignment fellow using (task_id)
         where own.worker_id = $1 order by fellow.worker_id, fellow.task_id
         on conflict (worker_id, kind, entity_id) do update set xid = excluded.xid",
        worker as WorkerId
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Marks every task as changed that shows the newest version of a checklist's template: those
/// where nobody has begun to answer it.
pub async fn touch_checklist(
    tx: &mut PgConnection,
    checklist: ChecklistId,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into planning.change (worker_id, kind, entity_id)
         select a.worker_id, 'task', a.task_id
         from planning.task_checklist c join planning.assignment a using (task_id)
         where c.checklist_id = $1
           and not exists (select 1 from planning.checklist_run r
                           where r.task_id = c.task_id and r.checklist_id = c.checklist_id)
         order by a.worker_id, a.task_id
         on conflict (worker_id, kind, entity_id) do update set xid = excluded.xid",
        checklist as ChecklistId
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// A site.
pub async fn site(conn: &mut PgConnection, id: SiteId) -> Result<Option<Site>, sqlx::Error> {
    let row = sqlx::query!(
        r#"select project_id as "project_id!", lat as "lat!", lon as "lon!",
                  radius_m::float8 as "radius_m!", polygon as "polygon: Json<Fence>", zone as "zone!"
           from projects_pub.site where id = $1"#,
        id as SiteId
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| Site {
        id,
        project_id: row.project_id.into(),
        centre: Position { lat: row.lat, lon: row.lon, accuracy_m: None },
        radius_m: row.radius_m,
        polygon: row.polygon.map(|polygon| polygon.0),
        zone: row.zone.parse().unwrap_or(chrono_tz::Tz::UTC),
    }))
}

/// Whether the worker is, or was, on a task of this site: what was done there offline counts also
/// for who was taken off the task meanwhile.
pub async fn knows_site(
    conn: &mut PgConnection,
    worker: WorkerId,
    site: SiteId,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists(
               select 1 from planning.change c join planning.task t on t.id = c.entity_id
               where c.worker_id = $1 and c.kind = 'task' and t.site_id = $2) as "known!""#,
        worker as WorkerId,
        site as SiteId
    )
    .fetch_one(conn)
    .await
}
