//! The depots' rows.

use kernel::{DepotId, Position};
use sqlx::PgConnection;
use sqlx::types::Json;
use web::Opening;

use super::api::DepotFilter;
use super::model::Depot;
use crate::error::{Fleet, broke};

struct Row {
    id: DepotId,
    name: String,
    address: Option<String>,
    lat: f64,
    lon: f64,
    zone: String,
    opening_hours: Json<Vec<Opening>>,
    active: bool,
    version: i64,
}

impl From<Row> for Depot {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            name: row.name,
            address: row.address,
            position: Position { lat: row.lat, lon: row.lon, accuracy_m: None },
            zone: row.zone,
            opening_hours: row.opening_hours.0,
            active: row.active,
            version: row.version,
        }
    }
}

/// The columns, said once.
macro_rules! select {
    ($rest:tt $(, $arg:expr)*) => {
        sqlx::query_as!(
            Row,
            r#"select id as "id: DepotId", name, address, lat, lon, zone,
                      opening_hours as "opening_hours: Json<Vec<Opening>>", active, version
               from resources.depot "#
                + $rest
            $(, $arg)*
        )
    };
}

/// The depot.
pub(super) async fn find(db: &mut PgConnection, id: DepotId) -> Result<Depot, sqlx::Error> {
    select!("where id = $1", id as DepotId).fetch_one(db).await.map(Depot::from)
}

/// The depot, held until the end of the transaction.
pub(super) async fn lock(tx: &mut PgConnection, id: DepotId) -> Result<Depot, sqlx::Error> {
    select!("where id = $1 for update", id as DepotId).fetch_one(tx).await.map(Depot::from)
}

/// A page of the depots, and one more.
pub(super) async fn list(
    db: &mut PgConnection,
    filter: &DepotFilter,
    after: Option<DepotId>,
    limit: i64,
) -> Result<Vec<Depot>, sqlx::Error> {
    let rows = select!(
        "where ($1::boolean is null or active = $1) and ($2::uuid is null or id > $2)
         order by id limit $3",
        filter.active,
        after as Option<DepotId>,
        limit + 1
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(Depot::from).collect())
}

/// Stores a new depot.
pub(super) async fn insert(tx: &mut PgConnection, depot: &Depot) -> Result<(), Fleet> {
    let done = sqlx::query!(
        "insert into resources.depot
             (id, name, address, lat, lon, zone, opening_hours, active, version)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        depot.id as DepotId,
        depot.name,
        depot.address,
        depot.position.lat,
        depot.position.lon,
        depot.zone,
        Json(&depot.opening_hours) as Json<&Vec<Opening>>,
        depot.active,
        depot.version
    )
    .execute(tx)
    .await;
    done.map(|_| ()).map_err(explain)
}

/// Stores a changed depot.
pub(super) async fn update(tx: &mut PgConnection, depot: &Depot) -> Result<(), Fleet> {
    let done = sqlx::query!(
        "update resources.depot
         set name = $2, address = $3, lat = $4, lon = $5, zone = $6, opening_hours = $7,
             active = $8, version = $9
         where id = $1",
        depot.id as DepotId,
        depot.name,
        depot.address,
        depot.position.lat,
        depot.position.lon,
        depot.zone,
        Json(&depot.opening_hours) as Json<&Vec<Opening>>,
        depot.active,
        depot.version
    )
    .execute(tx)
    .await;
    done.map(|_| ()).map_err(explain)
}

fn explain(error: sqlx::Error) -> Fleet {
    if broke(&error, "depot_name") { Fleet::Taken("/name") } else { error.into() }
}
