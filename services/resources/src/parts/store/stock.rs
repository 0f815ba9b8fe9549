//! The rows of how much is where, and of what moved it.

use kernel::{DepotId, PartId, StockMovementId, TaskId, Timestamp, UserId, VehicleId};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::error::{Fleet, broke};
use crate::parts::api::{MovementFilter, StockFilter};
use crate::parts::stock::{MOST, Place, Reason, Stock, StockMovement};

/// A page of the quantities above zero, and one more.
pub(in crate::parts) async fn list(
    db: &mut PgConnection,
    filter: &StockFilter,
    after: Option<(PartId, Uuid)>,
    limit: i64,
) -> Result<Vec<Stock>, sqlx::Error> {
    let (part, place) = after.unzip();
    let rows = sqlx::query!(
        r#"select part_id as "part_id: PartId", depot_id as "depot_id: DepotId",
                  vehicle_id as "vehicle_id: VehicleId", quantity
           from resources.stock
           where quantity > 0
             and ($1::uuid is null or part_id = $1)
             and ($2::uuid is null or depot_id = $2)
             and ($3::uuid is null or vehicle_id = $3)
             and ($4::uuid is null or (part_id, coalesce(depot_id, vehicle_id)) > ($4, $5::uuid))
           order by part_id, coalesce(depot_id, vehicle_id) limit $6"#,
        filter.part_id as Option<PartId>,
        filter.depot_id as Option<DepotId>,
        filter.vehicle_id as Option<VehicleId>,
        part as Option<PartId>,
        place,
        limit + 1
    )
    .fetch_all(db)
    .await?;
    let stock = rows.into_iter().filter_map(|row| {
        let place = Place::join(row.depot_id, row.vehicle_id)?; // a constraint says it is there
        Some(Stock { part_id: row.part_id, place, quantity: row.quantity })
    });
    Ok(stock.collect())
}

/// A page of the movements, and one more.
pub(in crate::parts) async fn movements(
    db: &mut PgConnection,
    filter: &MovementFilter,
    after: Option<StockMovementId>,
    limit: i64,
) -> Result<Vec<StockMovement>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select id as "id: StockMovementId", part_id as "part_id: PartId",
                  from_depot_id as "from_depot_id: DepotId",
                  from_vehicle_id as "from_vehicle_id: VehicleId",
                  to_depot_id as "to_depot_id: DepotId",
                  to_vehicle_id as "to_vehicle_id: VehicleId", quantity,
                  reason as "reason: Reason", task_id as "task_id: TaskId", note,
                  by_user as "by_user: UserId", at as "at: Timestamp"
           from resources.stock_movement
           where ($1::uuid is null or part_id = $1)
             and ($2::uuid is null or $2 in (from_depot_id, to_depot_id))
             and ($3::uuid is null or $3 in (from_vehicle_id, to_vehicle_id))
             and ($4::uuid is null or id > $4)
           order by id limit $5"#,
        filter.part_id as Option<PartId>,
        filter.depot_id as Option<DepotId>,
        filter.vehicle_id as Option<VehicleId>,
        after as Option<StockMovementId>,
        limit + 1
    )
    .fetch_all(db)
    .await?;
    let movements = rows.into_iter().map(|row| StockMovement {
        id: row.id,
        part_id: row.part_id,
        from: Place::join(row.from_depot_id, row.from_vehicle_id),
        to: Place::join(row.to_depot_id, row.to_vehicle_id),
        quantity: row.quantity,
        reason: row.reason,
        task_id: row.task_id,
        note: row.note,
        by_user: row.by_user,
        at: row.at,
    });
    Ok(movements.collect())
}

/// Whether planning has this task.
pub(in crate::parts) async fn task_exists(
    tx: &mut PgConnection,
    task: TaskId,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select from planning_pub.task where id = $1) as "there!""#,
        task as TaskId
    )
    .fetch_one(tx)
    .await
}

/// Stores a movement, whose quantities [`step`] moves.
pub(in crate::parts) async fn insert(
    tx: &mut PgConnection,
    movement: &StockMovement,
) -> Result<(), Fleet> {
    let done = sqlx::query!(
        "insert into resources.stock_movement
             (id, part_id, from_depot_id, from_vehicle_id, to_depot_id, to_vehicle_id, quantity,
              reason, task_id, note, by_user, at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        movement.id as StockMovementId,
        movement.part_id as PartId,
        movement.from.and_then(Place::depot) as Option<DepotId>,
        movement.from.and_then(Place::vehicle) as Option<VehicleId>,
        movement.to.and_then(Place::depot) as Option<DepotId>,
        movement.to.and_then(Place::vehicle) as Option<VehicleId>,
        movement.quantity,
        movement.reason as Reason,
        movement.task_id as Option<TaskId>,
        movement.note,
        movement.by_user as UserId,
        movement.at
    )
    .execute(tx)
    .await;
    done.map(|_| ()).map_err(|error| {
        let of = |end: &str| broke(&error, &format!("stock_movement_{end}_id_fkey"));
        if of("part") {
            Fleet::Unknown("/part_id")
        } else if of("from_depot") || of("from_vehicle") {
            Fleet::Unknown("/from/id")
        } else if of("to_depot") || of("to_vehicle") {
            Fleet::Unknown("/to/id")
        } else {
            error.into()
        }
    })
}

/// Adds `change` to what is in a place, or takes it away. One statement decides and changes, and
/// whoever takes from the same place at the same moment waits: what is not there is never taken,
/// and nothing is counted twice.
pub(in crate::parts) async fn step(
    tx: &mut PgConnection,
    part: PartId,
    place: Place,
    change: i64,
) -> Result<(), Fleet> {
    let (depot, vehicle) = (place.depot(), place.vehicle());
    if change > 0 {
        let put = sqlx::query!(
            "insert into resources.stock as s (part_id, depot_id, vehicle_id, quantity)
             values ($1, $2, $3, $4)
             on conflict on constraint stock_once
                 do update set quantity = s.quantity + excluded.quantity
                 where s.quantity + excluded.quantity <= $5",
            part as PartId,
            depot as Option<DepotId>,
            vehicle as Option<VehicleId>,
            change,
            MOST
        )
        .execute(tx)
        .await?;
        return if put.rows_affected() == 1 { Ok(()) } else { Err(Fleet::TooMany) };
    }
    let taken = sqlx::query!(
        "update resources.stock set quantity = quantity + $4
         where part_id = $1 and depot_id is not distinct from $2
           and vehicle_id is not distinct from $3 and quantity + $4 >= 0",
        part as PartId,
        depot as Option<DepotId>,
        vehicle as Option<VehicleId>,
        change
    )
    .execute(&mut *tx)
    .await?;
    if taken.rows_affected() == 1 {
        return Ok(());
    }
    let left = sqlx::query_scalar!(
        "select quantity from resources.stock
         where part_id = $1 and depot_id is not distinct from $2
           and vehicle_id is not distinct from $3",
        part as PartId,
        depot as Option<DepotId>,
        vehicle as Option<VehicleId>
    )
    .fetch_optional(tx)
    .await?;
    Err(Fleet::NotEnough { left: left.unwrap_or(0) })
}
