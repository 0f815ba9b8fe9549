//! The SQL that gathers a day from what the services publish.

use chrono::NaiveDate;
use chrono_tz::Tz;
use kernel::{SiteId, Timestamp, WorkerId};
use sqlx::{Error, PgConnection};

use super::model::{Checklist, Day, Incident, Photo, Signature, Stay, Task, bounds};

/// Which day of which site is wanted.
#[derive(Debug, Clone)]
pub struct Ask {
    /// The firm's name.
    pub firm: String,
    /// The site.
    pub site: SiteId,
    /// The day.
    pub day: NaiveDate,
    /// The firm's zone, should the site's be unknown here.
    pub zone: Tz,
    /// The present time.
    pub now: Timestamp,
}

/// What the queries narrow by.
#[derive(Clone, Copy)]
struct Span {
    site: SiteId,
    from: Timestamp,
    to: Timestamp,
}

/// Gathers the day; none where there is no such site.
pub async fn gather(conn: &mut PgConnection, ask: Ask) -> Result<Option<Day>, Error> {
    let site = sqlx::query!(
        r#"select s.name as "name!", s.address, s.client_name, s.zone as "zone!",
                  p.code as "code!", p.name as "project!"
           from projects_pub.site s join projects_pub.project p on p.id = s.project_id
           where s.id = $1"#,
        ask.site as SiteId
    )
    .fetch_optional(&mut *conn)
    .await?;
    let Some(site) = site else { return Ok(None) };
    let zone = site.zone.parse().unwrap_or(ask.zone);
    let (from, to) = bounds(ask.day, zone);
    let span = Span { site: ask.site, from, to };
    Ok(Some(Day {
        firm: ask.firm,
        project_code: site.code,
        project_name: site.project,
        site_name: site.name,
        address: site.address,
        client: site.client_name,
        day: ask.day,
        zone,
        as_of: ask.now,
        tasks: tasks(conn, span).await?,
        stays: stays(conn, span, ask.now).await?,
        incidents: incidents(conn, span).await?,
        checklists: checklists(conn, span).await?,
        photos: photos(conn, span).await?,
        signatures: signatures(conn, span).await?,
    }))
}

async fn tasks(conn: &mut PgConnection, span: Span) -> Result<Vec<Task>, Error> {
    sqlx::query_as!(
        Task,
        r#"select t.title as "title!", t.status as "status!", t.starts_at as "starts_at!",
                  t.ends_at as "ends_at!", t.started_at, t.finished_at, t.validated_at,
                  array(select w.name from planning_pub.task_worker a
                        join resources_pub.worker w on w.id = a.worker_id
                        where a.task_id = t.id order by w.name) as "workers!"
           from planning_pub.task t
           where t.site_id = $1 and (
               (t.starts_at < $3 and t.ends_at > $2 and t.status <> 'cancelled')
               or (t.started_at >= $2 and t.started_at < $3)
               or (t.finished_at >= $2 and t.finished_at < $3))
           order by t.starts_at, t.id"#,
        span.site as SiteId,
        span.from,
        span.to
    )
    .fetch_all(conn)
    .await
}

async fn stays(conn: &mut PgConnection, span: Span, now: Timestamp) -> Result<Vec<Stay>, Error> {
    sqlx::query_as!(
        Stay,
        r#"select e.worker_id as "worker_id!: WorkerId", coalesce(w.name, '?') as "worker!",
                  e.in_at as "in_at!", e.out_at, e.in_inside
           from planning_pub.time_entry e left join resources_pub.worker w on w.id = e.worker_id
           where e.site_id = $1 and e.in_at < $3 and coalesce(e.out_at, $4) > $2
           order by e.in_at, e.id"#,
        span.site as SiteId,
        span.from,
        span.to,
        now
    )
    .fetch_all(conn)
    .await
}

async fn incidents(conn: &mut PgConnection, span: Span) -> Result<Vec<Incident>, Error> {
    sqlx::query_as!(
        Incident,
        r#"select i.title as "title!", i.severity as "severity!", i.status as "status!",
                  i.reported_at as "reported_at!", coalesce(w.name, p.name) as reporter,
                  t.title as "task?", i.resolution
           from planning_pub.incident i
           left join resources_pub.worker w on w.id = i.reporter_worker_id
           left join identity_pub.person p on p.id = i.reported_by
           left join planning_pub.task t on t.id = i.task_id
           where i.site_id = $1 and i.reported_at >= $2 and i.reported_at < $3
           order by i.reported_at, i.id"#,
        span.site as SiteId,
        span.from,
        span.to
    )
    .fetch_all(conn)
    .await
}

async fn checklists(conn: &mut PgConnection, span: Span) -> Result<Vec<Checklist>, Error> {
    sqlx::query_as!(
        Checklist,
        r#"select t.title as "task!", r.name as "name!", r.answered as "answered!",
                  r.questions as "questions!", r.nonconformities as "nonconformities!",
                  r.completed_at
           from planning_pub.checklist_run r join planning_pub.task t on t.id = r.task_id
           where t.site_id = $1 and (
               (t.starts_at < $3 and t.ends_at > $2 and t.status <> 'cancelled')
               or (r.completed_at >= $2 and r.completed_at < $3))
           order by t.starts_at, r.id"#,
        span.site as SiteId,
        span.from,
        span.to
    )
    .fetch_all(conn)
    .await
}

async fn photos(conn: &mut PgConnection, span: Span) -> Result<Vec<Photo>, Error> {
    sqlx::query_as!(
        Photo,
        r#"select t.title as "task?", w.name as "worker?", p.taken_at as "taken_at!", p.caption,
                  p.state as "state!", p.lat, p.lon, p.accuracy_m, p.code,
                  encode(p.sha256, 'hex') as sha256, p.watermarked_key, p.thumbnail_key
           from proofs_pub.photo p
           left join planning_pub.task t on t.id = p.task_id
           left join resources_pub.worker w on w.id = p.worker_id
           where p.site_id = $1 and p.taken_at >= $2 and p.taken_at < $3
           order by p.taken_at, p.id"#,
        span.site as SiteId,
        span.from,
        span.to
    )
    .fetch_all(conn)
    .await
}

async fn signatures(conn: &mut PgConnection, span: Span) -> Result<Vec<Signature>, Error> {
    sqlx::query_as!(
        Signature,
        r#"select t.title as "task?", s.signer_name as "signer!", s.signer_role as "role!",
                  s.signed_at as "signed_at!", encode(s.sha256, 'hex') as "sha256!",
                  s.blob_key as "blob_key!"
           from proofs_pub.signature s left join planning_pub.task t on t.id = s.task_id
           where s.site_id = $1 and s.signed_at >= $2 and s.signed_at < $3
           order by s.signed_at, s.id"#,
        span.site as SiteId,
        span.from,
        span.to
    )
    .fetch_all(conn)
    .await
}
