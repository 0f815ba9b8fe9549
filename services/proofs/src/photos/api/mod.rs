//! `/v1/photos`.

mod content;
mod records;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::App;

pub(crate) use records::PhotoFilter;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(records::list_photos, records::announce_photo))
        .routes(routes!(records::read_photo))
        .routes(routes!(content::photo_original))
        .routes(routes!(content::photo_watermarked))
        .routes(routes!(content::photo_thumbnail))
}
