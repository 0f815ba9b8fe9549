//! `/v1/vehicles` and `/v1/drives`.

mod drives;
mod vehicles;

use utoipa_axum::router::OpenApiRouter;
use web::App;

pub(super) use drives::DriveFilter;
pub(super) use vehicles::VehicleFilter;

pub(crate) fn routes() -> OpenApiRouter<App> {
    vehicles::routes().merge(drives::routes())
}
