//! The projects' rows.

use auth::Visibility;
use chrono::NaiveDate;
use chrono_tz::{ParseError, Tz};
use kernel::{ProjectId, SiteId};
use sqlx::PgConnection;

use super::api::ProjectFilter;
use super::model::Project;
use crate::Error;
use crate::error::broke;

struct Row {
    id: ProjectId,
    code: String,
    name: String,
    client: Option<String>,
    status: String,
    currency: String,
    starts_on: Option<NaiveDate>,
    ends_on: Option<NaiveDate>,
    version: i64,
}

impl TryFrom<Row> for Project {
    type Error = sqlx::Error;
    fn try_from(row: Row) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.id,
            code: row.code,
            name: row.name,
            client: row.client,
            status: row.status.parse().map_err(|e: String| sqlx::Error::Decode(e.into()))?,
            currency: row.currency.parse().map_err(|e| sqlx::Error::Decode(Box::new(e)))?,
            starts_on: row.starts_on,
            ends_on: row.ends_on,
            version: row.version,
        })
    }
}

/// The columns, said once.
macro_rules! select {
    ($rest:tt $(, $arg:expr)*) => {
        sqlx::query_as!(
            Row,
            r#"select id as "id: ProjectId", code, name, client, status, currency, starts_on,
                      ends_on, version
               from projects.project "#
                + $rest
            $(, $arg)*
        )
    };
}

/// The project.
pub(crate) async fn find(db: &mut PgConnection, id: ProjectId) -> Result<Project, sqlx::Error> {
    select!("where id = $1", id as ProjectId).fetch_one(db).await?.try_into()
}

/// Holds the project until the end of the transaction.
pub(crate) async fn lock(tx: &mut PgConnection, id: ProjectId) -> Result<(), sqlx::Error> {
    sqlx::query!("select from projects.project where id = $1 for update", id as ProjectId)
        .fetch_one(tx)
        .await
        .map(|_| ())
}

/// A page of the projects that are seen, and one more.
pub(crate) async fn list(
    db: &mut PgConnection,
    seen: &Visibility,
    filter: &ProjectFilter,
    after: Option<ProjectId>,
    limit: i64,
) -> Result<Vec<Project>, sqlx::Error> {
    select!(
        "where ($1 or id = any($2))
           and ($3::text is null or status = $3)
           and ($4::text is null or position(lower($4) in lower(code || ' ' || name)) > 0)
           and ($5::uuid is null or id > $5)
         order by id limit $6",
        seen.all,
        &seen.projects as &[ProjectId],
        filter.status.map(contracts::ProjectStatus::as_str),
        filter.q.as_deref(),
        after as Option<ProjectId>,
        limit + 1
    )
    .fetch_all(db)
    .await?
    .into_iter()
    .map(Project::try_from)
    .collect()
}

/// The projects of these sites.
pub(crate) async fn of_sites(
    db: &mut PgConnection,
    sites: &[SiteId],
) -> Result<Vec<ProjectId>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select distinct project_id as "project_id: ProjectId"
           from projects.site where id = any($1)"#,
        sites as &[SiteId]
    )
    .fetch_all(db)
    .await
}

/// The zone that most of the project's sites lie in; none while it has no site.
pub(crate) async fn zone(db: &mut PgConnection, id: ProjectId) -> Result<Option<Tz>, sqlx::Error> {
    let zone = sqlx::query_scalar!(
        "select zone from projects.site where project_id = $1
         group by zone order by count(*) desc, zone limit 1",
        id as ProjectId
    );
    let zone = zone.fetch_optional(db).await?;
    zone.map(|zone| zone.parse().map_err(|e: ParseError| sqlx::Error::Decode(e.into()))).transpose()
}

/// Stores a new project.
pub(crate) async fn insert(tx: &mut PgConnection, project: &Project) -> Result<(), Error> {
    let done = sqlx::query!(
        "insert into projects.project
             (id, code, name, client, status, currency, starts_on, ends_on, version)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        project.id as ProjectId,
        project.code,
        project.name,
        project.client,
        project.status.as_str(),
        project.currency.code(),
        project.starts_on,
        project.ends_on,
        project.version
    )
    .execute(tx)
    .await;
    done.map(|_| ()).map_err(explain)
}

/// Stores a changed project.
pub(crate) async fn update(tx: &mut PgConnection, project: &Project) -> Result<(), Error> {
    let done = sqlx::query!(
        "update projects.project
         set code = $2, name = $3, client = $4, status = $5, starts_on = $6, ends_on = $7,
             version = $8
         where id = $1",
        project.id as ProjectId,
        project.code,
        project.name,
        project.client,
        project.status.as_str(),
        project.starts_on,
        project.ends_on,
        project.version
    )
    .execute(tx)
    .await;
    done.map(|_| ()).map_err(explain)
}

fn explain(error: sqlx::Error) -> Error {
    if broke(&error, "project_code") { Error::CodeTaken } else { error.into() }
}
