//! The workers' rows.

use std::collections::HashSet;

use auth::Visibility;
use chrono::{NaiveDate, NaiveTime};
use kernel::{CrewId, DepotId, Position, SkillId, UserId, WorkerId};
use sqlx::PgConnection;
use sqlx::types::Json;

use super::api::WorkerFilter;
use super::hours::{DayHours, Hours};
use super::model::{HeldSkill, HourlyCost, Worker};
use crate::Error;
use crate::error::broke;

struct Row {
    id: WorkerId,
    name: String,
    phone: Option<String>,
    user_id: Option<UserId>,
    active: bool,
    days: Vec<i16>,
    day_starts: NaiveTime,
    day_ends: NaiveTime,
    other_days: Json<Vec<DayHours>>,
    skills: Json<Vec<HeldSkill>>,
    hourly_cost: Option<Json<HourlyCost>>,
    depot_id: Option<DepotId>,
    home_lat: Option<f64>,
    home_lon: Option<f64>,
    minor_until: Option<NaiveDate>,
    version: i64,
}

impl From<Row> for Worker {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            name: row.name,
            phone: row.phone,
            user_id: row.user_id,
            active: row.active,
            hours: Hours {
                days: row.days,
                starts: row.day_starts,
                ends: row.day_ends,
                other_days: row.other_days.0,
            },
            skills: row.skills.0,
            hourly_cost: row.hourly_cost.map(|cost| cost.0),
            depot_id: row.depot_id,
            home: row.home_lat.zip(row.home_lon).map(|(lat, lon)| Position {
                lat,
                lon,
                accuracy_m: None,
            }),
            minor_until: row.minor_until,
            version: row.version,
        }
    }
}

/// The columns, said once.
macro_rules! select {
    ($rest:tt $(, $arg:expr)*) => {
        sqlx::query_as!(
            Row,
            r#"select id as "id: WorkerId", name, phone, user_id as "user_id: UserId", active, days,
                      day_starts, day_ends, other_days as "other_days: Json<Vec<DayHours>>",
                      (select coalesce(jsonb_agg(jsonb_build_object('skill_id', s.skill_id,
                                  'level', s.level, 'valid_until', s.valid_until) order by s.skill_id), '[]')
                       from resources.worker_skill s
                       where s.worker_id = w.id) as "skills!: Json<Vec<HeldSkill>>",
                      case when hourly_cost_minor is not null then
                          jsonb_build_object('minor', hourly_cost_minor,
                                             'currency', hourly_cost_currency)
                      end as "hourly_cost: Json<HourlyCost>",
                      depot_id as "depot_id: DepotId", home_lat, home_lon, minor_until, version
               from resources.worker w "#
                + $rest
            $(, $arg)*
        )
    };
}

/// The worker.
pub(crate) async fn find(db: &mut PgConnection, id: WorkerId) -> Result<Worker, sqlx::Error> {
    select!("where id = $1", id as WorkerId).fetch_one(db).await.map(Worker::from)
}

/// The worker, held until the end of the transaction.
pub(crate) async fn lock(tx: &mut PgConnection, id: WorkerId) -> Result<Worker, sqlx::Error> {
    // First the lock, then a statement whose snapshot is younger: the skills are other rows.
    sqlx::query!("select from resources.worker where id = $1 for update", id as WorkerId)
        .fetch_one(&mut *tx)
        .await?;
    find(tx, id).await
}

/// A page of the workers that are seen, and one more.
pub(crate) async fn list(
    db: &mut PgConnection,
    seen: &Visibility,
    filter: &WorkerFilter,
    after: Option<WorkerId>,
    limit: i64,
) -> Result<Vec<Worker>, sqlx::Error> {
    let rows = select!(
        "where ($1 or id = any($2))
           and ($3::boolean is null or active = $3)
           and ($4::uuid is null or exists (
                   select from resources.worker_skill s
                   where s.worker_id = w.id and s.skill_id = $4))
           and ($5::uuid is null or exists (
                   select from resources.crew_member m
                   where m.worker_id = w.id and m.crew_id = $5))
           and ($6::text is null or position(lower($6) in lower(name)) > 0)
           and ($7::uuid is null or id > $7)
         order by id limit $8",
        seen.all,
        &seen.workers as &[WorkerId],
        filter.active,
        filter.skill_id as Option<SkillId>,
        filter.crew_id as Option<CrewId>,
        filter.q.as_deref(),
        after as Option<WorkerId>,
        limit + 1
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(Worker::from).collect())
}

/// Stores a new worker without the skills.
pub(crate) async fn insert(tx: &mut PgConnection, worker: &Worker) -> Result<(), Error> {
    let done = sqlx::query!(
        "insert into resources.worker
             (id, name, phone, user_id, active, days, day_starts, day_ends, version,
              hourly_cost_minor, hourly_cost_currency, other_days, depot_id, home_lat, home_lon,
              minor_until)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
        worker.id as WorkerId,
        worker.name,
        worker.phone,
        worker.user_id as Option<UserId>,
        worker.active,
        &worker.hours.days,
        worker.hours.starts,
        worker.hours.ends,
        worker.version,
        worker.hourly_cost.map(|cost| cost.minor),
        worker.hourly_cost.map(|cost| cost.currency.code()),
        Json(&worker.hours.other_days) as Json<&Vec<DayHours>>,
        worker.depot_id as Option<DepotId>,
        worker.home.map(|home| home.lat),
        worker.home.map(|home| home.lon),
        worker.minor_until
    )
    .execute(tx)
    .await;
    done.map(|_| ()).map_err(explain)
}

/// Stores a changed worker without the skills.
pub(crate) async fn update(tx: &mut PgConnection, worker: &Worker) -> Result<(), Error> {
    let done = sqlx::query!(
        "update resources.worker
         set name = $2, phone = $3, user_id = $4, active = $5, days = $6, day_starts = $7,
             day_ends = $8, version = $9, hourly_cost_minor = $10, hourly_cost_currency = $11,
             other_days = $12, depot_id = $13, home_lat = $14, home_lon = $15, minor_until = $16
         where id = $1",
        worker.id as WorkerId,
        worker.name,
        worker.phone,
        worker.user_id as Option<UserId>,
        worker.active,
        &worker.hours.days,
        worker.hours.starts,
        worker.hours.ends,
        worker.version,
        worker.hourly_cost.map(|cost| cost.minor),
        worker.hourly_cost.map(|cost| cost.currency.code()),
        Json(&worker.hours.other_days) as Json<&Vec<DayHours>>,
        worker.depot_id as Option<DepotId>,
        worker.home.map(|home| home.lat),
        worker.home.map(|home| home.lon),
        worker.minor_until
    )
    .execute(tx)
    .await;
    done.map(|_| ()).map_err(explain)
}

/// Stores the worker's skills in place of those that were.
pub(crate) async fn set_skills(tx: &mut PgConnection, worker: &Worker) -> Result<(), sqlx::Error> {
    let ids: Vec<_> = worker.skills.iter().map(|s| s.skill_id).collect();
    let levels: Vec<_> = worker.skills.iter().map(|s| s.level).collect();
    let until: Vec<_> = worker.skills.iter().map(|s| s.valid_until).collect();
    sqlx::query!("delete from resources.worker_skill where worker_id = $1", worker.id as WorkerId)
        .execute(&mut *tx)
        .await?;
    sqlx::query!(
        "insert into resources.worker_skill (worker_id, skill_id, level, valid_until)
         select $1, * from unnest($2::uuid[], $3::smallint[], $4::date[])",
        worker.id as WorkerId,
        &ids as &[SkillId],
        &levels,
        &until as &[Option<NaiveDate>]
    )
    .execute(tx)
    .await
    .map(|_| ())
}

/// Which of the worker's skills there are.
pub(crate) async fn known_skills(
    tx: &mut PgConnection,
    worker: &Worker,
) -> Result<HashSet<SkillId>, sqlx::Error> {
    let ids: Vec<_> = worker.skills.iter().map(|s| s.skill_id).collect();
    let known = sqlx::query_scalar!(
        r#"select id as "id: SkillId" from resources.skill where id = any($1)"#,
        &ids as &[SkillId]
    )
    .fetch_all(tx)
    .await?;
    Ok(known.into_iter().collect())
}

/// Whether identity has this account.
pub(crate) async fn user_exists(tx: &mut PgConnection, user: UserId) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select from identity_pub.person where id = $1) as "there!""#,
        user as UserId
    )
    .fetch_one(tx)
    .await
}

fn explain(error: sqlx::Error) -> Error {
    if broke(&error, "worker_user") {
        Error::UserTaken
    } else if broke(&error, "worker_depot_id_fkey") {
        Error::DepotUnknown
    } else {
        error.into()
    }
}
