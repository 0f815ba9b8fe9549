//! The layer around all that the gateway answers: language, request id, a span, figures, and the
//! headers that keep browsers safe.

use std::time::Instant;

use axum::extract::Request;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use kernel::{Lang, RequestId};
use tracing::Instrument;
use web::{Problem, REQUEST_ID_HEADER, answering};

use crate::door::unreadable;
use crate::flow::linger;
use crate::headers::harden;
use crate::routes::is_plain;

/// Wraps the gateway's router. The request's id is always a new one here: a client does not choose
/// how it is found in the logs.
pub(crate) async fn edge(request: Request, next: Next) -> Response {
    let accepted = request.headers().get(header::ACCEPT_LANGUAGE).and_then(|v| v.to_str().ok());
    let lang = accepted.map_or(Lang::Fr, Lang::negotiate);
    let id = RequestId::new();
    let method = request.method().clone();
    let started = Instant::now();
    let span = tracing::info_span!("gateway", %method, request_id = %id);
    if let Some(trace) = request.headers().get("traceparent").and_then(|v| v.to_str().ok()) {
        runtime::telemetry::continue_trace(&span, trace);
    }
    let work = answering(lang, id, checked(request, next)).instrument(span.clone());
    let mut answer = work.await;

    let status = answer.status();
    let headers = answer.headers_mut();
    harden(headers);
    if let Ok(value) = HeaderValue::try_from(id.to_string()) {
        headers.insert(REQUEST_ID_HEADER, value);
    }
    if matches!(status, StatusCode::PAYLOAD_TOO_LARGE | StatusCode::REQUEST_TIMEOUT) {
        // The rest of the body is not read, so nothing can follow on this connection.
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    let seconds = started.elapsed().as_secs_f64();
    let labels = [("method", known(&method)), ("status", status.as_str().to_owned())];
    metrics::histogram!("fieldops_gateway_seconds", &labels).record(seconds);
    span.in_scope(|| tracing::debug!(status = status.as_u16(), seconds, "answered"));
    answer
}

async fn checked(request: Request, next: Next) -> Response {
    let asks_first = request.headers().contains_key(header::EXPECT);
    let request = if asks_first { request } else { request.map(linger) };
    if !is_plain(request.uri().path()) {
        return unreadable().into_response();
    }
    if matches!(*request.method(), Method::TRACE | Method::CONNECT) {
        return not_here().into_response();
    }
    next.run(request).await
}

/// 405 for what no address takes.
pub(crate) fn not_here() -> Problem {
    Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "method-not-allowed",
        "Cette adresse n'accepte pas cette méthode",
        "This address does not take this method",
    )
}

/// A method as a label: clients may invent methods, figures must not grow with them.
fn known(method: &Method) -> String {
    const KNOWN: [Method; 7] = [
        Method::GET,
        Method::HEAD,
        Method::POST,
        Method::PUT,
        Method::PATCH,
        Method::DELETE,
        Method::OPTIONS,
    ];
    if KNOWN.contains(method) { method.to_string() } else { "OTHER".to_owned() }
}
