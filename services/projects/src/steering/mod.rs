//! The steering of a project: the KPIs it follows, its committee's meetings, and the decisions and
//! actions they left.

mod items;
mod kpis;
mod meetings;

use utoipa_axum::router::OpenApiRouter;
use web::App;

pub(crate) use items::{SteeringItem, open as open_items};
pub(crate) use kpis::{SteeringKpi, of_project as kpis_of};
pub(crate) use meetings::hold_open;

pub(crate) fn routes() -> OpenApiRouter<App> {
    kpis::routes().merge(meetings::routes()).merge(items::routes())
}
