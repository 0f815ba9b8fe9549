//! The SQL of service levels.

pub(super) mod facts;
pub(super) mod timers;

use auth::Visibility;
use kernel::{ProjectId, ServiceLevelId, SiteId};
use sqlx::PgConnection;
use sqlx::types::Json;

use super::model::{ServiceLevel, Terms};

/// `query_as!` over the columns of a level, followed by the rest of the statement.
macro_rules! select_levels {
    ($rest:literal $(, $argument:expr)* $(,)?) => {
        sqlx::query_as!(
            ServiceLevel,
            r#"select l.id as "id: ServiceLevelId", l.name, l.project_id as "project_id: ProjectId",
                   l.site_id as "site_id: SiteId", l.terms as "terms: Json<Terms>", l.active,
                   l.version
               from planning.service_level l "# + $rest
            $(, $argument)*
        )
    };
}

impl From<Json<Self>> for Terms {
    fn from(Json(terms): Json<Self>) -> Self {
        terms
    }
}

/// The level, if it holds anywhere that is seen: who sees a site sees what its project and the firm
/// promise there.
pub(super) async fn find(
    conn: &mut PgConnection,
    seen: &Visibility,
    id: ServiceLevelId,
) -> Result<Option<ServiceLevel>, sqlx::Error> {
    if seen.is_empty() {
        return Ok(None); // not even what is the firm's
    }
    let one = Filter { id: Some(id), limit: 1, ..Filter::default() };
    Ok(list(conn, seen, &one).await?.into_iter().next())
}

/// Lets one writer at a time change a level, until the end of the transaction.
pub(super) async fn lock(tx: &mut PgConnection, id: ServiceLevelId) -> Result<(), sqlx::Error> {
    let query = sqlx::query!(
        "select id from planning.service_level where id = $1 for update",
        id as ServiceLevelId
    );
    query.fetch_optional(tx).await?;
    Ok(())
}

/// Which levels a list shows.
#[derive(Debug, Default)]
pub(super) struct Filter {
    /// This one.
    pub id: Option<ServiceLevelId>,
    /// Of this project.
    pub project: Option<ProjectId>,
    /// After this one.
    pub after: Option<ServiceLevelId>,
    /// So many at most.
    pub limit: i64,
}

/// The levels that are seen, in the order of their ids.
pub(super) async fn list(
    conn: &mut PgConnection,
    seen: &Visibility,
    filter: &Filter,
) -> Result<Vec<ServiceLevel>, sqlx::Error> {
    select_levels!(
        "where ($1 or l.project_id is null or l.project_id = any($2) or l.site_id = any($3)
                or l.site_id is null and exists (
                    select from projects_pub.site s
                    where s.project_id = l.project_id and s.id = any($3)))
           and ($4::uuid is null or l.id = $4) and ($5::uuid is null or l.project_id = $5)
           and ($6::uuid is null or l.id > $6)
         order by l.id limit $7",
        seen.all,
        &seen.projects as &[ProjectId],
        &seen.sites as &[SiteId],
        filter.id as Option<ServiceLevelId>,
        filter.project as Option<ProjectId>,
        filter.after as Option<ServiceLevelId>,
        filter.limit
    )
    .fetch_all(conn)
    .await
}

/// The levels by which promises are made in a project.
pub(super) async fn of_project(
    conn: &mut PgConnection,
    project: ProjectId,
) -> Result<Vec<ServiceLevel>, sqlx::Error> {
    select_levels!(
        "where l.active and (l.project_id is null or l.project_id = $1)",
        project as ProjectId
    )
    .fetch_all(conn)
    .await
}

/// Whether any level holds now.
pub(super) async fn promises(conn: &mut PgConnection) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select from planning.service_level where active) as "any!""#
    )
    .fetch_one(conn)
    .await
}

/// Stores a new level.
pub(super) async fn insert(tx: &mut PgConnection, new: &ServiceLevel) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into planning.service_level (id, name, project_id, site_id, terms, active)
         values ($1, $2, $3, $4, $5, $6)",
        new.id as ServiceLevelId,
        new.name,
        new.project_id as Option<ProjectId>,
        new.site_id as Option<SiteId>,
        Json(&new.terms) as Json<&Terms>,
        new.active
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Stores a level under its next version.
pub(super) async fn save(
    tx: &mut PgConnection,
    level: &mut ServiceLevel,
) -> Result<(), sqlx::Error> {
    level.version = sqlx::query_scalar!(
        "update planning.service_level
         set name = $2, terms = $3, active = $4, version = version + 1
         where id = $1 returning version",
        level.id as ServiceLevelId,
        level.name,
        Json(&level.terms) as Json<&Terms>,
        level.active
    )
    .fetch_one(tx)
    .await?;
    Ok(())
}
