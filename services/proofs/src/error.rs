//! Why this service refuses, and how each refusal is told.

use blobs::BlobError;
use chrono::TimeDelta;
use kernel::Timestamp;
use tenancy::TenancyError;
use web::Problem;

/// Why something about a proof is refused.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database said no, or said nothing.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    /// The tenant's data cannot be reached.
    #[error(transparent)]
    Tenancy(#[from] TenancyError),
    /// The blob store said no, or said nothing.
    #[error(transparent)]
    Blobs(#[from] BlobError),
    /// The task is on another site.
    #[error("the task is not on this site")]
    TaskElsewhere,
    /// The photo's bytes are not here, or this copy of it was not made.
    #[error("the photo has no such picture")]
    NoPicture,
    /// The original may say where it was taken, which is not for the caller.
    #[error("the original is not for the caller")]
    Original,
    /// The photo's bytes came already.
    #[error("the photo has its bytes")]
    AlreadyReceived,
    /// The upload has another length than the photo announced.
    #[error("the upload has another length than the photo announced")]
    SizeDiffers,
    /// The upload does not say of which photo it is.
    #[error("the upload names no photo")]
    PhotoUnnamed,
    /// A time of the device that lies ahead; the field is named.
    #[error("{0} lies ahead")]
    Ahead(&'static str),
    /// A signature without a line, or with too many.
    #[error("the drawing has no line, or too many points")]
    Drawing,
    /// Something inside broke.
    #[error("{0}")]
    Broken(String),
}

/// Refuses what the device says was done later than `Device-Time` may be, tomorrow: nothing that was
/// proved has still to happen.
pub(crate) fn not_ahead(field: &'static str, at: Timestamp, now: Timestamp) -> Result<(), Error> {
    if at > now + TimeDelta::days(1) { Err(Error::Ahead(field)) } else { Ok(()) }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::Database(error) => error.into(),
            Error::Tenancy(error) => error.into(),
            Error::Blobs(error) => error.into(),
            Error::TaskElsewhere => Self::invalid().field(
                "/task_id",
                "reference",
                "n'est pas une tâche de ce chantier",
                "is not a task of this site",
            ),
            Error::NoPicture => Self::not_found().detail(
                "Cette image n'existe pas, ou pas encore ; l'état de la photo dit pourquoi.",
                "There is no such picture, or not yet; the photo's state says why.",
            ),
            Error::Original => Self::forbidden().detail(
                "L'original peut contenir le lieu de la prise de vue ; utilisez la copie filigranée.",
                "The original may hold where it was taken; use the watermarked copy.",
            ),
            Error::AlreadyReceived => Self::conflict(
                "already-received",
                "Cette photo est déjà reçue en entier",
                "This photo has already been received whole",
            ),
            Error::SizeDiffers => Self::invalid().field(
                "Upload-Length",
                "size",
                "n'est pas la taille annoncée pour cette photo",
                "is not the size announced for this photo",
            ),
            Error::PhotoUnnamed => Self::invalid().field(
                "Upload-Metadata",
                "photo_id",
                "photo_id doit être l'identifiant de la photo",
                "photo_id must be the photo's id",
            ),
            Error::Ahead(field) => Self::invalid().field(
                field,
                "range",
                "est dans le futur ; vérifiez l'heure du téléphone",
                "lies in the future; check the phone's clock",
            ),
            Error::Drawing => Self::invalid().field(
                "/strokes",
                "drawing",
                "doit contenir au moins un trait et au plus 5000 points",
                "must hold at least one line and at most 5000 points",
            ),
            Error::Broken(cause) => Self::internal(cause),
        }
    }
}
