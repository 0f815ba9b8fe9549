//! `/v1/stock` and `/v1/stock-movements`.

use auth::{Action, Target};
use axum::Json;
use kernel::{DepotId, PartId, StockMovementId, VehicleId};
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use validator::Validate;
use web::{
    App, Created, Ctx, Listed, Page, PageParams, Problem, ReadRefused, Reply, Valid, WriteHeaders,
    WriteRefused,
};

use super::super::stock::{NewStockMovement, Stock, StockMovement};
use super::super::store::stock as store;
use crate::error::Fleet;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_stock))
        .routes(routes!(list_stock_movements, create_stock_movement))
}

/// Of what and where to list how much there is.
#[derive(Debug, Clone, Deserialize, Validate, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct StockFilter {
    /// Only of this part.
    pub part_id: Option<PartId>,
    /// Only in this depot.
    pub depot_id: Option<DepotId>,
    /// Only on this vehicle.
    pub vehicle_id: Option<VehicleId>,
}

/// Which movements to list.
#[derive(Debug, Clone, Deserialize, Validate, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct MovementFilter {
    /// Only those of this part.
    pub part_id: Option<PartId>,
    /// Only those from or to this depot.
    pub depot_id: Option<DepotId>,
    /// Only those from or to this vehicle.
    pub vehicle_id: Option<VehicleId>,
}

/// List how much of the parts is in the depots and on the vehicles
#[utoipa::path(
    get, path = "/v1/stock", tag = "resources", params(StockFilter, PageParams),
    responses((status = 200, description = "A page of quantities above zero", body = Page<Stock>), ReadRefused),
    security(("bearer" = []))
)]
async fn list_stock(
    cx: Ctx,
    Listed(filter, page): Listed<StockFilter>,
) -> Result<Json<Page<Stock>>, Problem> {
    cx.may(Action::ReadWorkers, &Target::tenant())?;
    let rows = store::list(&mut *cx.db().await?, &filter, page.after()?, page.limit).await?;
    Ok(Json(Page::of(rows, page.limit, |s| (s.part_id, s.place.key()))))
}

/// List the movements of parts, oldest first
#[utoipa::path(
    get, path = "/v1/stock-movements", tag = "resources", params(MovementFilter, PageParams),
    responses((status = 200, description = "A page of movements", body = Page<StockMovement>), ReadRefused),
    security(("bearer" = []))
)]
async fn list_stock_movements(
    cx: Ctx,
    Listed(filter, page): Listed<MovementFilter>,
) -> Result<Json<Page<StockMovement>>, Problem> {
    cx.may(Action::ReadWorkers, &Target::tenant())?;
    let after: Option<StockMovementId> = page.after()?;
    let rows = store::movements(&mut *cx.db().await?, &filter, after, page.limit).await?;
    Ok(Json(Page::of(rows, page.limit, |m| m.id)))
}

/// Note that a quantity of a part came, went or moved
///
/// What is not there cannot be taken: 409 with what is left.
#[utoipa::path(
    post, path = "/v1/stock-movements", tag = "resources", params(WriteHeaders),
    request_body(content = NewStockMovement, description = "The movement to be noted"),
    responses((status = 201, description = "The movement as noted", body = StockMovement), WriteRefused),
    security(("bearer" = []))
)]
async fn create_stock_movement(
    cx: Ctx,
    Valid(new): Valid<NewStockMovement>,
) -> Result<Reply<Created<StockMovement>>, Problem> {
    cx.may(Action::MoveStock, &Target::tenant())?;
    cx.write(async |tx| {
        let movement = StockMovement::note(new, cx.caller.user, cx.acted_at())?;
        if let Some(task) = movement.task_id
            && !store::task_exists(tx, task).await?
        {
            return Err(Fleet::Unknown("/task_id").into());
        }
        store::insert(tx, &movement).await?;
        for (place, change) in movement.steps() {
            store::step(tx, movement.part_id, place, change).await?;
        }
        tx.emit_about(&movement.moved(), &movement);
        let place = format!("/v1/stock-movements?part_id={}", movement.part_id);
        Ok::<_, Problem>(Created(place, movement))
    })
    .await
}
