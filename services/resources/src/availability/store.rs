//! What is known of workers and vehicles around a time.

use std::collections::HashMap;

use auth::Visibility;
use chrono::NaiveDate;
use kernel::{CrewId, SkillId, TaskId, Timestamp, VehicleId, WorkerId};
use sqlx::PgConnection;
use uuid::Uuid;

use super::api::AvailabilityFilter;
use super::model::{Held, Machine, Person, Span};

/// A page of workers with all that says when they are free, and one more. Who is no longer planned
/// is among them where that worker is asked for.
pub(super) async fn people(
    db: &mut PgConnection,
    seen: &Visibility,
    filter: &AvailabilityFilter,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<Person>, sqlx::Error> {
    let workers = sqlx::query!(
        r#"select id as "id: WorkerId", name, active from resources.worker w
           where ($1 or id = any($2))
             and case when $3::uuid is null then active else id = $3 end
             and ($4::uuid is null or exists (
                     select from resources.crew_member m
                     where m.worker_id = w.id and m.crew_id = $4))
             and ($5::uuid is null or id > $5)
           order by id limit $6"#,
        seen.all,
        &seen.workers as &[WorkerId],
        filter.worker_id as Option<WorkerId>,
        filter.crew_id as Option<CrewId>,
        after,
        limit + 1
    )
    .fetch_all(&mut *db)
    .await?;
    let ids: Vec<_> = workers.iter().map(|w| w.id).collect();
    let mut hours = hours(db, &ids).await?;
    let mut skills = skills(db, &ids, filter.skill_id).await?;
    let mut absences = absences(db, &ids, (filter.from, filter.to)).await?;
    let mut tasks = tasks(db, &ids, (filter.from, filter.to)).await?;
    let person = workers.into_iter().map(|w| Person {
        hours: hours.remove(&w.id).unwrap_or_default(),
        skills: skills.remove(&w.id).unwrap_or_default(),
        absences: absences.remove(&w.id).unwrap_or_default(),
        tasks: tasks.remove(&w.id).unwrap_or_default(),
        id: w.id,
        name: w.name,
        active: w.active,
    });
    Ok(person.collect())
}

type By<K, T> = HashMap<K, Vec<T>>;

fn gather<K: std::hash::Hash + Eq, T>(rows: impl Iterator<Item = (K, T)>) -> By<K, T> {
    let mut by = By::new();
    for (key, item) in rows {
        by.entry(key).or_default().push(item);
    }
    by
}

async fn hours(
    db: &mut PgConnection,
    workers: &[WorkerId],
) -> Result<By<WorkerId, (i16, i32, i32)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select worker_id as "worker!: WorkerId", day as "day!", from_min as "from!",
                  to_min as "to!"
           from resources_pub.worker_hours where worker_id = any($1)"#,
        workers as &[WorkerId]
    )
    .fetch_all(db)
    .await?;
    Ok(gather(rows.into_iter().map(|r| (r.worker, (r.day, r.from, r.to)))))
}

async fn skills(
    db: &mut PgConnection,
    workers: &[WorkerId],
    skill: Option<SkillId>,
) -> Result<By<WorkerId, Held>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select worker_id as "worker!: WorkerId", skill_id as "skill!: SkillId",
                  level as "level!", valid_until as "valid_until: NaiveDate"
           from resources_pub.worker_skill where worker_id = any($1) and skill_id = $2"#,
        workers as &[WorkerId],
        skill as Option<SkillId>
    )
    .fetch_all(db)
    .await?;
    let held = rows
        .into_iter()
        .map(|r| (r.worker, Held { skill: r.skill, level: r.level, valid_until: r.valid_until }));
    Ok(gather(held))
}

async fn absences(
    db: &mut PgConnection,
    workers: &[WorkerId],
    (from, to): Span,
) -> Result<By<WorkerId, Span>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select worker_id as "worker: WorkerId", from_at, to_at from resources.absence
           where worker_id = any($1) and status = 'approved' and from_at < $3 and to_at > $2"#,
        workers as &[WorkerId],
        from,
        to
    )
    .fetch_all(db)
    .await?;
    Ok(gather(rows.into_iter().map(|r| (r.worker, (r.from_at, r.to_at)))))
}

async fn tasks(
    db: &mut PgConnection,
    workers: &[WorkerId],
    (from, to): Span,
) -> Result<By<WorkerId, (TaskId, Span)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select a.worker_id as "worker!: WorkerId", t.id as "task!: TaskId",
                  t.starts_at as "from!", t.ends_at as "to!"
           from planning_pub.task_worker a join planning_pub.task t on t.id = a.task_id
           where a.worker_id = any($1) and t.starts_at < $3 and t.ends_at > $2
             and t.status not in ('done', 'validated', 'cancelled')"#,
        workers as &[WorkerId],
        from,
        to
    )
    .fetch_all(db)
    .await?;
    Ok(gather(rows.into_iter().map(|r| (r.worker, (r.task, (r.from, r.to))))))
}

/// A page of vehicles with who drives them when, and one more. One that is no longer used is among
/// them where it is asked for.
pub(super) async fn machines(
    db: &mut PgConnection,
    filter: &AvailabilityFilter,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<Machine>, sqlx::Error> {
    let vehicles = sqlx::query!(
        r#"select id, plate, active from resources.vehicle
           where case when $1::uuid is null then active else id = $1 end
             and ($2::uuid is null or id > $2)
           order by id limit $3"#,
        filter.vehicle_id as Option<VehicleId>,
        after,
        limit + 1
    )
    .fetch_all(&mut *db)
    .await?;
    let ids: Vec<_> = vehicles.iter().map(|v| v.id).collect();
    let drives = sqlx::query!(
        r#"select vehicle_id, worker_id as "worker: WorkerId", from_at as "from: Timestamp",
                  to_at as "to: Timestamp"
           from resources.vehicle_drive
           where vehicle_id = any($1) and from_at < $3 and to_at > $2"#,
        &ids,
        filter.from,
        filter.to
    )
    .fetch_all(db)
    .await?;
    let mut drives = gather(drives.into_iter().map(|d| (d.vehicle_id, (d.worker, (d.from, d.to)))));
    let machine = vehicles.into_iter().map(|v| Machine {
        drives: drives.remove(&v.id).unwrap_or_default(),
        id: v.id,
        plate: v.plate,
        active: v.active,
    });
    Ok(machine.collect())
}
