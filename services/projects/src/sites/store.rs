//! The sites' rows.

use auth::Visibility;
use kernel::{Fence, Position, ProjectId, SiteId};
use sqlx::PgConnection;
use sqlx::types::Json;
use web::Opening;

use super::api::SiteFilter;
use super::model::Site;
use super::place::Contact;

struct Row {
    id: SiteId,
    project_id: ProjectId,
    name: String,
    address: Option<String>,
    client_name: Option<String>,
    sector: Option<String>,
    lat: f64,
    lon: f64,
    radius_m: f64,
    polygon: Option<Json<Fence>>,
    zone: String,
    people: Json<Vec<Contact>>,
    opening_hours: Json<Vec<Opening>>,
    access_notes: Option<String>,
    version: i64,
}

impl From<Row> for Site {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            project_id: row.project_id,
            name: row.name,
            address: row.address,
            client_name: row.client_name,
            sector: row.sector,
            position: Position { lat: row.lat, lon: row.lon, accuracy_m: None },
            radius_m: row.radius_m,
            polygon: row.polygon.map(|p| p.0),
            zone: row.zone,
            contacts: row.people.0,
            opening_hours: row.opening_hours.0,
            access_notes: row.access_notes,
            version: row.version,
        }
    }
}

/// The columns, said once.
macro_rules! select {
    ($rest:tt $(, $arg:expr)*) => {
        sqlx::query_as!(
            Row,
            r#"select id as "id: SiteId", project_id as "project_id: ProjectId", name, address,
                      client_name, sector, lat, lon, radius_m, polygon as "polygon: Json<Fence>",
                      zone, people as "people: Json<Vec<Contact>>",
                      opening_hours as "opening_hours: Json<Vec<Opening>>", access_notes, version
               from projects.site "#
                + $rest
            $(, $arg)*
        )
    };
}

/// The site.
pub(crate) async fn find(db: &mut PgConnection, id: SiteId) -> Result<Site, sqlx::Error> {
    select!("where id = $1", id as SiteId).fetch_one(db).await.map(Site::from)
}

/// The site, held until the end of the transaction.
pub(crate) async fn lock(tx: &mut PgConnection, id: SiteId) -> Result<Site, sqlx::Error> {
    select!("where id = $1 for update", id as SiteId).fetch_one(tx).await.map(Site::from)
}

/// A page of the sites that are seen, and one more.
pub(crate) async fn list(
    db: &mut PgConnection,
    seen: &Visibility,
    filter: &SiteFilter,
    after: Option<SiteId>,
    limit: i64,
) -> Result<Vec<Site>, sqlx::Error> {
    let rows = select!(
        "where ($1 or project_id = any($2) or id = any($3))
           and ($4::uuid is null or project_id = $4)
           and ($5::text is null or position(lower($5) in lower(name)) > 0)
           and ($6::uuid is null or id > $6)
         order by id limit $7",
        seen.all,
        &seen.projects as &[ProjectId],
        &seen.sites as &[SiteId],
        filter.project_id as Option<ProjectId>,
        filter.q.as_deref(),
        after as Option<SiteId>,
        limit + 1
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(Site::from).collect())
}

/// Stores a new site.
pub(crate) async fn insert(tx: &mut PgConnection, site: &Site) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into projects.site
             (id, project_id, name, address, client_name, sector, lat, lon, radius_m, polygon, zone,
              people, opening_hours, access_notes, version)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
        site.id as SiteId,
        site.project_id as ProjectId,
        site.name,
        site.address,
        site.client_name,
        site.sector,
        site.position.lat,
        site.position.lon,
        site.radius_m,
        site.polygon.as_ref().map(Json) as Option<Json<&Fence>>,
        site.zone,
        Json(&site.contacts) as Json<&Vec<Contact>>,
        Json(&site.opening_hours) as Json<&Vec<Opening>>,
        site.access_notes,
        site.version
    )
    .execute(tx)
    .await
    .map(|_| ())
}

/// Stores a changed site.
pub(crate) async fn update(tx: &mut PgConnection, site: &Site) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update projects.site
         set name = $2, address = $3, client_name = $4, lat = $5, lon = $6, radius_m = $7,
             zone = $8, people = $9, access_notes = $10, version = $11, sector = $12,
             polygon = $13, opening_hours = $14
         where id = $1",
        site.id as SiteId,
        site.name,
        site.address,
        site.client_name,
        site.position.lat,
        site.position.lon,
        site.radius_m,
        site.zone,
        Json(&site.contacts) as Json<&Vec<Contact>>,
        site.access_notes,
        site.version,
        site.sector,
        site.polygon.as_ref().map(Json) as Option<Json<&Fence>>,
        Json(&site.opening_hours) as Json<&Vec<Opening>>
    )
    .execute(tx)
    .await
    .map(|_| ())
}

/// Stores new sites, all at once, of which only what an import says is kept.
pub(crate) async fn insert_all(tx: &mut PgConnection, sites: &[Site]) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into projects.site
             (id, project_id, name, address, client_name, sector, lat, lon, radius_m, zone,
              access_notes, version)
         select id, project_id, name, address, client_name, sector, (position ->> 'lat')::float8,
                (position ->> 'lon')::float8, radius_m, zone, access_notes, version
         from jsonb_to_recordset($1) as site
             (id uuid, project_id uuid, name text, address text, client_name text, sector text,
              position jsonb, radius_m float8, zone text, access_notes text, version bigint)",
        Json(sites) as Json<&[Site]>
    )
    .execute(tx)
    .await
    .map(|_| ())
}
