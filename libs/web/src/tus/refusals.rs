//! Why an upload is refused, and how each refusal is told.

use std::io;

use axum::http::StatusCode;
use axum::response::Response;
use blobs::BlobError;

use super::headers::Reply;
use crate::problem::Problem;

pub(super) fn sha256_of(text: &str) -> Result<[u8; 32], Problem> {
    let mut hash = [0; 32];
    hex::decode_to_slice(text, &mut hash).map(|()| hash).map_err(|_| {
        Problem::invalid().field(
            "Upload-Metadata",
            "sha256",
            "sha256 doit compter 64 chiffres hexadécimaux",
            "sha256 must have 64 hexadecimal digits",
        )
    })
}

pub(super) const MISMATCH: &str = "checksum-mismatch";

pub(super) fn mismatch() -> Problem {
    Problem::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        MISMATCH,
        "Les octets reçus ne correspondent pas à l'empreinte annoncée",
        "The bytes received do not match the announced hash",
    )
    .detail(
        "Le téléversement est remis à zéro : renvoyez le fichier depuis le début.",
        "The upload is back at zero: send the file again from its beginning.",
    )
}

pub(super) fn already_received() -> Problem {
    Problem::conflict(
        "already-received",
        "Le fichier est déjà reçu en entier et ne change plus",
        "The file has already been received whole and no longer changes",
    )
}

pub(super) fn elsewhere(offset: u64) -> Response {
    let problem = Problem::conflict(
        "upload-offset",
        "Le téléversement en est à un autre octet",
        "The upload stands at another byte",
    );
    Reply::of(problem.with("offset", offset)).with("upload-offset", offset).0
}

pub(super) fn too_large(max: u64) -> Problem {
    Problem::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "too-large",
        format!("Le fichier dépasse {max} octets"),
        format!("The file is larger than {max} bytes"),
    )
}

pub(super) fn interrupted(source: &io::Error, length: u64) -> Problem {
    match source.kind() {
        io::ErrorKind::FileTooLarge => too_large(length),
        io::ErrorKind::TimedOut => Problem::new(
            StatusCode::REQUEST_TIMEOUT,
            "sender-silent",
            "Plus rien reçu pendant 30 secondes ; ce qui est arrivé est gardé",
            "Nothing came for 30 seconds; what arrived is kept",
        ),
        _ => Problem::new(
            StatusCode::BAD_REQUEST,
            "sender-gone",
            "L'envoi s'est interrompu ; ce qui est arrivé est gardé",
            "The sender stopped; what arrived is kept",
        ),
    }
}

impl From<BlobError> for Problem {
    fn from(error: BlobError) -> Self {
        match error {
            BlobError::NotFound => Self::not_found(),
            BlobError::OffsetMismatch { expected } => Self::conflict(
                "upload-offset",
                "Le téléversement en est à un autre octet",
                "The upload stands at another byte",
            )
            .with("offset", expected),
            BlobError::Busy => Self::new(
                StatusCode::LOCKED,
                "upload-busy",
                "Une autre requête écrit dans ce téléversement",
                "Another request is writing to this upload",
            )
            .retry_after(1),
            BlobError::Full | BlobError::Unavailable(_) => {
                tracing::error!(%error, "blob store");
                Self::unavailable(5)
            }
            BlobError::Interrupted { .. } | BlobError::TooLarge { .. } | BlobError::Invalid(_) => {
                Self::internal(error)
            }
        }
    }
}
