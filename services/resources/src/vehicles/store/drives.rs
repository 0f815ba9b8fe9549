//! The rows of who drives which vehicle when. That nobody and nothing is booked twice is checked by
//! the table, whoever plans at the same moment.

use kernel::{DriveId, Timestamp, VehicleId, WorkerId};
use sqlx::PgConnection;

use crate::error::{Fleet, broke};
use crate::vehicles::api::DriveFilter;
use crate::vehicles::drives::Drive;

/// The columns, said once.
macro_rules! select {
    ($rest:tt $(, $arg:expr)*) => {
        sqlx::query_as!(
            Drive,
            r#"select id as "id: DriveId", vehicle_id as "vehicle_id: VehicleId",
                      worker_id as "worker_id: WorkerId", from_at as "from: Timestamp",
                      to_at as "to: Timestamp"
               from resources.vehicle_drive "#
                + $rest
            $(, $arg)*
        )
    };
}

/// The drive.
pub(in crate::vehicles) async fn find(
    db: &mut PgConnection,
    id: DriveId,
) -> Result<Drive, sqlx::Error> {
    select!("where id = $1", id as DriveId).fetch_one(db).await
}

/// A page of the drives, and one more.
pub(in crate::vehicles) async fn list(
    db: &mut PgConnection,
    filter: &DriveFilter,
    after: Option<DriveId>,
    limit: i64,
) -> Result<Vec<Drive>, sqlx::Error> {
    select!(
        "where ($1::uuid is null or vehicle_id = $1)
           and ($2::uuid is null or worker_id = $2)
           and ($3::timestamptz is null or to_at > $3)
           and ($4::timestamptz is null or from_at < $4)
           and ($5::uuid is null or id > $5)
         order by id limit $6",
        filter.vehicle_id as Option<VehicleId>,
        filter.worker_id as Option<WorkerId>,
        filter.from,
        filter.to,
        after as Option<DriveId>,
        limit + 1
    )
    .fetch_all(db)
    .await
}

/// Stores a new drive.
pub(in crate::vehicles) async fn insert(tx: &mut PgConnection, drive: &Drive) -> Result<(), Fleet> {
    let done = sqlx::query!(
        "insert into resources.vehicle_drive (id, vehicle_id, worker_id, from_at, to_at)
         values ($1, $2, $3, $4, $5)",
        drive.id as DriveId,
        drive.vehicle_id as VehicleId,
        drive.worker_id as WorkerId,
        drive.from,
        drive.to
    )
    .execute(tx)
    .await;
    done.map(|_| ()).map_err(|error| {
        if broke(&error, "vehicle_drive_vehicle") {
            Fleet::VehicleTaken
        } else if broke(&error, "vehicle_drive_worker") {
            Fleet::DriverTaken
        } else if broke(&error, "vehicle_drive_worker_id_fkey") {
            Fleet::Unknown("/worker_id")
        } else {
            error.into()
        }
    })
}

/// Removes a drive.
pub(in crate::vehicles) async fn remove(
    tx: &mut PgConnection,
    id: DriveId,
) -> Result<(), sqlx::Error> {
    // None where somebody else was faster: gone is gone.
    let done = sqlx::query!("delete from resources.vehicle_drive where id = $1", id as DriveId)
        .execute(tx)
        .await?;
    if done.rows_affected() == 0 { Err(sqlx::Error::RowNotFound) } else { Ok(()) }
}
