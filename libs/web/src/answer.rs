//! What a request is answered with, and the entity tags of what may change.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::idempotency::StoredAnswer;
use crate::problem::Problem;

/// Something that carries a version, shown as its `ETag`.
pub trait Versioned: Serialize {
    /// The version; higher is newer.
    fn version(&self) -> i64;
}

/// What a write answers, in a form that can be stored and given again.
pub trait Answer {
    /// Whether the body holds a secret: then it is never stored.
    const SECRET: bool = false;
    /// The HTTP status.
    fn status(&self) -> StatusCode;
    /// Headers beside the content type.
    fn headers(&self) -> Vec<(HeaderName, String)>;
    /// The JSON body; empty for none.
    fn body(&self) -> Result<Vec<u8>, serde_json::Error>;
}

fn tag(version: i64) -> (HeaderName, String) {
    (header::ETAG, format!("\"{version}\""))
}

/// 201, with where it now is.
#[derive(Debug, Clone)]
pub struct Created<T>(pub String, pub T);

impl<T: Versioned> Answer for Created<T> {
    fn status(&self) -> StatusCode {
        StatusCode::CREATED
    }
    fn headers(&self) -> Vec<(HeaderName, String)> {
        vec![(header::LOCATION, self.0.clone()), tag(self.1.version())]
    }
    fn body(&self) -> Result<Vec<u8>, serde_json::Error> {
        serde_json::to_vec(&self.1)
    }
}

/// 200, with the state that was reached.
#[derive(Debug, Clone)]
pub struct Changed<T>(pub T);

impl<T: Versioned> Answer for Changed<T> {
    fn status(&self) -> StatusCode {
        StatusCode::OK
    }
    fn headers(&self) -> Vec<(HeaderName, String)> {
        vec![tag(self.0.version())]
    }
    fn body(&self) -> Result<Vec<u8>, serde_json::Error> {
        serde_json::to_vec(&self.0)
    }
}

/// 204, nothing to say.
#[derive(Debug, Clone, Copy)]
pub struct Done;

impl Answer for Done {
    fn status(&self) -> StatusCode {
        StatusCode::NO_CONTENT
    }
    fn headers(&self) -> Vec<(HeaderName, String)> {
        Vec::new()
    }
    fn body(&self) -> Result<Vec<u8>, serde_json::Error> {
        Ok(Vec::new())
    }
}

/// The answer to a read: the thing with its `ETag`.
#[derive(Debug, Clone)]
pub struct Found<T>(pub T);

impl<T: Versioned> IntoResponse for Found<T> {
    fn into_response(self) -> Response {
        let (name, value) = tag(self.0.version());
        ([(name, value)], axum::Json(self.0)).into_response()
    }
}

/// Whether a request's `If-None-Match` names this tag, in its quotes.
pub(crate) fn knows(headers: &HeaderMap, tag: &str) -> bool {
    let known = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    known.is_some_and(|all| all.split(',').any(|one| one.trim().trim_start_matches("W/") == tag))
}

/// The answer to a read of what is put together from many things: its `ETag` is the hash of what
/// it says, and the request's `If-None-Match` is honoured.
///
/// # Errors
/// If the body cannot be written as JSON.
pub fn found_as_of(headers: &HeaderMap, body: &impl Serialize) -> Result<Response, Problem> {
    let body = serde_json::to_vec(body).map_err(Problem::internal)?;
    let tag = format!("\"{}\"", hex::encode(&kernel::sha256(&[&body])[..16]));
    let known = knows(headers, &tag);
    let json = [(header::ETAG, tag), (header::CONTENT_TYPE, "application/json".to_owned())];
    Ok(if known {
        (StatusCode::NOT_MODIFIED, json).into_response()
    } else {
        (json, body).into_response()
    })
}

/// What [`crate::Visit::write`] answers: now made, or made before and given again.
#[derive(Debug)]
pub enum Reply<T> {
    /// Just done.
    Fresh(T),
    /// Done before under the same idempotency key.
    Again(StoredAnswer),
}

impl<T: Answer> IntoResponse for Reply<T> {
    fn into_response(self) -> Response {
        match self {
            Self::Again(stored) => stored.into_response(),
            Self::Fresh(answer) => match answer.body() {
                Ok(body) => respond(answer.status(), &answer.headers(), body),
                Err(error) => Problem::internal(error).into_response(),
            },
        }
    }
}

pub(crate) fn respond(
    status: StatusCode,
    headers: &[(HeaderName, String)],
    body: Vec<u8>,
) -> Response {
    let mut response = Response::new(axum::body::Body::from(body.clone()));
    *response.status_mut() = status;
    let map: &mut HeaderMap = response.headers_mut();
    for (name, value) in headers {
        if let Ok(value) = HeaderValue::from_str(value) {
            map.insert(name.clone(), value);
        }
    }
    if !body.is_empty() && !map.contains_key(header::CONTENT_TYPE) {
        map.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    response
}

/// The version the caller believes is the present one, from `If-Match`. A change without it is
/// 428 (RFC 6585): nothing is overwritten unseen.
#[derive(Debug, Clone, Copy)]
pub struct IfMatch(pub i64);

impl IfMatch {
    /// 412 with the present state unless this version is the present one.
    pub fn check(self, current: &impl Versioned) -> Result<(), Problem> {
        if self.0 == current.version() { Ok(()) } else { Err(Problem::stale(current)) }
    }
}

impl<S: Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let Some(value) = parts.headers.get(header::IF_MATCH) else {
            return Err(Problem::new(
                StatusCode::PRECONDITION_REQUIRED,
                "if-match-required",
                "L'en-tête If-Match est requis : lisez d'abord l'élément",
                "The If-Match header is required: read the item first",
            ));
        };
        let version = value.to_str().ok().map(|v| v.trim().trim_start_matches("W/"));
        version
            .and_then(|v| v.strip_prefix('"')?.strip_suffix('"')?.parse().ok())
            .map(Self)
            .ok_or_else(|| {
                Problem::new(
                    StatusCode::BAD_REQUEST,
                    "if-match",
                    "L'en-tête If-Match doit contenir l'ETag reçu à la lecture",
                    "The If-Match header must hold the ETag that reading gave",
                )
            })
    }
}
