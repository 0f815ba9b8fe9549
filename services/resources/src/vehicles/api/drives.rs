//! `/v1/drives`.

use auth::{Action, Target};
use axum::Json;
use contracts::Change;
use kernel::{DriveId, Timestamp, VehicleId, WorkerId};
use serde::Deserialize;
use serde_json::json;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use validator::Validate;
use web::{
    App, Created, Ctx, Done, Listed, Page, PageParams, PathId, Problem, ReadRefused, Reply, Valid,
    WriteHeaders, WriteRefused, check,
};

use super::super::drives::{Drive, NewDrive};
use super::super::store;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_drives, create_drive)).routes(routes!(remove_drive))
}

/// Which drives to list.
#[derive(Debug, Clone, Deserialize, Validate, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct DriveFilter {
    /// Only those of this vehicle.
    pub vehicle_id: Option<VehicleId>,
    /// Only those of this worker.
    pub worker_id: Option<WorkerId>,
    /// Only those that end after this.
    #[validate(custom(function = check::instant))]
    #[param(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    pub from: Option<Timestamp>,
    /// Only those that start before this.
    #[validate(custom(function = check::instant))]
    #[param(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    pub to: Option<Timestamp>,
}

/// List who drives which vehicle when
#[utoipa::path(
    get, path = "/v1/drives", tag = "resources", params(DriveFilter, PageParams),
    responses((status = 200, description = "A page of drives", body = Page<Drive>), ReadRefused),
    security(("bearer" = []))
)]
async fn list_drives(
    cx: Ctx,
    Listed(filter, page): Listed<DriveFilter>,
) -> Result<Json<Page<Drive>>, Problem> {
    cx.may(Action::ReadWorkers, &Target::tenant())?;
    let rows =
        store::drives::list(&mut *cx.db().await?, &filter, page.after()?, page.limit).await?;
    Ok(Json(Page::of(rows, page.limit, |d| d.id)))
}

/// Note who drives a vehicle when
///
/// A vehicle has one driver at a time, and a worker drives one vehicle at a time. The vehicle's
/// version goes up.
#[utoipa::path(
    post, path = "/v1/drives", tag = "resources", params(WriteHeaders),
    request_body(content = NewDrive, description = "The drive to be noted"),
    responses((status = 201, description = "The drive as noted", body = Drive), WriteRefused),
    security(("bearer" = []))
)]
async fn create_drive(
    cx: Ctx,
    Valid(new): Valid<NewDrive>,
) -> Result<Reply<Created<Drive>>, Problem> {
    cx.may(Action::ManageFleet, &Target::tenant())?;
    cx.write(async |tx| {
        let drive = Drive::plan(new)?;
        let vehicle = store::lock(tx, drive.vehicle_id).await?.touched();
        store::drives::insert(tx, &drive).await?;
        store::update(tx, &vehicle).await?;
        tx.emit_about(&vehicle.changed(Change::Updated), &json!({ "drive_noted": drive }));
        Ok::<_, Problem>(Created(format!("/v1/drives/{}", drive.id), drive))
    })
    .await
}

/// Remove a drive
#[utoipa::path(
    delete, path = "/v1/drives/{id}", tag = "resources",
    params(("id" = DriveId, Path, description = "The drive"), WriteHeaders),
    responses((status = 204, description = "It is no more"), WriteRefused),
    security(("bearer" = []))
)]
async fn remove_drive(cx: Ctx, PathId(id): PathId<DriveId>) -> Result<Reply<Done>, Problem> {
    cx.guard(Action::ReadWorkers, Action::ManageFleet, &Target::tenant())?;
    cx.write(async |tx| {
        let drive = store::drives::find(tx, id).await?;
        let vehicle = store::lock(tx, drive.vehicle_id).await?.touched();
        store::drives::remove(tx, id).await?;
        store::update(tx, &vehicle).await?;
        tx.emit_about(&vehicle.changed(Change::Updated), &json!({ "drive_removed": drive }));
        Ok::<_, Problem>(Done)
    })
    .await
}
