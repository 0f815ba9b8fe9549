//! The SQL of days.

use auth::Visibility;
use chrono::NaiveDate;
use kernel::{DepotId, PartId, ProjectId, SiteId, TaskId, Timestamp, VehicleId, WorkerId};
use sqlx::PgConnection;

use super::model::{Depot, Part, Vehicle};

/// What day is asked for, by whom it is seen, and where.
pub(super) struct Asked<'a> {
    /// What tasks the caller sees.
    pub seen: &'a Visibility,
    /// The day in each site's own zone; none: its today.
    pub date: Option<NaiveDate>,
    /// The present time.
    pub now: Timestamp,
    /// On this site alone.
    pub site: Option<SiteId>,
    /// In this project alone.
    pub project: Option<ProjectId>,
}

/// The tasks that are a worker's on a day, by start: those planned on it, and those worked on. A
/// day is each site's own.
pub(super) async fn tasks_of(
    conn: &mut PgConnection,
    worker: WorkerId,
    date: Option<NaiveDate>,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<TaskId>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select t.id as "id!: TaskId"
           from planning.assignment a
           join planning.task t on t.id = a.task_id
           join projects_pub.site s on s.id = t.site_id
           cross join lateral (
               select coalesce($2, ($3::timestamptz at time zone s.zone)::date) as day) d
           cross join lateral (
               select d.day::timestamp at time zone s.zone as begins,
                      (d.day + 1)::timestamp at time zone s.zone as ends) o
           where a.worker_id = $1 and t.status <> 'cancelled'
             and (t.starts_at < o.ends
                      and (t.ends_at > o.begins or t.starts_at = t.ends_at and t.starts_at >= o.begins)
                  or t.started_at < o.ends and coalesce(t.finished_at, $3) >= o.begins)
           order by t.starts_at, t.id limit $4"#,
        worker as WorkerId,
        date,
        now,
        limit
    )
    .fetch_all(conn)
    .await
}

/// A worker who has work on a day, and what of it the caller sees.
pub(super) struct Row {
    pub worker: WorkerId,
    pub name: String,
    pub tasks: i64,
    pub done: i64,
    pub blocked: i64,
    pub from: Timestamp,
    pub to: Timestamp,
    pub sites: Vec<SiteId>,
    pub next: Option<TaskId>,
}

/// Those who work on a day on what the caller sees, by name, after the one that the cursor names.
pub(super) async fn working(
    conn: &mut PgConnection,
    asked: &Asked<'_>,
    after: Option<&(String, WorkerId)>,
    limit: i64,
) -> Result<Vec<Row>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        r#"select w.id as "worker!: WorkerId", w.name as "name!", count(*) as "tasks!",
               count(*) filter (where t.status in ('done', 'validated')) as "done!",
               count(*) filter (where t.status = 'blocked') as "blocked!",
               min(greatest(t.starts_at, o.begins)) as "from!",
               max(least(t.ends_at, o.ends)) as "to!",
               array_agg(distinct t.site_id) as "sites!: Vec<SiteId>",
               (array_agg(t.id order by
                    t.status not in ('travelling', 'on_site', 'in_progress'), t.starts_at, t.id)
                    filter (where t.status not in ('done', 'validated')))[1] as "next: TaskId"
           from planning.assignment a
           join planning.task t on t.id = a.task_id
           join projects_pub.site s on s.id = t.site_id
           join resources_pub.worker w on w.id = a.worker_id
           cross join lateral (
               select coalesce($5, ($6::timestamptz at time zone s.zone)::date) as day) d
           cross join lateral (
               select d.day::timestamp at time zone s.zone as begins,
                      (d.day + 1)::timestamp at time zone s.zone as ends) o
           where ($1 or t.project_id = any($2) or t.site_id = any($3) or a.worker_id = any($4))
             and t.status <> 'cancelled'
             and (t.starts_at < o.ends
                      and (t.ends_at > o.begins or t.starts_at = t.ends_at and t.starts_at >= o.begins)
                  or t.started_at < o.ends and coalesce(t.finished_at, $6) >= o.begins)
             and ($7::uuid is null or t.site_id = $7)
             and ($8::uuid is null or t.project_id = $8)
             and ($9::text is null or (w.name, w.id) > ($9, $10::uuid))
           group by w.id, w.name
           order by w.name, w.id limit $11"#,
        asked.seen.all,
        &asked.seen.projects as &[ProjectId],
        &asked.seen.sites as &[SiteId],
        &asked.seen.workers as &[WorkerId],
        asked.date,
        asked.now,
        asked.site as Option<SiteId>,
        asked.project as Option<ProjectId>,
        after.map(|a| a.0.as_str()),
        after.map(|a| a.1) as Option<WorkerId>,
        limit
    )
    .fetch_all(conn)
    .await
}

/// A vehicle.
pub(super) async fn vehicle(
    conn: &mut PgConnection,
    id: VehicleId,
) -> Result<Option<Vehicle>, sqlx::Error> {
    sqlx::query_as!(
        Vehicle,
        r#"select id as "id!: VehicleId", name, plate as "plate!"
           from resources_pub.vehicle where id = $1"#,
        id as VehicleId
    )
    .fetch_optional(conn)
    .await
}

/// Depots, by name.
pub(super) async fn depots(
    conn: &mut PgConnection,
    ids: &[DepotId],
) -> Result<Vec<Depot>, sqlx::Error> {
    sqlx::query_as!(
        Depot,
        r#"select id as "id!: DepotId", name as "name!", lat as "lat!", lon as "lon!"
           from resources_pub.depot where id = any($1) order by name, id"#,
        ids as &[DepotId]
    )
    .fetch_all(conn)
    .await
}

/// Parts, by code.
pub(super) async fn parts(
    conn: &mut PgConnection,
    ids: &[PartId],
) -> Result<Vec<Part>, sqlx::Error> {
    sqlx::query_as!(
        Part,
        r#"select id as "id!: PartId", code as "code!", name as "name!", unit as "unit!"
           from resources_pub.part where id = any($1) order by code, id"#,
        ids as &[PartId]
    )
    .fetch_all(conn)
    .await
}
