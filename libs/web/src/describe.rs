//! What the published description says of every call: the ways it may be refused and the headers
//! it takes. Named in `#[utoipa::path]`, never constructed.

use chrono::{DateTime, Utc};

use crate::problem::ProblemBody;

/// How a read may be refused.
#[derive(Debug, utoipa::IntoResponses)]
pub enum ReadRefused {
    /// A query parameter or header is unknown or malformed.
    #[response(status = 400, content_type = "application/problem+json")]
    Malformed(ProblemBody),
    /// No valid sign-in.
    #[response(status = 401, content_type = "application/problem+json")]
    Unauthenticated(ProblemBody),
    /// The caller's role does not allow it.
    #[response(status = 403, content_type = "application/problem+json")]
    Forbidden(ProblemBody),
    /// Not there, or not for this caller.
    #[response(status = 404, content_type = "application/problem+json")]
    NotFound(ProblemBody),
    /// A parameter has a value that is not allowed; `errors` names it.
    #[response(status = 422, content_type = "application/problem+json")]
    Invalid(ProblemBody),
    /// Too many requests; `Retry-After` says when to come back.
    #[response(status = 429, content_type = "application/problem+json")]
    TooMany(ProblemBody),
    /// Unavailable for a moment; `Retry-After` says when to come back.
    #[response(status = 503, content_type = "application/problem+json")]
    Unavailable(ProblemBody),
}

/// How a file that is asked for may not be sent; beside [`ReadRefused`].
#[derive(Debug, utoipa::IntoResponses)]
pub enum NotServed {
    /// The caller has it already (`If-None-Match`)
    #[response(status = 304)]
    Known,
    /// The range lies outside the file
    #[response(status = 416, content_type = "application/problem+json")]
    OutOfRange(ProblemBody),
}

/// How a write may be refused.
#[derive(Debug, utoipa::IntoResponses)]
pub enum WriteRefused {
    /// The body is not JSON, or a header is malformed.
    #[response(status = 400, content_type = "application/problem+json")]
    Malformed(ProblemBody),
    /// No valid sign-in.
    #[response(status = 401, content_type = "application/problem+json")]
    Unauthenticated(ProblemBody),
    /// The caller's role does not allow it.
    #[response(status = 403, content_type = "application/problem+json")]
    Forbidden(ProblemBody),
    /// Not there, or not for this caller.
    #[response(status = 404, content_type = "application/problem+json")]
    NotFound(ProblemBody),
    /// It stands against what is there: an id or a code that is taken, a state that forbids it,
    /// the same request still being worked on.
    #[response(status = 409, content_type = "application/problem+json")]
    Conflict(ProblemBody),
    /// Changed by somebody else in the meantime; `current` is the present state.
    #[response(status = 412, content_type = "application/problem+json")]
    Stale(ProblemBody),
    /// The body is larger than 1 MiB.
    #[response(status = 413, content_type = "application/problem+json")]
    TooLarge(ProblemBody),
    /// The body must be JSON.
    #[response(status = 415, content_type = "application/problem+json")]
    MediaType(ProblemBody),
    /// A field is unknown or has a value that is not allowed; `errors` points to it.
    #[response(status = 422, content_type = "application/problem+json")]
    Invalid(ProblemBody),
    /// A change needs `If-Match`.
    #[response(status = 428, content_type = "application/problem+json")]
    MatchRequired(ProblemBody),
    /// Too many requests; `Retry-After` says when to come back.
    #[response(status = 429, content_type = "application/problem+json")]
    TooMany(ProblemBody),
    /// Unavailable for a moment; `Retry-After` says when to come back.
    #[response(status = 503, content_type = "application/problem+json")]
    Unavailable(ProblemBody),
}

/// The headers every write takes.
#[derive(Debug, utoipa::IntoParams)]
#[into_params(parameter_in = Header)]
pub struct WriteHeaders {
    /// The caller's name for this one act: sent again with the same body, the first answer comes
    /// again and nothing is done twice. So does a refusal that turned on what was there (403, 404,
    /// 409, 410, 412, 422): whoever sets it right and tries again sends another key. Remembered for
    /// 30 days.
    #[param(rename = "Idempotency-Key", min_length = 1, max_length = 200, pattern = "^[!-~]+$")]
    pub idempotency_key: Option<String>,
    /// When the device says it happened.
    #[param(rename = "Device-Time", value_type = Option<chrono::DateTime<chrono::Utc>>)]
    pub device_time: Option<DateTime<Utc>>,
    /// When the device sent the call, by the clock of `Device-Time`: tells a wrong clock from a
    /// late call, and corrects it.
    #[param(rename = "Device-Sent", value_type = Option<chrono::DateTime<chrono::Utc>>)]
    pub device_sent: Option<DateTime<Utc>>,
    /// Where the device was: a geo URI (RFC 5870), `geo:14.69,-17.44;u=12`.
    #[param(rename = "Device-Position", example = "geo:14.69,-17.44;u=12")]
    pub device_position: Option<String>,
}

/// The header a change takes beside [`WriteHeaders`].
#[derive(Debug, utoipa::IntoParams)]
#[into_params(parameter_in = Header)]
pub struct MatchHeader {
    /// The `ETag` that reading gave.
    #[param(rename = "If-Match", pattern = r#"^"[0-9]{1,18}"$"#, example = "\"1\"")]
    pub if_match: String,
}
