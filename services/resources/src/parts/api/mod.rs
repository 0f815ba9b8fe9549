//! `/v1/parts`, `/v1/stock` and `/v1/stock-movements`.

mod parts;
mod stock;

use utoipa_axum::router::OpenApiRouter;
use web::App;

pub(super) use parts::PartFilter;
pub(super) use stock::{MovementFilter, StockFilter};

pub(crate) fn routes() -> OpenApiRouter<App> {
    parts::routes().merge(stock::routes())
}
