//! The SQL of what is known of tasks and incidents that were promised something.

use contracts::{IncidentSeverity, ServiceTarget, TaskStatus};
use kernel::{IncidentId, ProjectId, SiteId, TaskId, Timestamp};
use serde::Deserialize;
use sqlx::PgConnection;
use sqlx::types::Json;

use crate::service_levels::model::Kind;
use crate::service_levels::model::meter::Pause;
use crate::service_levels::model::timer::{Facts, Thing};
use crate::tasks::model::Priority;
use crate::words::Word;

/// What is known of a thing.
pub(crate) struct Case {
    pub thing: Thing,
    pub project: ProjectId,
    pub site: SiteId,
    /// The site's zone.
    pub zone: String,
    pub kind: Kind,
    /// When a task is planned to begin.
    pub planned_at: Option<Timestamp>,
    responded_at: Option<Timestamp>,
    resolved_at: Option<Timestamp>,
    cancelled: bool,
    blocks: Vec<(Pause, bool)>,
}

impl Case {
    /// The facts about one of its promises.
    pub(crate) fn facts(&self, target: ServiceTarget) -> Facts {
        let happened_at = match target {
            ServiceTarget::Respond => self.responded_at.or(self.resolved_at),
            ServiceTarget::Resolve => self.resolved_at,
        };
        Facts { happened_at, over: self.cancelled, blocks: self.blocks.clone() }
    }
}

#[derive(Debug, Deserialize)]
struct BlockRow {
    since: Timestamp,
    until: Option<Timestamp>,
    by_client: bool,
}

fn blocks(rows: Json<Vec<BlockRow>>) -> Vec<(Pause, bool)> {
    let read = |row: BlockRow| (Pause { since: row.since, until: row.until }, row.by_client);
    rows.0.into_iter().map(read).collect()
}

/// What is known of things.
pub(crate) async fn of(
    conn: &mut PgConnection,
    things: &[Thing],
) -> Result<Vec<Case>, sqlx::Error> {
    let tasks: Vec<_> = things.iter().filter_map(|thing| thing.task()).collect();
    let incidents: Vec<_> = things.iter().filter_map(|thing| thing.incident()).collect();
    let mut cases = Vec::with_capacity(things.len());
    if !tasks.is_empty() {
        cases.extend(of_tasks(conn, &tasks).await?);
    }
    if !incidents.is_empty() {
        cases.extend(of_incidents(conn, &incidents).await?);
    }
    Ok(cases)
}

async fn of_tasks(conn: &mut PgConnection, ids: &[TaskId]) -> Result<Vec<Case>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select t.id as "id: TaskId", t.project_id as "project: ProjectId",
               t.site_id as "site: SiteId", coalesce(s.zone, 'UTC') as "zone!",
               t.priority as "priority: Priority", t.status as "status: Word<TaskStatus>",
               t.starts_at, t.responded_at, t.finished_at,
               exists (select from planning.task_occurrence o
                       where o.task_id = t.id) as "recurring!",
               (select coalesce(jsonb_agg(jsonb_build_object(
                           'since', b.since, 'until', b.ended_at, 'by_client', b.by_client)
                           order by b.since), '[]')
                from planning.task_block b
                where b.task_id = t.id) as "blocks!: Json<Vec<BlockRow>>"
           from planning.task t left join projects_pub.site s on s.id = t.site_id
           where t.id = any($1) order by t.id"#,
        ids as &[TaskId]
    )
    .fetch_all(conn)
    .await?;
    let read = rows.into_iter().map(|row| Case {
        thing: Thing::Task(row.id),
        project: row.project,
        site: row.site,
        zone: row.zone,
        kind: Kind::Task { priority: row.priority, recurring: row.recurring },
        planned_at: Some(row.starts_at),
        responded_at: row.responded_at,
        resolved_at: row.finished_at,
        cancelled: TaskStatus::from(row.status) == TaskStatus::Cancelled,
        blocks: blocks(row.blocks),
    });
    Ok(read.collect())
}

/// Of an incident's blocks those count by which the client is waited for: that it blocks a task is
/// what it is to be resolved for.
async fn of_incidents(
    conn: &mut PgConnection,
    ids: &[IncidentId],
) -> Result<Vec<Case>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select i.id as "id: IncidentId", i.project_id as "project: ProjectId",
               i.site_id as "site: SiteId", coalesce(s.zone, 'UTC') as "zone!",
               i.severity as "severity: Word<IncidentSeverity>", i.responded_at, i.resolved_at,
               (select coalesce(jsonb_agg(jsonb_build_object(
                           'since', b.since, 'until', b.ended_at, 'by_client', true)
                           order by b.since), '[]')
                from planning.task_block b
                where b.incident_id = i.id and b.by_client) as "blocks!: Json<Vec<BlockRow>>"
           from planning.incident i left join projects_pub.site s on s.id = i.site_id
           where i.id = any($1) order by i.id"#,
        ids as &[IncidentId]
    )
    .fetch_all(conn)
    .await?;
    let read = rows.into_iter().map(|row| Case {
        thing: Thing::Incident(row.id),
        project: row.project,
        site: row.site,
        zone: row.zone,
        kind: Kind::Incident { severity: row.severity.into() },
        planned_at: None,
        responded_at: row.responded_at,
        resolved_at: row.resolved_at,
        cancelled: false,
        blocks: blocks(row.blocks),
    });
    Ok(read.collect())
}
