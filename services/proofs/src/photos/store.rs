//! The photos' rows, and what other services say of where they were taken.

use auth::Visibility;
use kernel::{PhotoId, Position, ProjectId, SiteId, TaskId, Text, Timestamp, UserId, WorkerId};
use sqlx::PgConnection;

use super::api::PhotoFilter;
use super::model::Photo;

struct Row {
    id: PhotoId,
    task_id: Option<TaskId>,
    site_id: SiteId,
    project_id: ProjectId,
    worker_id: Option<WorkerId>,
    created_by: UserId,
    taken_at: Timestamp,
    lat: Option<f64>,
    lon: Option<f64>,
    accuracy_m: Option<f64>,
    off_clock: bool,
    caption: Option<String>,
    content_type: String,
    size: i64,
    announced_sha256: Option<Vec<u8>>,
    state: String,
    reason_fr: Option<String>,
    reason_en: Option<String>,
    original_key: Option<String>,
    watermarked_key: Option<String>,
    unplaced_key: Option<String>,
    thumbnail_key: Option<String>,
    sha256: Option<Vec<u8>>,
    media_type: Option<String>,
    exif: Option<serde_json::Value>,
    code: Option<String>,
    version: i64,
    created_at: Timestamp,
    received_at: Option<Timestamp>,
    task_workers: Vec<WorkerId>,
}

impl TryFrom<Row> for Photo {
    type Error = sqlx::Error;
    fn try_from(row: Row) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.id,
            task_id: row.task_id,
            site_id: row.site_id,
            project_id: row.project_id,
            worker_id: row.worker_id,
            created_by: row.created_by,
            taken_at: row.taken_at,
            position: position(row.lat, row.lon, row.accuracy_m),
            off_clock: row.off_clock,
            caption: row.caption,
            content_type: row.content_type,
            size: row.size,
            announced_sha256: row.announced_sha256,
            state: row.state.parse().map_err(|e: String| sqlx::Error::Decode(e.into()))?,
            reason: row.reason_fr.zip(row.reason_en).map(|(fr, en)| Text { fr, en }),
            original_key: row.original_key,
            watermarked_key: row.watermarked_key,
            unplaced_key: row.unplaced_key,
            thumbnail_key: row.thumbnail_key,
            sha256: row.sha256,
            media_type: row.media_type,
            exif: row.exif,
            code: row.code,
            version: row.version,
            created_at: row.created_at,
            received_at: row.received_at,
            task_workers: row.task_workers,
        })
    }
}

/// A position as three columns keep it.
pub(crate) fn position(
    lat: Option<f64>,
    lon: Option<f64>,
    accuracy_m: Option<f64>,
) -> Option<Position> {
    lat.zip(lon).map(|(lat, lon)| Position { lat, lon, accuracy_m })
}

/// The columns, said once.
macro_rules! select {
    ($rest:tt $(, $arg:expr)*) => {
        sqlx::query_as!(
            Row,
            r#"select id as "id: PhotoId", task_id as "task_id: TaskId",
                      site_id as "site_id: SiteId", project_id as "project_id: ProjectId",
                      worker_id as "worker_id: WorkerId", created_by as "created_by: UserId",
                      taken_at, lat, lon, accuracy_m, off_clock, caption, content_type, size,
                      announced_sha256, state, reason_fr, reason_en, original_key,
                      watermarked_key, unplaced_key, thumbnail_key, sha256, media_type, exif,
                      code, version,
                      created_at, received_at,
                      array(select worker_id from planning_pub.task_worker w
                            where w.task_id = p.task_id) as "task_workers!: Vec<WorkerId>"
               from proofs.photo p "#
                + $rest
            $(, $arg)*
        )
    };
}

/// A photo.
pub(crate) async fn find(db: &mut PgConnection, id: PhotoId) -> Result<Photo, sqlx::Error> {
    select!("where id = $1", id as PhotoId).fetch_one(db).await?.try_into()
}

/// The same, held until the end of the transaction.
pub(crate) async fn lock(tx: &mut PgConnection, id: PhotoId) -> Result<Photo, sqlx::Error> {
    select!("where id = $1 for update", id as PhotoId).fetch_one(tx).await?.try_into()
}

/// A page of the photos that are seen, and one more.
pub(crate) async fn list(
    db: &mut PgConnection,
    seen: &Visibility,
    filter: &PhotoFilter,
    after: Option<PhotoId>,
    limit: i64,
) -> Result<Vec<Photo>, sqlx::Error> {
    select!(
        "where ($1 or project_id = any($2) or site_id = any($3) or worker_id = any($4)
                or exists (select from planning_pub.task_worker w
                           where w.task_id = p.task_id and w.worker_id = any($4)))
           and ($5::uuid is null or task_id = $5)
           and ($6::uuid is null or site_id = $6)
           and ($7::uuid is null or project_id = $7)
           and ($8::text is null or state = $8)
           and ($9::uuid is null or id > $9)
         order by id limit $10",
        seen.all,
        &seen.projects as &[ProjectId],
        &seen.sites as &[SiteId],
        &seen.workers as &[WorkerId],
        filter.task_id as Option<TaskId>,
        filter.site_id as Option<SiteId>,
        filter.project_id as Option<ProjectId>,
        filter.state.map(contracts::PhotoState::as_str),
        after as Option<PhotoId>,
        limit + 1
    )
    .fetch_all(db)
    .await?
    .into_iter()
    .map(Photo::try_from)
    .collect()
}

/// Stores a photo that was announced.
pub(crate) async fn insert(tx: &mut PgConnection, photo: &Photo) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into proofs.photo
             (id, task_id, site_id, project_id, worker_id, created_by, taken_at, lat, lon,
              accuracy_m, caption, content_type, size, announced_sha256, state, version, created_at,
              off_clock)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17,
                 $18)",
        photo.id as PhotoId,
        photo.task_id as Option<TaskId>,
        photo.site_id as SiteId,
        photo.project_id as ProjectId,
        photo.worker_id as Option<WorkerId>,
        photo.created_by as UserId,
        photo.taken_at,
        photo.position.map(|p| p.lat),
        photo.position.map(|p| p.lon),
        photo.position.and_then(|p| p.accuracy_m),
        photo.caption,
        photo.content_type,
        photo.size,
        photo.announced_sha256,
        photo.state.as_str(),
        photo.version,
        photo.created_at,
        photo.off_clock
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Stores what may change of a photo: its state and what came with it.
pub(crate) async fn update(tx: &mut PgConnection, photo: &Photo) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update proofs.photo
         set state = $2, reason_fr = $3, reason_en = $4, original_key = $5, watermarked_key = $6,
             thumbnail_key = $7, sha256 = $8, media_type = $9, exif = $10, code = $11,
             version = $12, received_at = $13, unplaced_key = $14
         where id = $1",
        photo.id as PhotoId,
        photo.state.as_str(),
        photo.reason.as_ref().map(|r| &r.fr),
        photo.reason.as_ref().map(|r| &r.en),
        photo.original_key,
        photo.watermarked_key,
        photo.thumbnail_key,
        photo.sha256,
        photo.media_type,
        photo.exif,
        photo.code,
        photo.version,
        photo.received_at,
        photo.unplaced_key
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Where something is to be proved, and who works there.
pub(crate) struct Place {
    pub site_id: SiteId,
    pub project_id: ProjectId,
    pub workers: Vec<WorkerId>,
}

/// A site, with everybody who has a task on it.
pub(crate) async fn site(db: &mut PgConnection, id: SiteId) -> Result<Place, sqlx::Error> {
    sqlx::query_as!(
        Place,
        r#"select id as "site_id!: SiteId", project_id as "project_id!: ProjectId",
                  array(select distinct w.worker_id
                        from planning_pub.task t
                        join planning_pub.task_worker w on w.task_id = t.id
                        where t.site_id = s.id) as "workers!: Vec<WorkerId>"
           from projects_pub.site s where id = $1"#,
        id as SiteId
    )
    .fetch_one(db)
    .await
}

/// A task's site, with the workers on the task.
pub(crate) async fn task(db: &mut PgConnection, id: TaskId) -> Result<Place, sqlx::Error> {
    sqlx::query_as!(
        Place,
        r#"select site_id as "site_id!: SiteId", project_id as "project_id!: ProjectId",
                  array(select worker_id from planning_pub.task_worker w
                        where w.task_id = t.id) as "workers!: Vec<WorkerId>"
           from planning_pub.task t where id = $1"#,
        id as TaskId
    )
    .fetch_one(db)
    .await
}

/// The names that stand on a watermark.
pub(crate) struct Names {
    pub project: String,
    pub site: String,
    pub zone: String,
    pub person: Option<String>,
}

/// What a photo's watermark says of where and by whom.
pub(crate) async fn names(db: &mut PgConnection, photo: &Photo) -> Result<Names, sqlx::Error> {
    sqlx::query_as!(
        Names,
        r#"select p.code || ' ' || p.name as "project!", s.name as "site!", s.zone as "zone!",
                  coalesce((select name from resources_pub.worker where id = $2),
                           (select name from identity_pub.person where id = $3)) as person
           from projects_pub.site s join projects_pub.project p on p.id = s.project_id
           where s.id = $1"#,
        photo.site_id as SiteId,
        photo.worker_id as Option<WorkerId>,
        photo.created_by as UserId
    )
    .fetch_one(db)
    .await
}

/// Forgets where photos taken before this were taken: by the device's clock, but no later than they
/// were announced. The originals stay as they are; the copies
/// that say it give way to those that do not. Whether any copy's bytes are to be removed.
pub(crate) async fn forget_places(
    tx: &mut PgConnection,
    before: Timestamp,
) -> Result<bool, sqlx::Error> {
    let dropped = sqlx::query!(
        "insert into proofs.dropped_copy (key)
         select watermarked_key from proofs.photo
         where least(taken_at, created_at) < $1 and watermarked_key <> unplaced_key
         on conflict do nothing",
        before
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "update proofs.photo
         set lat = null, lon = null, accuracy_m = null, exif = exif - 'position',
             watermarked_key = coalesce(unplaced_key, watermarked_key), version = version + 1
         where least(taken_at, created_at) < $1
           and (lat is not null or watermarked_key <> unplaced_key
                or coalesce(exif -> 'position', 'null') <> 'null')",
        before
    )
    .execute(tx)
    .await?;
    Ok(dropped.rows_affected() > 0)
}

/// Some of the copies whose bytes are to be removed.
pub(crate) async fn dropped(db: &mut PgConnection, limit: i64) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar!("select key from proofs.dropped_copy order by key limit $1", limit)
        .fetch_all(db)
        .await
}

/// Those are removed.
pub(crate) async fn forget_dropped(
    db: &mut PgConnection,
    keys: &[String],
) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from proofs.dropped_copy where key = any($1)", keys).execute(db).await?;
    Ok(())
}
