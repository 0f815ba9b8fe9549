//! What goes wrong in reporting.

use axum::http::StatusCode;
use blobs::BlobError;
use web::Problem;

/// Why a request was not done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The `Last-Event-ID` header holds no entry's number.
    #[error("Last-Event-ID is no number of an entry")]
    LastEventId,
    /// This process serves as many streams of the tenant as it will.
    #[error("too many live streams")]
    TooManyStreams,
    /// The report's file is not made yet.
    #[error("the report is not made yet")]
    NotReady,
    /// The report's file could not be made.
    #[error("the report could not be made")]
    Failed,
    /// The file is gone or out of reach.
    #[error(transparent)]
    Blob(#[from] BlobError),
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::LastEventId => Self::new(
                StatusCode::BAD_REQUEST,
                "last-event-id",
                "L'en-tête Last-Event-ID doit contenir le numéro du dernier événement reçu",
                "The Last-Event-ID header must hold the number of the last event received",
            ),
            Error::TooManyStreams => Self::unavailable(5),
            Error::NotReady => Self::conflict(
                "report-not-ready",
                "Le rapport est en préparation ; réessayez dans quelques secondes",
                "The report is being made; try again in a few seconds",
            )
            .retry_after(2),
            Error::Failed => Self::conflict(
                "report-failed",
                "Le rapport n'a pas pu être produit ; demandez-en un nouveau",
                "The report could not be made; ask for a new one",
            ),
            Error::Blob(BlobError::NotFound) => Self::not_found(),
            Error::Blob(
                error @ (BlobError::Busy | BlobError::Full | BlobError::Unavailable(_)),
            ) => {
                tracing::warn!(%error, "a report's file is out of reach");
                Self::unavailable(5)
            }
            Error::Blob(
                error @ (BlobError::OffsetMismatch { .. }
                | BlobError::Interrupted { .. }
                | BlobError::TooLarge { .. }
                | BlobError::Invalid(_)),
            ) => Self::internal(error),
        }
    }
}
