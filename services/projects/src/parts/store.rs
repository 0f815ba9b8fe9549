//! The rows of the sites' parts.

use contracts::SitePartKind;
use kernel::{SiteId, SitePartId};
use sqlx::PgConnection;

use super::model::SitePart;
use crate::error::{Delivery, broke};

struct Row {
    id: SitePartId,
    site_id: SiteId,
    parent_id: Option<SitePartId>,
    kind: String,
    name: String,
    place: i32,
    version: i64,
}

impl TryFrom<Row> for SitePart {
    type Error = sqlx::Error;
    fn try_from(row: Row) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.id,
            site_id: row.site_id,
            parent_id: row.parent_id,
            kind: row.kind.parse().map_err(|e: String| sqlx::Error::Decode(e.into()))?,
            name: row.name,
            place: row.place,
            version: row.version,
        })
    }
}

/// The columns, said once.
macro_rules! select {
    ($rest:tt $(, $arg:expr)*) => {
        sqlx::query_as!(
            Row,
            r#"select id as "id: SitePartId", site_id as "site_id: SiteId",
                      parent_id as "parent_id: SitePartId", kind, name, place, version
               from projects.site_part "#
                + $rest
            $(, $arg)*
        )
    };
}

/// The part.
pub(crate) async fn find(db: &mut PgConnection, id: SitePartId) -> Result<SitePart, sqlx::Error> {
    select!("where id = $1", id as SitePartId).fetch_one(db).await?.try_into()
}

/// The part, held until the end of the transaction.
pub(crate) async fn lock(tx: &mut PgConnection, id: SitePartId) -> Result<SitePart, sqlx::Error> {
    select!("where id = $1 for update", id as SitePartId).fetch_one(tx).await?.try_into()
}

/// A page of a site's parts, and one more.
pub(crate) async fn list(
    db: &mut PgConnection,
    site: SiteId,
    kind: Option<SitePartKind>,
    after: Option<SitePartId>,
    limit: i64,
) -> Result<Vec<SitePart>, sqlx::Error> {
    select!(
        "where site_id = $1 and ($2::text is null or kind = $2) and ($3::uuid is null or id > $3)
         order by id limit $4",
        site as SiteId,
        kind.map(SitePartKind::as_str),
        after as Option<SitePartId>,
        limit + 1
    )
    .fetch_all(db)
    .await?
    .into_iter()
    .map(SitePart::try_from)
    .collect()
}

/// How many parts the site has.
pub(crate) async fn count(db: &mut PgConnection, site: SiteId) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from projects.site_part where site_id = $1"#,
        site as SiteId
    )
    .fetch_one(db)
    .await
}

/// Stores a new part.
pub(crate) async fn insert(tx: &mut PgConnection, part: &SitePart) -> Result<(), Delivery> {
    let done = sqlx::query!(
        "insert into projects.site_part (id, site_id, parent_id, kind, name, place, version)
         values ($1, $2, $3, $4, $5, $6, $7)",
        part.id as SitePartId,
        part.site_id as SiteId,
        part.parent_id as Option<SitePartId>,
        part.kind.as_str(),
        part.name,
        part.place,
        part.version
    )
    .execute(tx)
    .await;
    done.map(|_| ()).map_err(explain)
}

/// Stores a changed part.
pub(crate) async fn update(tx: &mut PgConnection, part: &SitePart) -> Result<(), Delivery> {
    let done = sqlx::query!(
        "update projects.site_part set name = $2, place = $3, version = $4 where id = $1",
        part.id as SitePartId,
        part.name,
        part.place,
        part.version
    )
    .execute(tx)
    .await;
    done.map(|_| ()).map_err(explain)
}

/// Removes a part that nothing lies in.
pub(crate) async fn delete(tx: &mut PgConnection, id: SitePartId) -> Result<(), Delivery> {
    let done = sqlx::query!("delete from projects.site_part where id = $1", id as SitePartId)
        .execute(tx)
        .await;
    done.map(|_| ()).map_err(explain)
}

fn explain(error: sqlx::Error) -> Delivery {
    if broke(&error, "site_part_name") {
        Delivery::PartNameTaken
    } else if broke(&error, "site_part_parent") {
        Delivery::PartNotEmpty
    } else {
        error.into()
    }
}
