//! What the published description says of every upload: headers and ways to be refused, beside
//! [`crate::WriteRefused`]. Named in `#[utoipa::path]`, never constructed.

use crate::problem::ProblemBody;

/// The header every call of an upload takes.
#[derive(Debug, utoipa::IntoParams)]
#[into_params(parameter_in = Header)]
pub struct VersionHeader {
    /// 1.0.0
    #[param(rename = "Tus-Resumable")]
    pub tus_resumable: String,
}

/// The headers a piece takes.
#[derive(Debug, utoipa::IntoParams)]
#[into_params(parameter_in = Header)]
pub struct PieceHeaders {
    /// 1.0.0
    #[param(rename = "Tus-Resumable")]
    pub tus_resumable: String,
    /// Where this piece begins.
    #[param(rename = "Upload-Offset", minimum = 0)]
    pub upload_offset: i64,
}

/// How a question about an upload may be refused.
#[derive(Debug, utoipa::IntoResponses)]
pub enum Busy {
    /// Another request is writing to this upload.
    #[response(status = 423, content_type = "application/problem+json")]
    Locked(ProblemBody),
}

/// How a piece ends.
#[derive(Debug, utoipa::IntoResponses)]
pub enum Appended {
    /// Kept; `Upload-Offset` says how much has arrived.
    #[response(status = 204)]
    Kept,
    /// Nothing came for 30 seconds; what arrived is kept.
    #[response(status = 408, content_type = "application/problem+json")]
    Silent(ProblemBody),
    /// Another request is writing to this upload.
    #[response(status = 423, content_type = "application/problem+json")]
    Locked(ProblemBody),
}
