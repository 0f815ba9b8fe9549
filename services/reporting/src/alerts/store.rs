//! The SQL of alerts.

use auth::Visibility;
use kernel::{AlertId, ProjectId, SiteId, Timestamp, UserId, WorkerId};
use sqlx::{Error, PgConnection};
use uuid::Uuid;

use super::model::{Alarm, Alert, Rule, Stirred};

/// The things of which an alert is to be raised or cleared at `now`.
pub async fn unsettled(conn: &mut PgConnection, now: Timestamp) -> Result<Vec<Uuid>, Error> {
    sqlx::query_scalar!(
        r#"select entity_id as "entity_id!" from reporting.alarming g
           where since <= $1 and not exists (
               select from reporting.alert a where a.rule = g.rule
                   and a.entity_id = g.entity_id and a.cleared_at is null)
           union
           select entity_id from reporting.alert a
           where cleared_at is null and not exists (
               select from reporting.alarming g where g.rule = a.rule
                   and g.entity_id = a.entity_id and g.since <= greatest($1, a.raised_at))"#,
        now
    )
    .fetch_all(conn)
    .await
}

/// What is alarming about a thing at `now` without an open alert.
pub async fn alarms(
    conn: &mut PgConnection,
    now: Timestamp,
    thing: Uuid,
) -> Result<Vec<Alarm>, Error> {
    sqlx::query_as!(
        Alarm,
        r#"select rule as "rule!", entity as "entity!", entity_id as "entity_id!",
                  project_id as "project_id: ProjectId", site_id as "site_id: SiteId",
                  workers as "workers!: Vec<WorkerId>"
           from reporting.alarming g
           where since <= $1 and entity_id = $2 and not exists (
               select from reporting.alert a where a.rule = g.rule
                   and a.entity_id = g.entity_id and a.cleared_at is null)"#,
        now,
        thing
    )
    .fetch_all(conn)
    .await
}

/// Raises an alert.
pub async fn raise(tx: &mut PgConnection, alarm: Alarm, now: Timestamp) -> Result<Stirred, Error> {
    let id = AlertId::new();
    sqlx::query!(
        "insert into reporting.alert
             (id, rule, entity, entity_id, project_id, site_id, workers, raised_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        id as AlertId,
        alarm.rule,
        alarm.entity,
        alarm.entity_id,
        alarm.project_id as Option<ProjectId>,
        alarm.site_id as Option<SiteId>,
        &alarm.workers as &[WorkerId],
        now
    )
    .execute(tx)
    .await?;
    let Alarm { rule, entity, entity_id, project_id, site_id, workers } = alarm;
    Ok(Stirred { id, version: 1, rule, entity, entity_id, project_id, site_id, workers })
}

/// Clears the alerts about a thing that the facts no longer bear out. News that is told late (`now` before the
/// raising) clears nothing that time alone made late.
pub async fn clear(
    tx: &mut PgConnection,
    now: Timestamp,
    thing: Uuid,
) -> Result<Vec<Stirred>, Error> {
    sqlx::query_as!(
        Stirred,
        r#"update reporting.alert a
           set cleared_at = greatest($1, a.raised_at), version = a.version + 1
           where cleared_at is null and entity_id = $2 and not exists (
               select from reporting.alarming g where g.rule = a.rule
                   and g.entity_id = a.entity_id and g.since <= greatest($1, a.raised_at))
           returning id as "id: AlertId", version, rule, entity, entity_id,
                     project_id as "project_id: ProjectId", site_id as "site_id: SiteId",
                     workers as "workers: Vec<WorkerId>""#,
        now,
        thing
    )
    .fetch_all(tx)
    .await
}

/// A worker's certificates of which a reminder came.
pub async fn reminded(conn: &mut PgConnection, worker: WorkerId) -> Result<Vec<Uuid>, Error> {
    sqlx::query_scalar!(
        "select id from reporting.certificate_fact
         where worker_id = $1 and reminded_for is not null order by id",
        worker as WorkerId
    )
    .fetch_all(conn)
    .await
}

/// A row as it stands.
struct Row {
    id: AlertId,
    version: i64,
    rule: String,
    entity: String,
    entity_id: Uuid,
    project_id: Option<ProjectId>,
    site_id: Option<SiteId>,
    workers: Vec<WorkerId>,
    raised_at: Timestamp,
    cleared_at: Option<Timestamp>,
    acknowledged_at: Option<Timestamp>,
    acknowledged_by: Option<UserId>,
}

impl TryFrom<Row> for Alert {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self, Error> {
        Ok(Self {
            id: row.id,
            version: row.version,
            rule: Rule::try_from(row.rule).map_err(|e| Error::Decode(e.into()))?,
            entity: row.entity,
            entity_id: row.entity_id,
            project_id: row.project_id,
            site_id: row.site_id,
            workers: row.workers,
            raised_at: row.raised_at,
            cleared_at: row.cleared_at,
            acknowledged_at: row.acknowledged_at,
            acknowledged_by: row.acknowledged_by,
        })
    }
}

/// What a list of alerts is narrowed by.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// What the caller may see.
    pub visible: Visibility,
    /// Whether the caller manages workers.
    pub certificates: bool,
    /// Of which projects the caller sees the money.
    pub money: Visibility,
    /// Of this project only.
    pub project: Option<ProjectId>,
    /// Of this site only.
    pub site: Option<SiteId>,
    /// Open ones (true), cleared ones (false), or both.
    pub open: Option<bool>,
}

/// Alerts, the newest first, before `before`.
pub async fn list(
    conn: &mut PgConnection,
    filter: &Filter,
    before: Option<AlertId>,
    limit: i64,
) -> Result<Vec<Alert>, Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"select id as "id: AlertId", version, rule, entity, entity_id,
                  project_id as "project_id: ProjectId", site_id as "site_id: SiteId",
                  workers as "workers: Vec<WorkerId>", raised_at, cleared_at, acknowledged_at,
                  acknowledged_by as "acknowledged_by: UserId"
           from reporting.alert
           where ($1 or project_id = any($2) or site_id = any($3) or workers && $4
                  or ($12 and rule = 'certificate_expiring'))
             and ($5::uuid is null or project_id = $5) and ($6::uuid is null or site_id = $6)
             and ($7::bool is null or (cleared_at is null) = $7)
             and ($8::uuid is null or id < $8)
             and (rule <> 'forecast_over' or $10 or project_id = any($11))
           order by id desc limit $9"#,
        filter.visible.all,
        &filter.visible.projects as &[ProjectId],
        &filter.visible.sites as &[SiteId],
        &filter.visible.workers as &[WorkerId],
        filter.project as Option<ProjectId>,
        filter.site as Option<SiteId>,
        filter.open,
        before as Option<AlertId>,
        limit + 1,
        filter.money.all,
        &filter.money.projects as &[ProjectId],
        filter.certificates
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(Alert::try_from).collect()
}

/// An alert, locked until the end of the transaction.
pub async fn lock(tx: &mut PgConnection, id: AlertId) -> Result<Option<Alert>, Error> {
    let row = sqlx::query_as!(
        Row,
        r#"select id as "id: AlertId", version, rule, entity, entity_id,
                  project_id as "project_id: ProjectId", site_id as "site_id: SiteId",
                  workers as "workers: Vec<WorkerId>", raised_at, cleared_at, acknowledged_at,
                  acknowledged_by as "acknowledged_by: UserId"
           from reporting.alert where id = $1 for update"#,
        id as AlertId
    )
    .fetch_optional(tx)
    .await?;
    row.map(Alert::try_from).transpose()
}

/// Notes who looks into it.
pub async fn acknowledge(
    tx: &mut PgConnection,
    alert: &mut Alert,
    by: UserId,
    now: Timestamp,
) -> Result<(), Error> {
    alert.version += 1;
    alert.acknowledged_at = Some(now);
    alert.acknowledged_by = Some(by);
    sqlx::query!(
        "update reporting.alert set version = $2, acknowledged_at = $3, acknowledged_by = $4
         where id = $1",
        alert.id as AlertId,
        alert.version,
        now,
        by as UserId
    )
    .execute(tx)
    .await?;
    Ok(())
}
