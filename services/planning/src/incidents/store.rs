//! The SQL of incidents.

use std::collections::HashMap;

use auth::Visibility;
use contracts::{IncidentSeverity, IncidentStatus};
use kernel::{
    ChecklistRunId, IncidentId, PhotoId, Position, ProjectId, SiteId, TaskId, Timestamp, UserId,
    WorkerId,
};
use sqlx::PgConnection;
use sqlx::types::Json;

use super::model::{Cause, Escalated, Incident, OpenIncident, Resolution};
use crate::words::Word;

struct Row {
    id: IncidentId,
    site_id: SiteId,
    project_id: ProjectId,
    task_id: Option<TaskId>,
    title: String,
    description: String,
    severity: IncidentSeverity,
    cause: Cause,
    status: IncidentStatus,
    reported_at: Timestamp,
    recorded_at: Timestamp,
    position: Option<Json<Position>>,
    reported_by: UserId,
    reporter_worker_id: Option<WorkerId>,
    responded_at: Option<Timestamp>,
    resolution: Option<String>,
    resolved_at: Option<Timestamp>,
    resolved_by: Option<UserId>,
    run_id: Option<ChecklistRunId>,
    question: Option<String>,
    blocks_task: bool,
    delay_min: Option<i32>,
    delayed_until: Option<Timestamp>,
    expected_until: Option<Timestamp>,
    by_client: bool,
    plan_kept: bool,
    escalation: i16,
    escalated_at: Option<Timestamp>,
    photo_ids: Vec<PhotoId>,
    version: i64,
}

impl From<Row> for Incident {
    fn from(row: Row) -> Self {
        let resolution = match (row.resolution, row.resolved_at, row.resolved_by) {
            (Some(text), Some(at), Some(by)) => Some(Resolution { text, at, by }),
            _ => None,
        };
        Self {
            id: row.id,
            site_id: row.site_id,
            project_id: row.project_id,
            task_id: row.task_id,
            title: row.title,
            description: row.description,
            severity: row.severity,
            cause: row.cause,
            status: row.status,
            reported_at: row.reported_at,
            recorded_at: row.recorded_at,
            position: row.position.map(|p| p.0),
            reported_by: row.reported_by,
            reporter_worker_id: row.reporter_worker_id,
            responded_at: row.responded_at,
            resolution,
            run_id: row.run_id,
            question: row.question,
            blocks_task: row.blocks_task,
            delay_min: row.delay_min,
            delayed_until: row.delayed_until,
            expected_until: row.expected_until,
            by_client: row.by_client,
            plan_kept: row.plan_kept,
            escalated_to: Escalated::at_level(row.escalation),
            escalated_at: row.escalated_at,
            photo_ids: row.photo_ids,
            version: row.version,
        }
    }
}

/// `query_as!` over the columns of an incident, followed by the rest of the statement.
macro_rules! select_incidents {
    ($rest:literal $(, $argument:expr)* $(,)?) => {
        sqlx::query_as!(
            Row,
            r#"select id as "id: IncidentId", site_id as "site_id: SiteId",
                   project_id as "project_id: ProjectId", task_id as "task_id: TaskId",
                   title, description, severity as "severity: Word<IncidentSeverity>",
                   cause as "cause: Cause", status as "status: Word<IncidentStatus>",
                   reported_at, recorded_at, position as "position: Json<Position>",
                   reported_by as "reported_by: UserId",
                   reporter_worker_id as "reporter_worker_id: WorkerId", responded_at,
                   resolution, resolved_at, resolved_by as "resolved_by: UserId",
                   run_id as "run_id: ChecklistRunId", question, blocks_task, delay_min,
                   delayed_until, expected_until, by_client, plan_kept, escalation, escalated_at,
                   array(select p.photo_id from planning.incident_photo p
                         where p.incident_id = incident.id
                         order by p.photo_id) as "photo_ids!: Vec<PhotoId>", version
               from planning.incident "# + $rest
            $(, $argument)*
        )
    };
}

/// Lets one writer at a time change an incident, until the end of the transaction.
pub async fn lock(tx: &mut PgConnection, id: IncidentId) -> Result<(), sqlx::Error> {
    sqlx::query!("select id from planning.incident where id = $1 for update", id as IncidentId)
        .fetch_optional(tx)
        .await?;
    Ok(())
}

/// An incident.
pub async fn find(
    conn: &mut PgConnection,
    id: IncidentId,
) -> Result<Option<Incident>, sqlx::Error> {
    let row = select_incidents!("where id = $1", id as IncidentId).fetch_optional(conn).await?;
    Ok(row.map(Into::into))
}

/// Which incidents a list shows.
pub struct Filter {
    /// On this site.
    pub site: Option<SiteId>,
    /// About this task.
    pub task: Option<TaskId>,
    /// That stand so.
    pub status: Option<IncidentStatus>,
    /// As bad as this.
    pub severity: Option<IncidentSeverity>,
    /// After this one.
    pub after: Option<IncidentId>,
    /// So many at most.
    pub limit: i64,
}

/// The incidents that are seen, in the order of their ids.
pub async fn list(
    conn: &mut PgConnection,
    seen: &Visibility,
    filter: &Filter,
) -> Result<Vec<Incident>, sqlx::Error> {
    let rows = select_incidents!(
        "where ($1 or project_id = any($2) or site_id = any($3)
                or reporter_worker_id = any($4))
           and ($5::uuid is null or site_id = $5)
           and ($6::uuid is null or task_id = $6)
           and ($7::text is null or status = $7)
           and ($8::text is null or severity = $8)
           and ($9::uuid is null or id > $9)
         order by id limit $10",
        seen.all,
        &seen.projects as &[ProjectId],
        &seen.sites as &[SiteId],
        &seen.workers as &[WorkerId],
        filter.site as Option<SiteId>,
        filter.task as Option<TaskId>,
        filter.status.map(IncidentStatus::as_str),
        filter.severity.map(IncidentSeverity::as_str),
        filter.after as Option<IncidentId>,
        filter.limit
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// The incidents that are not resolved, after one, in the order of their ids.
pub async fn open(
    conn: &mut PgConnection,
    after: Option<IncidentId>,
    limit: i64,
) -> Result<Vec<Incident>, sqlx::Error> {
    let rows = select_incidents!(
        "where status <> 'resolved' and ($1::uuid is null or id > $1) order by id limit $2",
        after as Option<IncidentId>,
        limit
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// Of these, the incidents the worker reported that are not resolved or were since `since`.
pub async fn recent(
    conn: &mut PgConnection,
    worker: WorkerId,
    ids: &[IncidentId],
    since: Timestamp,
) -> Result<Vec<Incident>, sqlx::Error> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows = select_incidents!(
        "where reporter_worker_id = $1 and id = any($2)
           and (resolved_at is null or resolved_at >= $3)
         order by id",
        worker as WorkerId,
        ids as &[IncidentId],
        since
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// The incidents of these tasks that are not resolved, by task, the worst first; of each task the
/// first 20.
pub async fn open_of_tasks(
    conn: &mut PgConnection,
    tasks: &[TaskId],
) -> Result<HashMap<TaskId, Vec<OpenIncident>>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select i.id as "id!: IncidentId", task.id as "task!: TaskId", i.title as "title!",
                  i.severity as "severity!: Word<IncidentSeverity>", i.cause as "cause!: Cause",
                  i.status as "status!: Word<IncidentStatus>", i.blocks_task as "blocks_task!",
                  i.expected_until, i.reported_at as "reported_at!"
           from unnest($1::uuid[]) as task (id)
           cross join lateral (
               select * from planning.incident one
               where one.task_id = task.id and one.resolved_at is null
               order by one.blocks_task desc,
                        array_position(array['critical', 'high', 'medium', 'low'], one.severity),
                        one.id
               limit 20) i"#,
        tasks as &[TaskId]
    )
    .fetch_all(conn)
    .await?;
    let mut by_task: HashMap<TaskId, Vec<OpenIncident>> = HashMap::new();
    for row in rows {
        by_task.entry(row.task).or_default().push(OpenIncident {
            id: row.id,
            title: row.title,
            severity: row.severity.into(),
            cause: row.cause,
            status: row.status.into(),
            blocks_task: row.blocks_task,
            expected_until: row.expected_until,
            reported_at: row.reported_at,
        });
    }
    Ok(by_task)
}

/// Everybody who is or was on a task of this site; none where there is no such task.
pub async fn workers_of(
    conn: &mut PgConnection,
    task: TaskId,
    site: SiteId,
) -> Result<Option<Vec<WorkerId>>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select array(select worker_id from planning.change
                        where kind = 'task' and entity_id = t.id) as "workers!: Vec<WorkerId>"
           from planning.task t where id = $1 and site_id = $2"#,
        task as TaskId,
        site as SiteId
    )
    .fetch_optional(conn)
    .await
}

/// Stores a new incident; false where the answer that opens it has opened one before.
pub async fn insert(tx: &mut PgConnection, incident: &Incident) -> Result<bool, sqlx::Error> {
    let stored = sqlx::query!(
        "insert into planning.incident
             (id, site_id, project_id, task_id, title, description, severity, cause, status,
              reported_at, recorded_at, position, reported_by, reporter_worker_id, version,
              run_id, question, blocks_task, delay_min, expected_until, plan_kept, delayed_until,
              by_client)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
                 $19, $20, $21, $22, $23)
         on conflict on constraint incident_of_answer do nothing",
        incident.id as IncidentId,
        incident.site_id as SiteId,
        incident.project_id as ProjectId,
        incident.task_id as Option<TaskId>,
        incident.title,
        incident.description,
        incident.severity.as_str(),
        incident.cause as Cause,
        incident.status.as_str(),
        incident.reported_at,
        incident.recorded_at,
        incident.position.map(Json) as Option<Json<Position>>,
        incident.reported_by as UserId,
        incident.reporter_worker_id as Option<WorkerId>,
        incident.version,
        incident.run_id as Option<ChecklistRunId>,
        incident.question,
        incident.blocks_task,
        incident.delay_min,
        incident.expected_until,
        incident.plan_kept,
        incident.delayed_until,
        incident.by_client
    )
    .execute(&mut *tx)
    .await?;
    if stored.rows_affected() == 0 {
        return Ok(false);
    }
    link_photos(tx, incident).await?;
    Ok(true)
}

async fn link_photos(tx: &mut PgConnection, incident: &Incident) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into planning.incident_photo (incident_id, photo_id)
         select $1, photo from unnest($2::uuid[]) photo on conflict do nothing",
        incident.id as IncidentId,
        &incident.photo_ids as &[PhotoId]
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Stores what an incident has become.
pub async fn update(tx: &mut PgConnection, incident: &Incident) -> Result<(), sqlx::Error> {
    let resolution = incident.resolution.as_ref();
    sqlx::query!(
        "update planning.incident
         set title = $2, description = $3, severity = $4, cause = $5, status = $6,
             resolution = $7, resolved_at = $8, resolved_by = $9, version = $10,
             expected_until = $11, plan_kept = $12, escalation = $13, escalated_at = $14,
             responded_at = $15, blocks_task = $16, delay_min = $17, delayed_until = $18,
             by_client = $19
         where id = $1",
        incident.id as IncidentId,
        incident.title,
        incident.description,
        incident.severity.as_str(),
        incident.cause as Cause,
        incident.status.as_str(),
        resolution.map(|r| &r.text) as Option<&String>,
        resolution.map(|r| r.at),
        resolution.map(|r| r.by) as Option<UserId>,
        incident.version,
        incident.expected_until,
        incident.plan_kept,
        incident.escalated_to.map_or(0, Escalated::level),
        incident.escalated_at,
        incident.responded_at,
        incident.blocks_task,
        incident.delay_min,
        incident.delayed_until,
        incident.by_client
    )
    .execute(&mut *tx)
    .await?;
    link_photos(tx, incident).await
}
