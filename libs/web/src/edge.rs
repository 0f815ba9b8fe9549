//! The layer around every service: language, request id, the body's fingerprint for idempotency,
//! a span and metrics for each request, and a problem instead of a broken connection on a panic.

use std::sync::{Arc, OnceLock};
use std::time::Instant;

use axum::body::{Body, to_bytes};
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures::FutureExt;
use kernel::{Lang, RequestId, Service, sha256};
use tracing::Instrument;

use crate::idempotency::Keyed;
use crate::problem::{Final, Problem, REQUEST};

/// Carries the gateway's word to a service.
pub const INTERNAL_HEADER: &str = "x-fieldops-internal";
/// Carries the request's id through every hop.
pub const REQUEST_ID_HEADER: &str = "x-request-id";

/// The largest body of a plain call.
const BODY_LIMIT: usize = 1024 * 1024;

/// The largest form with files (`multipart/form-data`): 10 MiB of files and what frames them.
pub const FORM_LIMIT: usize = 11 * 1024 * 1024;

/// The idempotency key of a write with the hash of what was asked.
#[derive(Debug, Clone)]
pub(crate) struct Fingerprint {
    pub(crate) key: String,
    pub(crate) hash: [u8; 32],
    /// Whose key it is, once that is known: the extractors of a visit find out.
    pub(crate) keyed: Arc<OnceLock<Keyed>>,
}

/// Wraps a service's router: `axum::middleware::from_fn_with_state(service, edge)`.
pub async fn edge(State(service): State<Service>, request: Request, next: Next) -> Response {
    let lang =
        text(request.headers(), header::ACCEPT_LANGUAGE.as_str()).map_or(Lang::Fr, Lang::negotiate);
    let id = text(request.headers(), REQUEST_ID_HEADER)
        .and_then(|v| v.parse().ok())
        .unwrap_or_else(RequestId::new);
    let route =
        request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str).to_owned();
    let method = request.method().clone();
    let started = Instant::now();
    let span = tracing::info_span!("request", service = %service, %method, route, request_id = %id);
    if let Some(trace) = text(request.headers(), "traceparent") {
        runtime::telemetry::continue_trace(&span, trace);
    }
    let work = REQUEST.scope((lang, id), async move {
        let caught = std::panic::AssertUnwindSafe(run(request, next)).catch_unwind().await;
        caught.unwrap_or_else(|_| Problem::internal("a handler panicked").into_response())
    });
    let mut response = work.instrument(span.clone()).await;
    if let Ok(value) = HeaderValue::from_str(&id.to_string()) {
        response.headers_mut().insert(REQUEST_ID_HEADER, value);
    }
    let status = response.status().as_u16();
    let seconds = started.elapsed().as_secs_f64();
    let labels = [
        ("service", service.name().to_owned()),
        ("method", method.to_string()),
        ("route", route),
        ("status", status.to_string()),
    ];
    metrics::histogram!("fieldops_request_seconds", &labels).record(seconds);
    span.in_scope(|| tracing::debug!(status, seconds, "answered"));
    response
}

async fn run(request: Request, next: Next) -> Response {
    let request = match fingerprinted(request).await {
        Ok(request) => request,
        Err(problem) => return problem.into_response(),
    };
    let print = request.extensions().get::<Fingerprint>().cloned();
    let response = next.run(request).await;
    match print.as_ref().and_then(|print| print.keyed.get()) {
        Some(keyed) if response.extensions().get::<Final>().is_some() => {
            keyed.refuse(response).await
        }
        _ => response,
    }
}

/// Reads the body of a write that carries an `Idempotency-Key`, and remembers the hash of what it
/// asks.
async fn fingerprinted(request: Request) -> Result<Request, Problem> {
    let writes =
        matches!(*request.method(), Method::POST | Method::PUT | Method::PATCH | Method::DELETE);
    let Some(key) = request.headers().get("idempotency-key").filter(|_| writes) else {
        return Ok(request);
    };
    let key = key.to_str().ok().filter(|k| (1..=200).contains(&k.len())).ok_or_else(|| {
        Problem::new(
            StatusCode::BAD_REQUEST,
            "idempotency-key",
            "L'en-tête Idempotency-Key doit compter 1 à 200 caractères ASCII",
            "The Idempotency-Key header must have 1 to 200 ASCII characters",
        )
    })?;
    let key = key.to_owned();
    let (mut parts, body) = request.into_parts();
    let form = parts.headers.get(header::CONTENT_TYPE).is_some_and(is_form);
    let limit = if form { FORM_LIMIT } else { BODY_LIMIT };
    let body = to_bytes(body, limit).await.map_err(|_| Problem::too_large(limit))?;
    let target = parts.uri.path_and_query().map_or("", |p| p.as_str()).to_owned();
    let mut asked = vec![parts.method.as_str().as_bytes(), target.as_bytes(), &*body];
    // What was read before is part of what is asked: with another tag it is another call.
    asked.extend(parts.headers.get(header::IF_MATCH).map(HeaderValue::as_bytes));
    let hash = sha256(&asked);
    parts.extensions.insert(Fingerprint { key, hash, keyed: Arc::default() });
    Ok(Request::from_parts(parts, Body::from(body)))
}

fn is_form(kind: &HeaderValue) -> bool {
    kind.as_bytes().to_ascii_lowercase().starts_with(b"multipart/form-data")
}

pub(crate) async fn read_body(body: Body) -> Result<axum::body::Bytes, Problem> {
    to_bytes(body, BODY_LIMIT).await.map_err(|_| Problem::too_large(BODY_LIMIT))
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|v| v.to_str().ok())
}
