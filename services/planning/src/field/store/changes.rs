//! The SQL of a pull: which things changed, and what they are now. A few statements, however many
//! things there are.

use std::collections::HashMap;

use kernel::{ChecklistId, IncidentId, TaskId, Timestamp, WorkerId};
use sqlx::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

use crate::checklists::{
    self,
    model::{Checklist, Question, Run},
};
use crate::field::model::{Cursor, FieldTask, FieldTimer, FieldWorker, KEPT, Kind, Thing, holds};
use crate::incidents;
use crate::service_levels;
use crate::tasks::{self, Task};

/// The oldest transaction that is still open: all changes of older ones are there to be seen.
pub async fn line(conn: &mut PgConnection) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select pg_snapshot_xmin(pg_current_snapshot())::text::bigint as "line!""#
    )
    .fetch_one(conn)
    .await
}

/// What was touched for a worker after the cursor, with the transactions that did, in their order.
pub async fn touched(
    conn: &mut PgConnection,
    worker: WorkerId,
    cursor: &Cursor,
    limit: i64,
) -> Result<Vec<(i64, Thing)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select xid::text::bigint as "xid!", entity_id as id, kind as "kind: Kind"
           from planning.change
           where worker_id = $1
             and (xid, entity_id, kind) > ($2::bigint::text::xid8, $3::uuid, $4::text)
             and xid < pg_snapshot_xmin(pg_current_snapshot())
           order by xid, entity_id, kind limit $5"#,
        worker as WorkerId,
        cursor.xid,
        cursor.last.map_or(Uuid::nil(), |last| last.id),
        cursor.last.map_or("", |last| last.kind.as_str()),
        limit
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|r| (r.xid, Thing { id: r.id, kind: r.kind })).collect())
}

/// Everything a worker's phone holds, after the last thing taken, in the order of their ids.
pub async fn held(
    conn: &mut PgConnection,
    worker: WorkerId,
    last: Option<Thing>,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<Thing>, sqlx::Error> {
    sqlx::query_as!(
        Thing,
        r#"select id as "id!", kind as "kind!: Kind" from (
               select t.id, 'task' as kind
               from planning.assignment a join planning.task t on t.id = a.task_id
               where a.worker_id = $1 and t.status <> 'cancelled'
                 and (t.validated_at is null or t.validated_at >= $4)
               union all
               select id, 'time_entry' from planning.time_entry
               where worker_id = $1 and (out_at is null or out_at >= $4)
               union all
               select id, 'incident' from planning.incident
               where reporter_worker_id = $1 and (resolved_at is null or resolved_at >= $4)
               union all
               select entity_id, 'site' from planning.change
               where worker_id = $1 and kind = 'site' and until >= $6
               union all
               select d.id, 'document' from projects_pub.document d
               where d.released and (d.roles = '{}' or 'crew_member' = any(d.roles))
                 and exists (
                     select from planning.change c join projects_pub.site s on s.id = c.entity_id
                     where c.worker_id = $1 and c.kind = 'site' and c.until >= $6
                       and s.project_id = d.project_id
                       and (d.site_id is null or d.site_id = s.id))
           ) thing
           where (id, kind) > ($2::uuid, $3::text)
           order by id, kind limit $5"#,
        worker as WorkerId,
        last.map_or(Uuid::nil(), |last| last.id),
        last.map_or("", |last| last.kind.as_str()),
        now - KEPT,
        limit,
        now
    )
    .fetch_all(conn)
    .await
}

/// Of these, the tasks that are on the worker's phone, with all that belongs to them.
pub async fn tasks(
    conn: &mut PgConnection,
    worker: WorkerId,
    ids: &[TaskId],
    since: Timestamp,
) -> Result<Vec<FieldTask>, sqlx::Error> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut tasks = tasks::store::of_ids(conn, ids).await?;
    tasks.retain(|task| holds(task, worker, since));
    let names = names(conn, &tasks).await?;
    let ids: Vec<TaskId> = tasks.iter().map(|task| task.id).collect();
    let mut checklists = checklists(conn, &ids).await?;
    let mut runs = runs(conn, &ids).await?;
    let mut incidents = incidents::open_of_tasks(conn, &ids).await?;
    let mut timers = timers(conn, &ids, &[]).await?;
    Ok(tasks
        .into_iter()
        .map(|task| FieldTask {
            crew: task
                .workers
                .iter()
                .filter_map(|id| Some(FieldWorker { id: *id, name: names.get(id)?.clone() }))
                .collect(),
            checklists: checklists.remove(&task.id).unwrap_or_default(),
            runs: runs.remove(&task.id).unwrap_or_default(),
            incidents: incidents.remove(&task.id).unwrap_or_default(),
            timers: timers.remove(&task.id.uuid()).unwrap_or_default(),
            task,
        })
        .collect())
}

/// What was promised of tasks and incidents, by the id of what it was promised of.
pub async fn timers(
    conn: &mut PgConnection,
    tasks: &[TaskId],
    incidents: &[IncidentId],
) -> Result<HashMap<Uuid, Vec<FieldTimer>>, sqlx::Error> {
    let mut by_thing: HashMap<Uuid, Vec<FieldTimer>> = HashMap::new();
    for timer in service_levels::shown(conn, tasks, incidents).await? {
        let thing = timer.task_id.map(TaskId::uuid).or(timer.incident_id.map(IncidentId::uuid));
        if let Some(thing) = thing {
            by_thing.entry(thing).or_default().push(FieldTimer::from(&timer));
        }
    }
    Ok(by_thing)
}

async fn names(
    conn: &mut PgConnection,
    tasks: &[Task],
) -> Result<HashMap<WorkerId, String>, sqlx::Error> {
    let ids: Vec<WorkerId> = tasks.iter().flat_map(|task| task.workers.clone()).collect();
    let rows = sqlx::query!(
        r#"select id as "id!: WorkerId", name as "name!" from resources_pub.worker
           where id = any($1)"#,
        &ids as &[WorkerId]
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.name)).collect())
}

/// The checklists that nobody has begun to answer, by task.
async fn checklists(
    conn: &mut PgConnection,
    tasks: &[TaskId],
) -> Result<HashMap<TaskId, Vec<Checklist>>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select l.task_id as "task_id: TaskId", c.id as "id: ChecklistId", c.code, v.name,
                  c.version, v.questions as "questions: Json<Vec<Question>>"
           from planning.task_checklist l
           join planning.checklist c on c.id = l.checklist_id
           join planning.checklist_version v on v.checklist_id = c.id and v.version = c.version
           where l.task_id = any($1)
             and not exists (select 1 from planning.checklist_run r
                             where r.task_id = l.task_id and r.checklist_id = l.checklist_id)
           order by v.name, c.id"#,
        tasks as &[TaskId]
    )
    .fetch_all(conn)
    .await?;
    let mut lists: HashMap<TaskId, Vec<Checklist>> = HashMap::new();
    for row in rows {
        let (id, code, name, version) = (row.id, row.code, row.name, row.version);
        let questions = row.questions.0;
        lists.entry(row.task_id).or_default().push(Checklist {
            id,
            code,
            name,
            questions,
            version,
        });
    }
    Ok(lists)
}

/// The checklists being answered, by task.
async fn runs(
    conn: &mut PgConnection,
    tasks: &[TaskId],
) -> Result<HashMap<TaskId, Vec<Run>>, sqlx::Error> {
    let mut runs: HashMap<TaskId, Vec<Run>> = HashMap::new();
    for run in checklists::store::runs_of_tasks(conn, tasks).await? {
        runs.entry(run.task_id).or_default().push(run);
    }
    Ok(runs)
}
