//! `/v1/certificate-kinds` and `/v1/certificates`.

mod certificates;
mod kinds;

use utoipa_axum::router::OpenApiRouter;
use web::App;

pub(super) use certificates::CertificateFilter;
pub(super) use kinds::CertificateKindFilter;

pub(crate) fn routes() -> OpenApiRouter<App> {
    kinds::routes().merge(certificates::routes())
}
