//! What can go wrong in provisioning.

use axum::http::StatusCode;
use web::Problem;

/// Why something was not done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such tenant or run.
    #[error("not found")]
    NotFound,
    /// The name in host names is taken.
    #[error("the host name {0} is taken")]
    SlugTaken(String),
    /// Another run is at work on the tenant.
    #[error("a run is at work on this tenant")]
    Busy,
    /// No such plan.
    #[error("no plan {0}")]
    NoPlan(String),
    /// A step failed; it is tried again.
    #[error("step {step}: {cause}")]
    Step {
        /// The step's name.
        step: &'static str,
        /// Why.
        cause: String,
    },
    /// On the way to a database.
    #[error(transparent)]
    Tenancy(#[from] tenancy::TenancyError),
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        Self::Tenancy(error.into())
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound => Self::not_found(),
            Error::SlugTaken(slug) => Self::conflict(
                "slug-taken",
                format!("Le nom d'hôte « {slug} » est déjà pris"),
                format!("The host name \"{slug}\" is taken"),
            )
            .field(
                "/slug",
                "taken",
                "déjà pris, choisissez-en un autre",
                "taken, choose another",
            ),
            Error::Busy => Self::new(
                StatusCode::CONFLICT,
                "run-in-progress",
                "Une opération est déjà en cours pour ce client",
                "A run is already at work for this tenant",
            ),
            Error::NoPlan(_) => {
                Self::invalid().field("/plan", "unknown", "offre inconnue", "unknown plan")
            }
            Error::Step { .. } => Self::internal(error),
            Error::Tenancy(error) => error.into(),
        }
    }
}
