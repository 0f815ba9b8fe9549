//! Telemetry end to end: figures are counted, and a trace reaches a collector.

use std::{convert::Infallible, time::Duration};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use runtime::{
    Limits,
    config::TelemetryArgs,
    serve,
    telemetry::{continue_trace, init, metrics_text, traceparent},
};
use tokio::{net::TcpListener, sync::mpsc, task::spawn_blocking, time::timeout};
use tokio_util::sync::CancellationToken;

const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_span_continues_its_callers_trace_and_reaches_the_collector() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (received, mut posts) = mpsc::unbounded_channel();
    let collector = tower::service_fn(move |request: Request<Incoming>| {
        let received = received.clone();
        async move {
            let path = request.uri().path().to_owned();
            let body = request.into_body().collect().await.unwrap().to_bytes();
            received.send((path, body)).unwrap();
            Ok::<_, Infallible>(Response::new(Full::new(Bytes::new())))
        }
    });
    tokio::spawn(serve(listener, collector, CancellationToken::new(), Limits::default()));

    let args = TelemetryArgs {
        otlp_endpoint: Some(format!("http://{address}")),
        // Quiet logs keep no trace back.
        log: "error".to_owned(),
    };
    let guard = init("fieldops-test", &args).unwrap();
    metrics::counter!("visits_total").increment(2);
    metrics::histogram!("visit_seconds").record(0.02);
    let figures = metrics_text();
    assert!(figures.contains("visits_total 2"), "{figures}");
    assert!(figures.contains("visit_seconds_bucket{le=\"0.025\"} 1"), "{figures}");

    let span = tracing::info_span!("visit");
    continue_trace(&span, PARENT);
    let handed_on = span.in_scope(traceparent).unwrap();
    assert!(handed_on.starts_with("00-0af7651916cd43dd8448eb211c80319c-"), "{handed_on}");
    assert_ne!(handed_on, PARENT, "the callee's own span");
    drop(span);

    spawn_blocking(move || drop(guard)).await.unwrap();
    let (path, body) = timeout(Duration::from_secs(10), posts.recv()).await.unwrap().unwrap();
    assert_eq!(path, "/v1/traces");
    let contains = |needle: &[u8]| body.windows(needle.len()).any(|part| part == needle);
    assert!(contains(b"fieldops-test") && contains(b"visit"));
}
