//! The SQL of the sites and documents that are on the phones.
//!
//! A site is on a worker's phone while there is work, and the documents of the place with it. Two
//! writers who each take a worker off one of two tasks there would both still see the other's: so
//! who changes a worker's work somewhere holds the worker's row of that site first, and looks then.
//! A document that is released while a worker comes to its site would be passed over by both: so
//! they hold each other off by a lock of the project.

use kernel::{
    DocumentId, DocumentVersionId, Fence, ProjectId, SiteId, TaskId, Timestamp, WorkerId,
};
use sqlx::PgConnection;
use sqlx::types::Json;
use web::Opening;

use crate::field::model::{FieldContact, FieldDocument, FieldSite};

/// Workers, each with a site where they have, or had, work.
pub(super) struct Pairs {
    workers: Vec<WorkerId>,
    sites: Vec<SiteId>,
}

/// Workers with the site of a task.
pub(super) async fn of_task(
    tx: &mut PgConnection,
    task: TaskId,
    workers: &[WorkerId],
) -> Result<Pairs, sqlx::Error> {
    let site = sqlx::query_scalar!(
        r#"select site_id as "site: SiteId" from planning.task where id = $1"#,
        task as TaskId
    )
    .fetch_optional(tx)
    .await?;
    let Some(site) = site else { return Ok(Pairs { workers: Vec::new(), sites: Vec::new() }) };
    Ok(Pairs { workers: workers.to_vec(), sites: vec![site; workers.len()] })
}

/// Those who are on tasks, with the tasks' sites.
pub(super) async fn of_tasks(
    tx: &mut PgConnection,
    tasks: &[TaskId],
) -> Result<Pairs, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select distinct a.worker_id as "worker: WorkerId", t.site_id as "site: SiteId"
           from planning.assignment a join planning.task t on t.id = a.task_id
           where t.id = any($1)"#,
        tasks as &[TaskId]
    )
    .fetch_all(tx)
    .await?;
    let (workers, sites) = rows.into_iter().map(|row| (row.worker, row.site)).unzip();
    Ok(Pairs { workers, sites })
}

/// Brings in line which sites are on the phones of these workers. Where one comes or goes, its
/// documents do too.
pub(super) async fn settle(tx: &mut PgConnection, pairs: &Pairs) -> Result<(), sqlx::Error> {
    if pairs.workers.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "insert into planning.change (worker_id, kind, entity_id, zone)
         select distinct worker, 'site', site, s.zone
         from unnest($1::uuid[], $2::uuid[]) as pair (worker, site)
         left join projects_pub.site s on s.id = pair.site
         order by worker, site
         on conflict (worker_id, kind, entity_id) do update set until = change.until",
        &pairs.workers as &[WorkerId],
        &pairs.sites as &[SiteId]
    )
    .execute(&mut *tx)
    .await?;
    // A statement of its own: it sees what those did who held the rows before.
    let moved = sqlx::query!(
        r#"with work as (
               select c.worker_id, c.entity_id,
                      (select max(coalesce(t.validated_at + interval '30 days', 'infinity'))
                       from planning.assignment a join planning.task t on t.id = a.task_id
                       where a.worker_id = c.worker_id and t.site_id = c.entity_id
                         and t.status <> 'cancelled') as until
               from planning.change c
               join (select distinct worker, site
                     from unnest($1::uuid[], $2::uuid[]) as pair (worker, site)) pair
                   on pair.worker = c.worker_id and pair.site = c.entity_id
               where c.kind = 'site')
           update planning.change c
           set until = w.until, xid = pg_current_xact_id()
           from work w
           where c.worker_id = w.worker_id and c.kind = 'site' and c.entity_id = w.entity_id
             and c.until is distinct from w.until
           returning c.worker_id as "worker: WorkerId", c.entity_id as "site: SiteId""#,
        &pairs.workers as &[WorkerId],
        &pairs.sites as &[SiteId]
    )
    .fetch_all(&mut *tx)
    .await?;
    if moved.is_empty() {
        return Ok(());
    }
    let (workers, sites): (Vec<_>, Vec<_>) =
        moved.into_iter().map(|row| (row.worker, row.site)).unzip();
    touch_documents(tx, &workers, &sites).await
}

/// Marks what the field may read of sites as changed for workers.
async fn touch_documents(
    tx: &mut PgConnection,
    workers: &[WorkerId],
    sites: &[SiteId],
) -> Result<(), sqlx::Error> {
    let projects = sqlx::query_scalar!(
        r#"select distinct project_id as "id!: ProjectId" from projects_pub.site
           where id = any($1) order by 1"#,
        sites as &[SiteId]
    )
    .fetch_all(&mut *tx)
    .await?;
    for project in projects {
        sqlx::query!("select pg_advisory_xact_lock_shared($1)", lock_of(project))
            .execute(&mut *tx)
            .await?;
    }
    sqlx::query!(
        "insert into planning.change (worker_id, kind, entity_id)
         select distinct pair.worker, 'document', d.id
         from unnest($1::uuid[], $2::uuid[]) as pair (worker, site)
         join projects_pub.site s on s.id = pair.site
         join projects_pub.document d
             on d.project_id = s.project_id and (d.site_id is null or d.site_id = s.id)
         where d.released and (d.roles = '{}' or 'crew_member' = any(d.roles))
         order by 1, 3
         on conflict (worker_id, kind, entity_id) do update set xid = excluded.xid",
        workers as &[WorkerId],
        sites as &[SiteId]
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Marks a document as changed for those who have work at its place and for those who had it.
pub async fn touch_document(
    tx: &mut PgConnection,
    document: DocumentId,
    project: ProjectId,
    site: Option<SiteId>,
) -> Result<(), sqlx::Error> {
    sqlx::query!("select pg_advisory_xact_lock($1)", lock_of(project)).execute(&mut *tx).await?;
    sqlx::query!(
        "insert into planning.change (worker_id, kind, entity_id)
         select worker_id, 'document', $1::uuid from (
             select c.worker_id
             from planning.change c join projects_pub.site s on s.id = c.entity_id
             where c.kind = 'site' and c.until is not null and s.project_id = $2
               and ($3::uuid is null or s.id = $3)
             union
             select worker_id from planning.change
             where kind = 'document' and entity_id = $1) worker
         order by worker_id
         on conflict (worker_id, kind, entity_id) do update set xid = excluded.xid",
        document as DocumentId,
        project as ProjectId,
        site as Option<SiteId>
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Marks a site as changed for those who have it.
pub async fn touch_site(tx: &mut PgConnection, site: SiteId) -> Result<(), sqlx::Error> {
    touch_sites(tx, &[site]).await
}

/// Marks the sites of a project as changed: they show its name.
pub async fn touch_project(tx: &mut PgConnection, project: ProjectId) -> Result<(), sqlx::Error> {
    let sites = sqlx::query_scalar!(
        r#"select id as "id!: SiteId" from projects_pub.site where project_id = $1"#,
        project as ProjectId
    )
    .fetch_all(&mut *tx)
    .await?;
    touch_sites(tx, &sites).await
}

/// Where a site's zone is another, its tasks are shown otherwise too.
async fn touch_sites(tx: &mut PgConnection, sites: &[SiteId]) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "with held as (
             select c.worker_id, c.entity_id, s.zone, s.zone is distinct from c.zone as moved
             from planning.change c left join projects_pub.site s on s.id = c.entity_id
             where c.kind = 'site' and c.entity_id = any($1)
             order by c.worker_id, c.entity_id for update of c),
         shown as (
             update planning.change c set xid = pg_current_xact_id(), zone = h.zone
             from held h
             where c.worker_id = h.worker_id and c.kind = 'site' and c.entity_id = h.entity_id)
         insert into planning.change (worker_id, kind, entity_id)
         select a.worker_id, 'task', t.id
         from held h
         join planning.task t on t.site_id = h.entity_id
         join planning.assignment a on a.task_id = t.id and a.worker_id = h.worker_id
         where h.moved
         order by a.worker_id, t.id
         on conflict (worker_id, kind, entity_id) do update set xid = excluded.xid",
        sites as &[SiteId]
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// The number of the lock that holds off a project's documents and its workers' coming.
fn lock_of(project: ProjectId) -> i64 {
    let hash = kernel::sha256(&[b"field-documents", project.uuid().as_bytes()]);
    i64::from_be_bytes(hash[..8].try_into().unwrap_or_default())
}

/// Of these, the sites that are on the worker's phone.
pub(in crate::field) async fn sites(
    conn: &mut PgConnection,
    worker: WorkerId,
    ids: &[SiteId],
    now: Timestamp,
) -> Result<Vec<FieldSite>, sqlx::Error> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let held = sqlx::query_scalar!(
        r#"select entity_id as "id: SiteId" from planning.change
           where worker_id = $1 and kind = 'site' and entity_id = any($2) and until >= $3"#,
        worker as WorkerId,
        ids as &[SiteId],
        now
    )
    .fetch_all(&mut *conn)
    .await?;
    shown_sites(conn, &held).await
}

/// Sites as somebody who works there sees them.
pub async fn shown_sites(
    conn: &mut PgConnection,
    ids: &[SiteId],
) -> Result<Vec<FieldSite>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select s.id as "id!: SiteId", s.project_id as "project_id!: ProjectId",
                  p.name as "project_name!", s.name as "name!", s.client_name, s.address,
                  s.lat as "lat!", s.lon as "lon!", s.radius_m::float8 as "radius_m!",
                  s.polygon as "polygon: Json<Fence>", s.zone as "zone!",
                  v.contacts as "contacts!: Json<Vec<FieldContact>>",
                  v.opening_hours as "opening_hours!: Json<Vec<Opening>>", v.access_notes
           from projects_pub.site s
           join projects_pub.project p on p.id = s.project_id
           join projects_pub.site_visit v on v.site_id = s.id
           where s.id = any($1)
           order by s.id"#,
        ids as &[SiteId]
    )
    .fetch_all(conn)
    .await?;
    let sites = rows.into_iter().map(|row| FieldSite {
        id: row.id,
        project_id: row.project_id,
        project_name: row.project_name,
        name: row.name,
        client_name: row.client_name,
        address: row.address,
        lat: row.lat,
        lon: row.lon,
        radius_m: row.radius_m,
        polygon: row.polygon.map(|polygon| polygon.0),
        zone: row.zone,
        contacts: row.contacts.0,
        opening_hours: row.opening_hours.0,
        access_notes: row.access_notes,
    });
    Ok(sites.collect())
}

/// Of these, the documents that are on the worker's phone: released to the field, open to crews,
/// and of a place whose site is there.
pub(in crate::field) async fn documents(
    conn: &mut PgConnection,
    worker: WorkerId,
    ids: &[DocumentId],
    now: Timestamp,
) -> Result<Vec<FieldDocument>, sqlx::Error> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows = sqlx::query!(
        r#"select d.id as "id!: DocumentId", d.project_id as "project_id!: ProjectId",
                  d.site_id as "site_id: SiteId", d.kind as "kind!", d.name as "name!",
                  d.tags as "tags!", d.must_acknowledge as "must_acknowledge!", d.expires_on,
                  d.version_id as "version_id!: DocumentVersionId", d.number as "number!",
                  d.file_name as "file_name!", d.media_type, d.size as "size!",
                  d.sha256 as "sha256!", d.version as "version!"
           from projects_pub.document d
           where d.id = any($2) and d.released
             and (d.roles = '{}' or 'crew_member' = any(d.roles))
             and exists (
                 select from planning.change c join projects_pub.site s on s.id = c.entity_id
                 where c.worker_id = $1 and c.kind = 'site' and c.until >= $3
                   and s.project_id = d.project_id and (d.site_id is null or d.site_id = s.id))
           order by d.id"#,
        worker as WorkerId,
        ids as &[DocumentId],
        now
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(FieldDocument {
                id: row.id,
                project_id: row.project_id,
                site_id: row.site_id,
                kind: row.kind.parse().map_err(|e: String| sqlx::Error::Decode(e.into()))?,
                name: row.name,
                tags: row.tags,
                must_acknowledge: row.must_acknowledge,
                expires_on: row.expires_on,
                version_id: row.version_id,
                number: row.number,
                file_name: row.file_name,
                media_type: row.media_type,
                size: row.size,
                sha256: row.sha256,
                version: row.version,
            })
        })
        .collect()
}
