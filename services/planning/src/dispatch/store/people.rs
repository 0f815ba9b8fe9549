//! The SQL of what is known of workers and depots to decide on assignments.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{Duration, TimeDelta};
use kernel::{
    CertificateKindId, DepotId, PartId, Position, ProjectId, SiteId, SkillId, TaskId, Timestamp,
    VehicleId, WorkerId,
};
use sqlx::PgConnection;

use crate::dispatch::model::{DepotStock, Held, HeldCertificate, HeldSkill, Person};
use crate::tasks::Task;

/// What is known of these workers, or of all active ones, around the time of `tasks`: two days
/// more on both ends hold the whole of each first day in any zone.
pub(crate) async fn around(
    conn: &mut PgConnection,
    only: Option<&[WorkerId]>,
    tasks: &[Task],
) -> Result<Vec<Person>, sqlx::Error> {
    let (from, to) = span(tasks);
    between(conn, only, from, to).await
}

/// The time of tasks, with two days more on both ends.
pub(crate) fn span(tasks: &[Task]) -> (Timestamp, Timestamp) {
    let from = tasks.iter().map(|t| t.starts_at).min().unwrap_or_default() - Duration::days(2);
    let to = tasks.iter().map(|t| t.ends_at).max().unwrap_or_default() + Duration::days(2);
    (from, to)
}

/// What is known of these workers, or of all active ones, in a span of time.
pub(crate) async fn between(
    conn: &mut PgConnection,
    only: Option<&[WorkerId]>,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<Person>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select w.id as "id!: WorkerId", w.name as "name!", w.active as "active!",
               s.lat as "lat?", s.lon as "lon?", s.depot_id as "depot?: DepotId",
               m.minor_until as "minor_until?"
           from resources_pub.worker w
           left join resources_pub.worker_start s on s.worker_id = w.id
           left join resources_pub.worker_minor m on m.worker_id = w.id
           where case when $1::uuid[] is null then w.active else w.id = any($1) end
           order by w.id"#,
        only as Option<&[WorkerId]>
    )
    .fetch_all(&mut *conn)
    .await?;
    let ids: Vec<_> = rows.iter().map(|w| w.id).collect();
    let mut skills = skills(conn, &ids).await?;
    let mut certificates = certificates(conn, &ids).await?;
    let mut hours = crate::law::usual_hours(conn, &ids).await?;
    let mut absences = absences(conn, &ids, from, to).await?;
    let mut held = held(conn, &ids, from, to).await?;
    let mut loads = loads(conn, &ids, from, to).await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let load = loads.remove(&row.id).unwrap_or_default();
            let start = row.lat.zip(row.lon).map(|(lat, lon)| at(lat, lon));
            Person {
                id: row.id,
                name: row.name,
                active: row.active,
                skills: skills.remove(&row.id).unwrap_or_default(),
                certificates: certificates.remove(&row.id).unwrap_or_default(),
                hours: hours.remove(&row.id).unwrap_or_default(),
                absences: absences.remove(&row.id).unwrap_or_default(),
                tasks: held.remove(&row.id).unwrap_or_default(),
                start: start.map(|at| (at, row.depot)),
                tools: load.tools,
                parts: load.parts,
                vehicle: load.vehicle,
                capacity_kg: load.capacity_kg,
                minor_until: row.minor_until,
            }
        })
        .collect())
}

fn at(lat: f64, lon: f64) -> Position {
    Position { lat, lon, accuracy_m: None }
}

type ByWorker<T> = HashMap<WorkerId, Vec<T>>;

fn gather<T>(rows: impl Iterator<Item = (WorkerId, T)>) -> ByWorker<T> {
    let mut by_worker = ByWorker::new();
    for (worker, item) in rows {
        by_worker.entry(worker).or_default().push(item);
    }
    by_worker
}

/// Who is on a task with any of these kinds of tools in a span of time.
pub(crate) async fn holding(
    conn: &mut PgConnection,
    tools: &[String],
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<WorkerId>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select distinct a.worker_id as "worker: WorkerId"
           from planning.assignment a
           join planning.task_need n on n.task_id = a.task_id
           where a.holds and not isempty(a.during) and a.during && tstzrange($2, $3)
             and n.needs -> 'tools' ?| $1
           order by 1"#,
        tools,
        from,
        to
    )
    .fetch_all(conn)
    .await
}

async fn skills(
    conn: &mut PgConnection,
    workers: &[WorkerId],
) -> Result<ByWorker<HeldSkill>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select worker_id as "worker!: WorkerId", skill_id as "skill!: SkillId", valid_until,
               level as "level!"
           from resources_pub.worker_skill where worker_id = any($1)"#,
        workers as &[WorkerId]
    )
    .fetch_all(conn)
    .await?;
    Ok(gather(rows.into_iter().map(|r| {
        (r.worker, HeldSkill { id: r.skill, valid_until: r.valid_until, level: r.level })
    })))
}

async fn certificates(
    conn: &mut PgConnection,
    workers: &[WorkerId],
) -> Result<ByWorker<HeldCertificate>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select worker_id as "worker!: WorkerId", kind_id as "kind!: CertificateKindId",
               issued_on as "from!", expires_on
           from resources_pub.certificate where worker_id = any($1)"#,
        workers as &[WorkerId]
    )
    .fetch_all(conn)
    .await?;
    Ok(gather(
        rows.into_iter().map(|r| {
            (r.worker, HeldCertificate { kind: r.kind, from: r.from, until: r.expires_on })
        }),
    ))
}

async fn absences(
    conn: &mut PgConnection,
    workers: &[WorkerId],
    from: Timestamp,
    to: Timestamp,
) -> Result<ByWorker<(Timestamp, Timestamp)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select worker_id as "worker!: WorkerId", from_at as "from_at!", to_at as "to_at!"
           from resources_pub.absence
           where worker_id = any($1) and from_at < $3 and to_at > $2 order by from_at"#,
        workers as &[WorkerId],
        from,
        to
    )
    .fetch_all(conn)
    .await?;
    Ok(gather(rows.into_iter().map(|r| (r.worker, (r.from_at, r.to_at)))))
}

async fn held(
    conn: &mut PgConnection,
    workers: &[WorkerId],
    from: Timestamp,
    to: Timestamp,
) -> Result<ByWorker<Held>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select a.worker_id as "worker: WorkerId", t.id as "id: TaskId", t.version, t.title,
               lower(a.during) as "from!", upper(a.during) as "to!",
               t.project_id as "project: ProjectId", t.site_id as "site: SiteId",
               s.lat as "lat!", s.lon as "lon!", t.duration_min as work,
               t.status in ('planned', 'dispatched') and t.started_at is null
                   and coalesce(n.needs -> 'appointment', 'false') = 'false'
                   and not exists (select 1 from planning.assignment m
                                   where m.task_id = t.id and m.worker_id <> a.worker_id)
                   as "movable!",
               coalesce((n.needs -> 'window' ->> 'from')::timestamptz,
                        date_trunc('day', t.starts_at, s.zone)) as "earliest!",
               coalesce((n.needs -> 'window' ->> 'to')::timestamptz,
                        date_trunc('day', t.starts_at, s.zone) + interval '1 day') as "latest!",
               array(select jsonb_array_elements_text(n.needs -> 'tools')) as "tools!"
           from planning.assignment a
           join planning.task t on t.id = a.task_id
           join projects_pub.site s on s.id = t.site_id
           left join planning.task_need n on n.task_id = t.id
           where a.worker_id = any($1) and a.holds and not isempty(a.during)
             and a.during && tstzrange($2, $3)
           order by lower(a.during)"#,
        workers as &[WorkerId],
        from,
        to
    )
    .fetch_all(conn)
    .await?;
    Ok(gather(rows.into_iter().map(|r| {
        let held = Held {
            id: r.id,
            version: r.version,
            title: r.title,
            from: r.from,
            to: r.to,
            project: r.project,
            site: r.site,
            at: at(r.lat, r.lon),
            work: TimeDelta::minutes(r.work.into()),
            tools: r.tools,
            movable: r.movable.then_some((r.earliest, r.latest)),
            seen: true,
        };
        (r.worker, held)
    })))
}

/// What somebody has with them.
#[derive(Default)]
struct Load {
    tools: BTreeSet<String>,
    parts: BTreeMap<PartId, i64>,
    vehicle: Option<VehicleId>,
    capacity_kg: Option<u32>,
}

/// What workers carry: their own tools, and what is on the vehicle that they drive in that time,
/// or usually drive.
async fn loads(
    conn: &mut PgConnection,
    workers: &[WorkerId],
    from: Timestamp,
    to: Timestamp,
) -> Result<HashMap<WorkerId, Load>, sqlx::Error> {
    let driven = sqlx::query!(
        r#"with driven as (
               select distinct on (worker_id) worker_id, vehicle_id
               from resources_pub.vehicle_drive
               where worker_id = any($1) and from_at < $3 and to_at > $2
               order by worker_id, from_at, vehicle_id)
           select w.id as "worker!: WorkerId", v.id as "vehicle!: VehicleId", v.capacity_kg
           from unnest($1::uuid[]) as w (id)
           left join driven d on d.worker_id = w.id
           join resources_pub.vehicle v
               on v.active and v.id = coalesce(d.vehicle_id, (
                   select u.id from resources_pub.vehicle u
                   where u.driver_id = w.id and u.active order by u.id limit 1))"#,
        workers as &[WorkerId],
        from,
        to
    )
    .fetch_all(&mut *conn)
    .await?;
    let mut loads: HashMap<WorkerId, Load> = HashMap::new();
    let mut drivers: HashMap<VehicleId, Vec<WorkerId>> = HashMap::new();
    for row in driven {
        drivers.entry(row.vehicle).or_default().push(row.worker);
        let capacity = row.capacity_kg.and_then(|kg| u32::try_from(kg).ok());
        let load = loads.entry(row.worker).or_default();
        (load.vehicle, load.capacity_kg) = (Some(row.vehicle), capacity);
    }
    let vehicles: Vec<_> = drivers.keys().copied().collect();
    let tools = sqlx::query!(
        r#"select kind as "kind!", worker_id as "worker?: WorkerId",
               vehicle_id as "vehicle?: VehicleId"
           from resources_pub.tool
           where active and (worker_id = any($1) or vehicle_id = any($2))"#,
        workers as &[WorkerId],
        &vehicles as &[VehicleId]
    )
    .fetch_all(&mut *conn)
    .await?;
    for tool in tools {
        let by = tool.vehicle.and_then(|v| drivers.get(&v)).into_iter().flatten();
        for worker in by.copied().chain(tool.worker) {
            loads.entry(worker).or_default().tools.insert(tool.kind.clone());
        }
    }
    let stock = sqlx::query!(
        r#"select vehicle_id as "vehicle!: VehicleId", part_id as "part!: PartId",
               quantity as "quantity!"
           from resources_pub.stock where vehicle_id = any($1)"#,
        &vehicles as &[VehicleId]
    )
    .fetch_all(conn)
    .await?;
    for row in stock {
        for worker in drivers.get(&row.vehicle).into_iter().flatten() {
            loads.entry(*worker).or_default().parts.insert(row.part, row.quantity);
        }
    }
    Ok(loads)
}

/// The depots in use with what lies there.
pub(crate) async fn depots(conn: &mut PgConnection) -> Result<Vec<DepotStock>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select id as "id!: DepotId", lat as "lat!", lon as "lon!"
           from resources_pub.depot where active order by id"#
    )
    .fetch_all(&mut *conn)
    .await?;
    let there = sqlx::query!(
        r#"select depot_id as "depot!: DepotId", kind as "kind!", count(*) as "count!"
           from resources_pub.tool where depot_id is not null and active group by 1, 2"#
    )
    .fetch_all(&mut *conn)
    .await?;
    let mut tools: HashMap<DepotId, BTreeMap<String, u32>> = HashMap::new();
    for row in there {
        let count = u32::try_from(row.count).unwrap_or(u32::MAX);
        tools.entry(row.depot).or_default().insert(row.kind, count);
    }
    let stock = sqlx::query!(
        r#"select depot_id as "depot!: DepotId", part_id as "part!: PartId",
               quantity as "quantity!"
           from resources_pub.stock where depot_id is not null"#
    )
    .fetch_all(conn)
    .await?;
    let mut parts: HashMap<DepotId, BTreeMap<PartId, i64>> = HashMap::new();
    for row in stock {
        parts.entry(row.depot).or_default().insert(row.part, row.quantity);
    }
    Ok(rows
        .into_iter()
        .map(|row| DepotStock {
            id: row.id,
            at: at(row.lat, row.lon),
            tools: tools.remove(&row.id).unwrap_or_default(),
            parts: parts.remove(&row.id).unwrap_or_default(),
        })
        .collect())
}
