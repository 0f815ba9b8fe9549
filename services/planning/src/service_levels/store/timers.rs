//! The SQL of timers and of what they went through.

use auth::Visibility;
use chrono::{DateTime, Utc};
use contracts::{ServiceTarget, ServiceTimerChange, ServiceTimerState};
use kernel::{IncidentId, ProjectId, ServiceLevelId, ServiceTimerId, SiteId, TaskId, Timestamp};
use serde::Serialize;
use sqlx::PgConnection;
use sqlx::types::Json;
use utoipa::ToSchema;

use crate::service_levels::model::Promise;
use crate::service_levels::model::timer::{ServiceTimer, Thing};
use crate::words::Word;

/// `query_as!` over the columns of a timer, followed by the rest of the statement.
macro_rules! select_timers {
    ($rest:literal $(, $argument:expr)* $(,)?) => {
        sqlx::query_as!(
            ServiceTimer,
            r#"select t.id as "id: ServiceTimerId", t.task_id as "task_id: TaskId",
                   t.incident_id as "incident_id: IncidentId", t.site_id as "site_id: SiteId",
                   t.project_id as "project_id: ProjectId",
                   t.target as "target: Word<ServiceTarget>",
                   t.level_id as "level_id: ServiceLevelId", t.level_version,
                   t.promise as "promise: Json<Promise>",
                   t.state as "state: Word<ServiceTimerState>", t.started_at, t.due_at, t.met_at,
                   t.closed, t.paused_since, t.paused_s, t.warned_at, t.look_at, t.version
               from planning.service_timer t "# + $rest
            $(, $argument)*
        )
    };
}

impl From<Json<Self>> for Promise {
    fn from(Json(promise): Json<Self>) -> Self {
        promise
    }
}

fn ids(things: &[Thing]) -> (Vec<TaskId>, Vec<IncidentId>) {
    let tasks = things.iter().filter_map(|thing| thing.task()).collect();
    (tasks, things.iter().filter_map(|thing| thing.incident()).collect())
}

/// The timers of things, locked in the order of their ids until the end of the transaction: who
/// counts them reads the facts after this.
pub(crate) async fn lock_of(
    tx: &mut PgConnection,
    things: &[Thing],
) -> Result<Vec<ServiceTimer>, sqlx::Error> {
    let (tasks, incidents) = ids(things);
    select_timers!(
        "where t.task_id = any($1) or t.incident_id = any($2) order by t.id for update",
        &tasks as &[TaskId],
        &incidents as &[IncidentId]
    )
    .fetch_all(tx)
    .await
}

/// Of tasks, those with a timer that has not begun to count.
pub(crate) async fn ahead(
    conn: &mut PgConnection,
    tasks: &[TaskId],
    now: Timestamp,
) -> Result<Vec<TaskId>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select distinct task_id as "task!: TaskId" from planning.service_timer
           where task_id = any($1) and not closed and started_at > $2"#,
        tasks as &[TaskId],
        now
    )
    .fetch_all(conn)
    .await
}

/// The timers of tasks and incidents that are not dropped, those due first at the head.
pub(crate) async fn shown(
    conn: &mut PgConnection,
    tasks: &[TaskId],
    incidents: &[IncidentId],
) -> Result<Vec<ServiceTimer>, sqlx::Error> {
    select_timers!(
        "where (t.task_id = any($1) or t.incident_id = any($2)) and t.state <> 'dropped'
         order by t.due_at, t.id",
        tasks as &[TaskId],
        incidents as &[IncidentId]
    )
    .fetch_all(conn)
    .await
}

/// The timers of a site that time has changed, the longest due first, locked with what they are
/// about: of tasks as many as the limit, of incidents as many. Those that somebody else is at are
/// left to them.
pub(crate) async fn lock_due(
    tx: &mut PgConnection,
    site: SiteId,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<ServiceTimer>, sqlx::Error> {
    let mut due = select_timers!(
        "join planning.task about on about.id = t.task_id
         where t.site_id = $1 and t.look_at <= $2 order by t.look_at, t.id limit $3
         for no key update of about skip locked for update of t skip locked",
        site as SiteId,
        now,
        limit
    )
    .fetch_all(&mut *tx)
    .await?;
    let of_incidents = select_timers!(
        "join planning.incident about on about.id = t.incident_id
         where t.site_id = $1 and t.look_at <= $2 order by t.look_at, t.id limit $3
         for no key update of about skip locked for update of t skip locked",
        site as SiteId,
        now,
        limit
    )
    .fetch_all(tx)
    .await?;
    due.extend(of_incidents);
    Ok(due)
}

/// The timers of things that nobody else is at, locked with what they are about.
pub(crate) async fn lock_free(
    tx: &mut PgConnection,
    things: &[Thing],
) -> Result<Vec<ServiceTimer>, sqlx::Error> {
    let (tasks, incidents) = ids(things);
    let mut free = select_timers!(
        "join planning.task about on about.id = t.task_id
         where t.task_id = any($1) order by t.id
         for no key update of about skip locked for update of t skip locked",
        &tasks as &[TaskId]
    )
    .fetch_all(&mut *tx)
    .await?;
    let of_incidents = select_timers!(
        "join planning.incident about on about.id = t.incident_id
         where t.incident_id = any($1) order by t.id
         for no key update of about skip locked for update of t skip locked",
        &incidents as &[IncidentId]
    )
    .fetch_all(tx)
    .await?;
    free.extend(of_incidents);
    Ok(free)
}

/// When time changes a timer of a site next, and the site's project.
pub(crate) async fn next(
    conn: &mut PgConnection,
    site: SiteId,
) -> Result<Option<(Timestamp, ProjectId)>, sqlx::Error> {
    let next = sqlx::query!(
        r#"select look_at as "look_at!", project_id as "project: ProjectId"
           from planning.service_timer
           where site_id = $1 and look_at is not null order by look_at limit 1"#,
        site as SiteId
    )
    .fetch_optional(conn)
    .await?;
    Ok(next.map(|next| (next.look_at, next.project)))
}

/// The open timers of a project that count a calendar's hours, after one.
pub(crate) async fn working(
    conn: &mut PgConnection,
    project: ProjectId,
    after: Option<ServiceTimerId>,
    limit: i64,
) -> Result<Vec<ServiceTimer>, sqlx::Error> {
    select_timers!(
        "where t.project_id = $1 and not t.closed and t.state <> 'breached'
           and t.promise ->> 'counts' = 'working' and ($2::uuid is null or t.id > $2)
         order by t.id limit $3",
        project as ProjectId,
        after as Option<ServiceTimerId>,
        limit
    )
    .fetch_all(conn)
    .await
}

/// Which timers a list shows.
#[derive(Debug, Default)]
pub(crate) struct Filter {
    pub id: Option<ServiceTimerId>,
    pub project: Option<ProjectId>,
    pub site: Option<SiteId>,
    pub task: Option<TaskId>,
    pub incident: Option<IncidentId>,
    pub state: Option<ServiceTimerState>,
    pub open: Option<bool>,
    pub due_before: Option<Timestamp>,
    pub after: Option<(Timestamp, ServiceTimerId)>,
    pub limit: i64,
}

/// The timers that are seen, those due first at the head. Who sees a task or reported an incident
/// sees its timers.
pub(crate) async fn list(
    conn: &mut PgConnection,
    seen: &Visibility,
    filter: &Filter,
) -> Result<Vec<ServiceTimer>, sqlx::Error> {
    let after = filter.after;
    select_timers!(
        "where ($1 or t.project_id = any($2) or t.site_id = any($3)
                or exists (select from planning.assignment a
                           where a.task_id = t.task_id and a.worker_id = any($4))
                or exists (select from planning.incident i
                           where i.id = t.incident_id and i.reporter_worker_id = any($4)))
           and ($5::uuid is null or t.project_id = $5) and ($6::uuid is null or t.site_id = $6)
           and ($7::uuid is null or t.task_id = $7) and ($8::uuid is null or t.incident_id = $8)
           and ($9::text is null or t.state = $9) and ($10::bool is null or t.closed <> $10)
           and ($11::timestamptz is null or t.due_at < $11)
           and ($12::timestamptz is null or (t.due_at, t.id) > ($12, $13::uuid))
           and ($14::uuid is null or t.id = $14)
         order by t.due_at, t.id limit $15",
        seen.all,
        &seen.projects as &[ProjectId],
        &seen.sites as &[SiteId],
        &seen.workers as &[kernel::WorkerId],
        filter.project as Option<ProjectId>,
        filter.site as Option<SiteId>,
        filter.task as Option<TaskId>,
        filter.incident as Option<IncidentId>,
        filter.state.map(ServiceTimerState::as_str),
        filter.open,
        filter.due_before,
        after.map(|a| a.0),
        after.map(|a| a.1) as Option<ServiceTimerId>,
        filter.id as Option<ServiceTimerId>,
        filter.limit
    )
    .fetch_all(conn)
    .await
}

/// Something that a timer went through.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ServiceTimerEntry {
    /// The timer's version that it reached.
    pub version: i64,
    /// What happened.
    pub change: ServiceTimerChange,
    /// How it stood then.
    pub state: ServiceTimerState,
    /// By when it was due then.
    pub due_at: DateTime<Utc>,
    /// When what was promised happened, by the device's clock, as far as was known.
    pub met_at: Option<DateTime<Utc>>,
    /// The service level that promised it.
    pub level_id: ServiceLevelId,
    /// Its version then.
    pub level_version: i64,
    /// When the server counted it so.
    pub at: DateTime<Utc>,
}

impl ServiceTimerEntry {
    /// What a timer went through just now.
    pub(crate) fn of(timer: &ServiceTimer, change: ServiceTimerChange, at: Timestamp) -> Self {
        Self {
            version: timer.version,
            change,
            state: timer.state,
            due_at: timer.due_at,
            met_at: timer.met_at,
            level_id: timer.level_id,
            level_version: timer.level_version,
            at,
        }
    }
}

/// What a timer went through, the first first.
pub(crate) async fn entries(
    conn: &mut PgConnection,
    timer: ServiceTimerId,
    after: Option<i64>,
    limit: i64,
) -> Result<Vec<ServiceTimerEntry>, sqlx::Error> {
    sqlx::query_as!(
        ServiceTimerEntry,
        r#"select version, change as "change: Word<ServiceTimerChange>",
               state as "state: Word<ServiceTimerState>", due_at, met_at,
               level_id as "level_id: ServiceLevelId", level_version, at
           from planning.service_timer_entry
           where timer_id = $1 and ($2::bigint is null or version > $2)
           order by version limit $3"#,
        timer as ServiceTimerId,
        after,
        limit
    )
    .fetch_all(conn)
    .await
}

#[derive(Serialize)]
struct Row<'a> {
    #[serde(flatten)]
    timer: &'a ServiceTimer,
    look_at: Option<Timestamp>,
}

#[derive(Serialize)]
struct EntryRow<'a> {
    timer_id: ServiceTimerId,
    #[serde(flatten)]
    entry: &'a ServiceTimerEntry,
}

/// Stores timers, new or changed, and what they went through.
pub(crate) async fn save(
    tx: &mut PgConnection,
    timers: &[ServiceTimer],
    entries: &[(ServiceTimerId, ServiceTimerEntry)],
) -> Result<(), sqlx::Error> {
    let rows: Vec<_> = timers.iter().map(|t| Row { timer: t, look_at: t.look_at }).collect();
    sqlx::query!(
        "insert into planning.service_timer as t
             (id, task_id, incident_id, site_id, project_id, target, level_id, level_version,
              promise, state, started_at, due_at, met_at, closed, paused_since, paused_s,
              warned_at, look_at, version)
         select x.id, x.task_id, x.incident_id, x.site_id, x.project_id, x.target, x.level_id,
                x.level_version, x.promise, x.state, x.started_at, x.due_at, x.met_at, x.closed,
                x.paused_since, x.paused_s, x.warned_at, x.look_at, x.version
         from jsonb_to_recordset($1) as x
             (id uuid, task_id uuid, incident_id uuid, site_id uuid, project_id uuid, target text,
              level_id uuid, level_version bigint, promise jsonb, state text,
              started_at timestamptz, due_at timestamptz, met_at timestamptz, closed boolean,
              paused_since timestamptz, paused_s bigint, warned_at timestamptz,
              look_at timestamptz, version bigint)
         on conflict (id) do update
         set level_id = excluded.level_id, level_version = excluded.level_version,
             promise = excluded.promise, state = excluded.state,
             started_at = excluded.started_at, due_at = excluded.due_at,
             met_at = excluded.met_at, closed = excluded.closed,
             paused_since = excluded.paused_since, paused_s = excluded.paused_s,
             warned_at = excluded.warned_at, look_at = excluded.look_at,
             version = excluded.version",
        Json(&rows) as Json<&Vec<Row<'_>>>
    )
    .execute(&mut *tx)
    .await?;
    let rows: Vec<_> =
        entries.iter().map(|(timer_id, entry)| EntryRow { timer_id: *timer_id, entry }).collect();
    sqlx::query!(
        "insert into planning.service_timer_entry
             (timer_id, version, change, state, due_at, met_at, level_id, level_version, at)
         select x.timer_id, x.version, x.change, x.state, x.due_at, x.met_at, x.level_id,
                x.level_version, x.at
         from jsonb_to_recordset($1) as x
             (timer_id uuid, version bigint, change text, state text, due_at timestamptz,
              met_at timestamptz, level_id uuid, level_version bigint, at timestamptz)",
        Json(&rows) as Json<&Vec<EntryRow<'_>>>
    )
    .execute(tx)
    .await?;
    Ok(())
}
