//! The vehicles' rows.

pub(super) mod drives;

use kernel::{DepotId, VehicleId, WorkerId};
use sqlx::PgConnection;

use super::api::VehicleFilter;
use super::model::{Capacity, Vehicle, VehicleKind};
use crate::error::{Fleet, broke};

struct Row {
    id: VehicleId,
    plate: String,
    name: Option<String>,
    kind: VehicleKind,
    capacity_kg: Option<i32>,
    capacity_l: Option<i32>,
    capacity_units: Option<i32>,
    seats: i16,
    depot_id: Option<DepotId>,
    driver_id: Option<WorkerId>,
    active: bool,
    version: i64,
}

impl From<Row> for Vehicle {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            plate: row.plate,
            name: row.name,
            kind: row.kind,
            capacity: Capacity {
                kg: row.capacity_kg,
                litres: row.capacity_l,
                units: row.capacity_units,
            },
            seats: row.seats,
            depot_id: row.depot_id,
            driver_id: row.driver_id,
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
            r#"select id as "id: VehicleId", plate, name, kind as "kind: VehicleKind", capacity_kg,
                      capacity_l, capacity_units, seats, depot_id as "depot_id: DepotId",
                      driver_id as "driver_id: WorkerId", active, version
               from resources.vehicle "#
                + $rest
            $(, $arg)*
        )
    };
}

/// The vehicle.
pub(super) async fn find(db: &mut PgConnection, id: VehicleId) -> Result<Vehicle, sqlx::Error> {
    select!("where id = $1", id as VehicleId).fetch_one(db).await.map(Vehicle::from)
}

/// The vehicle, held until the end of the transaction.
pub(super) async fn lock(tx: &mut PgConnection, id: VehicleId) -> Result<Vehicle, sqlx::Error> {
    select!("where id = $1 for update", id as VehicleId).fetch_one(tx).await.map(Vehicle::from)
}

/// A page of the vehicles, and one more.
pub(super) async fn list(
    db: &mut PgConnection,
    filter: &VehicleFilter,
    after: Option<VehicleId>,
    limit: i64,
) -> Result<Vec<Vehicle>, sqlx::Error> {
    let rows = select!(
        "where ($1::boolean is null or active = $1)
           and ($2::uuid is null or depot_id = $2)
           and ($3::uuid is null or driver_id = $3)
           and ($4::uuid is null or id > $4)
         order by id limit $5",
        filter.active,
        filter.depot_id as Option<DepotId>,
        filter.driver_id as Option<WorkerId>,
        after as Option<VehicleId>,
        limit + 1
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(Vehicle::from).collect())
}

/// Stores a new vehicle.
pub(super) async fn insert(tx: &mut PgConnection, vehicle: &Vehicle) -> Result<(), Fleet> {
    let done = sqlx::query!(
        "insert into resources.vehicle
             (id, plate, name, kind, capacity_kg, capacity_l, capacity_units, seats, depot_id,
              driver_id, active, version)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        vehicle.id as VehicleId,
        vehicle.plate,
        vehicle.name,
        vehicle.kind as VehicleKind,
        vehicle.capacity.kg,
        vehicle.capacity.litres,
        vehicle.capacity.units,
        vehicle.seats,
        vehicle.depot_id as Option<DepotId>,
        vehicle.driver_id as Option<WorkerId>,
        vehicle.active,
        vehicle.version
    )
    .execute(tx)
    .await;
    done.map(|_| ()).map_err(explain)
}

/// Stores a changed vehicle.
pub(super) async fn update(tx: &mut PgConnection, vehicle: &Vehicle) -> Result<(), Fleet> {
    let done = sqlx::query!(
        "update resources.vehicle
         set plate = $2, name = $3, kind = $4, capacity_kg = $5, capacity_l = $6,
             capacity_units = $7, seats = $8, depot_id = $9, driver_id = $10, active = $11,
             version = $12
         where id = $1",
        vehicle.id as VehicleId,
        vehicle.plate,
        vehicle.name,
        vehicle.kind as VehicleKind,
        vehicle.capacity.kg,
        vehicle.capacity.litres,
        vehicle.capacity.units,
        vehicle.seats,
        vehicle.depot_id as Option<DepotId>,
        vehicle.driver_id as Option<WorkerId>,
        vehicle.active,
        vehicle.version
    )
    .execute(tx)
    .await;
    done.map(|_| ()).map_err(explain)
}

fn explain(error: sqlx::Error) -> Fleet {
    if broke(&error, "vehicle_plate") {
        Fleet::Taken("/plate")
    } else if broke(&error, "vehicle_depot_id_fkey") {
        Fleet::Unknown("/depot_id")
    } else if broke(&error, "vehicle_driver_id_fkey") {
        Fleet::Unknown("/driver_id")
    } else {
        error.into()
    }
}
