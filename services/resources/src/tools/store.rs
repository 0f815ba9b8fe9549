//! The tools' rows.

use kernel::{DepotId, ToolId, VehicleId, WorkerId};
use sqlx::PgConnection;

use super::api::ToolFilter;
use super::model::{Holder, Tool};
use crate::error::{Fleet, broke};

struct Row {
    id: ToolId,
    kind: String,
    name: String,
    serial: Option<String>,
    depot_id: Option<DepotId>,
    vehicle_id: Option<VehicleId>,
    worker_id: Option<WorkerId>,
    active: bool,
    version: i64,
}

impl From<Row> for Tool {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            kind: row.kind,
            name: row.name,
            serial: row.serial,
            holder: Holder::join(row.depot_id, row.vehicle_id, row.worker_id),
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
            r#"select id as "id: ToolId", kind, name, serial, depot_id as "depot_id: DepotId",
                      vehicle_id as "vehicle_id: VehicleId", worker_id as "worker_id: WorkerId",
                      active, version
               from resources.tool "#
                + $rest
            $(, $arg)*
        )
    };
}

/// The tool.
pub(super) async fn find(db: &mut PgConnection, id: ToolId) -> Result<Tool, sqlx::Error> {
    select!("where id = $1", id as ToolId).fetch_one(db).await.map(Tool::from)
}

/// The tool, held until the end of the transaction.
pub(super) async fn lock(tx: &mut PgConnection, id: ToolId) -> Result<Tool, sqlx::Error> {
    select!("where id = $1 for update", id as ToolId).fetch_one(tx).await.map(Tool::from)
}

/// A page of the tools, and one more.
pub(super) async fn list(
    db: &mut PgConnection,
    filter: &ToolFilter,
    after: Option<ToolId>,
    limit: i64,
) -> Result<Vec<Tool>, sqlx::Error> {
    let rows = select!(
        "where ($1::boolean is null or active = $1)
           and ($2::text is null or kind = $2)
           and ($3::uuid is null or $3 in (depot_id, vehicle_id, worker_id))
           and ($4::uuid is null or id > $4)
         order by id limit $5",
        filter.active,
        filter.kind.as_deref(),
        filter.holder_id,
        after as Option<ToolId>,
        limit + 1
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(Tool::from).collect())
}

/// Stores a new tool.
pub(super) async fn insert(tx: &mut PgConnection, tool: &Tool) -> Result<(), Fleet> {
    let (depot, vehicle, worker) = Holder::split(tool.holder);
    let done = sqlx::query!(
        "insert into resources.tool
             (id, kind, name, serial, depot_id, vehicle_id, worker_id, active, version)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        tool.id as ToolId,
        tool.kind,
        tool.name,
        tool.serial,
        depot as Option<DepotId>,
        vehicle as Option<VehicleId>,
        worker as Option<WorkerId>,
        tool.active,
        tool.version
    )
    .execute(tx)
    .await;
    done.map(|_| ()).map_err(explain)
}

/// Stores a changed tool.
pub(super) async fn update(tx: &mut PgConnection, tool: &Tool) -> Result<(), Fleet> {
    let (depot, vehicle, worker) = Holder::split(tool.holder);
    let done = sqlx::query!(
        "update resources.tool
         set kind = $2, name = $3, serial = $4, depot_id = $5, vehicle_id = $6, worker_id = $7,
             active = $8, version = $9
         where id = $1",
        tool.id as ToolId,
        tool.kind,
        tool.name,
        tool.serial,
        depot as Option<DepotId>,
        vehicle as Option<VehicleId>,
        worker as Option<WorkerId>,
        tool.active,
        tool.version
    )
    .execute(tx)
    .await;
    done.map(|_| ()).map_err(explain)
}

fn explain(error: sqlx::Error) -> Fleet {
    let holders = ["tool_depot_id_fkey", "tool_vehicle_id_fkey", "tool_worker_id_fkey"];
    if broke(&error, "tool_serial") {
        Fleet::Taken("/serial")
    } else if holders.iter().any(|holder| broke(&error, holder)) {
        Fleet::Unknown("/holder/id")
    } else {
        error.into()
    }
}
