//! `/v1/vehicles`.

use auth::{Action, Target};
use axum::Json;
use contracts::Change;
use kernel::{DepotId, VehicleId, WorkerId};
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use validator::Validate;
use web::{
    App, Changed, Created, Ctx, Found, IfMatch, Listed, MatchHeader, Page, PageParams, PathId,
    Problem, ReadRefused, Reply, Valid, WriteHeaders, WriteRefused,
};

use super::super::model::{NewVehicle, Vehicle, VehiclePatch};
use super::super::store;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_vehicles, create_vehicle))
        .routes(routes!(read_vehicle, change_vehicle))
}

/// Which vehicles to list.
#[derive(Debug, Clone, Deserialize, Validate, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct VehicleFilter {
    /// Only those that are still used, or only those that no longer are.
    pub active: Option<bool>,
    /// Only those of this depot.
    pub depot_id: Option<DepotId>,
    /// Only those that this worker usually drives.
    pub driver_id: Option<WorkerId>,
}

/// List the firm's vehicles
#[utoipa::path(
    get, path = "/v1/vehicles", tag = "resources", params(VehicleFilter, PageParams),
    responses((status = 200, description = "A page of vehicles", body = Page<Vehicle>), ReadRefused),
    security(("bearer" = []))
)]
async fn list_vehicles(
    cx: Ctx,
    Listed(filter, page): Listed<VehicleFilter>,
) -> Result<Json<Page<Vehicle>>, Problem> {
    cx.may(Action::ReadWorkers, &Target::tenant())?;
    let rows = store::list(&mut *cx.db().await?, &filter, page.after()?, page.limit).await?;
    Ok(Json(Page::of(rows, page.limit, |one| one.id)))
}

/// Take in a vehicle
#[utoipa::path(
    post, path = "/v1/vehicles", tag = "resources", params(WriteHeaders),
    request_body(content = NewVehicle, description = "The vehicle"),
    responses((status = 201, description = "The vehicle as taken in", body = Vehicle), WriteRefused),
    security(("bearer" = []))
)]
async fn create_vehicle(
    cx: Ctx,
    Valid(new): Valid<NewVehicle>,
) -> Result<Reply<Created<Vehicle>>, Problem> {
    cx.may(Action::ManageFleet, &Target::tenant())?;
    cx.write(async |tx| {
        let vehicle = Vehicle::take_in(new);
        store::insert(tx, &vehicle).await?;
        tx.emit_about(&vehicle.changed(Change::Created), &vehicle);
        Ok::<_, Problem>(Created(format!("/v1/vehicles/{}", vehicle.id), vehicle))
    })
    .await
}

/// Read a vehicle
#[utoipa::path(
    get, path = "/v1/vehicles/{id}", tag = "resources",
    params(("id" = VehicleId, Path, description = "The vehicle")),
    responses((status = 200, description = "The vehicle", body = Vehicle), ReadRefused),
    security(("bearer" = []))
)]
async fn read_vehicle(cx: Ctx, PathId(id): PathId<VehicleId>) -> Result<Found<Vehicle>, Problem> {
    cx.sees(Action::ReadWorkers, &Target::tenant())?;
    Ok(Found(store::find(&mut *cx.db().await?, id).await?))
}

/// Change a vehicle
///
/// What is absent stays, `null` clears.
#[utoipa::path(
    patch, path = "/v1/vehicles/{id}", tag = "resources",
    params(("id" = VehicleId, Path, description = "The vehicle"), MatchHeader, WriteHeaders),
    request_body(content = VehiclePatch, description = "What changes"),
    responses((status = 200, description = "The vehicle as it is now", body = Vehicle), WriteRefused),
    security(("bearer" = []))
)]
async fn change_vehicle(
    cx: Ctx,
    PathId(id): PathId<VehicleId>,
    expected: IfMatch,
    Valid(patch): Valid<VehiclePatch>,
) -> Result<Reply<Changed<Vehicle>>, Problem> {
    cx.guard(Action::ReadWorkers, Action::ManageFleet, &Target::tenant())?;
    cx.write(async |tx| {
        let vehicle = store::lock(tx, id).await?;
        expected.check(&vehicle)?;
        let vehicle = vehicle.change(patch);
        store::update(tx, &vehicle).await?;
        tx.emit_about(&vehicle.changed(Change::Updated), &vehicle);
        Ok::<_, Problem>(Changed(vehicle))
    })
    .await
}
