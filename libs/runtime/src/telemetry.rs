//! Logs, traces and figures of a process.
//!
//! Logs go to standard error: for people on a terminal, as JSON lines otherwise. Traces go to an
//! OpenTelemetry collector where one is named. Figures are kept for whoever asks `/metrics`.

use std::{
    collections::HashMap,
    io::{IsTerminal, stderr},
    sync::OnceLock,
    time::Duration,
};

use metrics_exporter_prometheus::{BuildError, PrometheusBuilder, PrometheusHandle};
use opentelemetry::{global, trace::TracerProvider};
use opentelemetry_otlp::{ExporterBuildError, SpanExporter, WithExportConfig};
use opentelemetry_sdk::{
    Resource,
    propagation::TraceContextPropagator,
    runtime,
    trace::{SdkTracerProvider, span_processor_with_async_runtime::BatchSpanProcessor},
};
use tokio::{task::AbortHandle, time::interval};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::{
    EnvFilter, Layer,
    filter::{LevelFilter, ParseError},
    layer::SubscriberExt,
    util::SubscriberInitExt,
};

use crate::config::TelemetryArgs;

/// Bounds of the duration histograms, in seconds: from a cached read to a report's rendering.
const SECONDS: [f64; 14] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];

/// How often histograms are folded when nobody asks for them, so that they do not pile up.
const UPKEEP: Duration = Duration::from_secs(5);

static FIGURES: OnceLock<PrometheusHandle> = OnceLock::new();

/// Why telemetry could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The log filter is not one.
    #[error("FIELDOPS_LOG is not a log filter: {0}")]
    Filter(#[from] ParseError),
    /// The collector's address is not usable.
    #[error("OTEL_EXPORTER_OTLP_ENDPOINT is not usable: {0}")]
    Exporter(#[from] ExporterBuildError),
    /// Another recorder of figures is there already.
    #[error("metrics cannot be kept: {0}")]
    Metrics(#[from] BuildError),
    /// Logs were set up before.
    #[error("logs are already set up: {0}")]
    AlreadyInitialised(#[from] tracing_subscriber::util::TryInitError),
}

/// Keeps telemetry going; when dropped, sends the last traces.
#[must_use = "telemetry ends when this is dropped"]
pub struct Guard {
    upkeep: AbortHandle,
    traces: Option<SdkTracerProvider>,
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.upkeep.abort();
        if let Some(traces) = self.traces.take()
            && let Err(error) = traces.shutdown()
        {
            tracing::warn!(%error, "the last traces were not sent");
        }
    }
}

/// Sets up logs, traces and figures for the whole process; called once, inside a multi-threaded
/// tokio runtime. `service` is the name under which collectors know the process.
///
/// # Errors
/// A setting that does not make sense, or a second call.
pub fn init(service: &'static str, args: &TelemetryArgs) -> Result<Guard, TelemetryError> {
    let handle = install_metrics()?;
    let traces = args.otlp_endpoint.as_deref().map(|url| exporter(service, url)).transpose()?;
    global::set_text_map_propagator(TraceContextPropagator::new());

    let logs = tracing_subscriber::fmt::layer().with_writer(stderr);
    let logs = if stderr().is_terminal() {
        logs.with_target(false).boxed()
    } else {
        logs.json().flatten_event(true).boxed()
    };
    // How much is logged is one choice, traces another: quiet logs must not end them.
    let spans = traces.as_ref().map(|provider| {
        let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer(service));
        layer.with_filter(LevelFilter::INFO)
    });
    tracing_subscriber::registry()
        .with(spans)
        .with(logs.with_filter(EnvFilter::try_new(&args.log)?))
        .try_init()?;

    let upkeep = tokio::spawn(async move {
        let mut tick = interval(UPKEEP);
        loop {
            tick.tick().await;
            handle.run_upkeep();
        }
    });
    Ok(Guard { upkeep: upkeep.abort_handle(), traces })
}

/// Starts keeping figures; a second call finds the first one's.
///
/// # Errors
/// When another recorder is installed in this process.
pub fn install_metrics() -> Result<&'static PrometheusHandle, TelemetryError> {
    if let Some(handle) = FIGURES.get() {
        return Ok(handle);
    }
    let handle = PrometheusBuilder::new().set_buckets(&SECONDS)?.install_recorder()?;
    Ok(FIGURES.get_or_init(|| handle))
}

/// All figures in Prometheus' text format; empty before [`init`] or [`install_metrics`].
pub fn metrics_text() -> String {
    FIGURES.get().map(PrometheusHandle::render).unwrap_or_default()
}

/// The current span's place in its trace, as a W3C `traceparent` value to hand on in a header or
/// an event. None where no trace is taken.
pub fn traceparent() -> Option<String> {
    let mut carrier = HashMap::new();
    global::get_text_map_propagator(|propagator| {
        propagator.inject_context(&Span::current().context(), &mut carrier);
    });
    carrier.remove("traceparent")
}

/// Makes `span` continue the trace that a `traceparent` value names. A value that is not one is
/// passed over: it comes from outside and must not stop a request.
pub fn continue_trace(span: &Span, traceparent: &str) {
    let carrier = HashMap::from([("traceparent".to_owned(), traceparent.to_owned())]);
    let parent = global::get_text_map_propagator(|propagator| propagator.extract(&carrier));
    if let Err(error) = span.set_parent(parent) {
        tracing::trace!(%error, "no trace is taken here");
    }
}

fn exporter(service: &'static str, url: &str) -> Result<SdkTracerProvider, ExporterBuildError> {
    let endpoint = format!("{}/v1/traces", url.trim_end_matches('/'));
    let exporter = SpanExporter::builder().with_http().with_endpoint(endpoint).build()?;
    // The processor that runs inside tokio: the default one exports from a thread of its own,
    // where the HTTP client finds no reactor.
    let processor = BatchSpanProcessor::builder(exporter, runtime::Tokio).build();
    Ok(SdkTracerProvider::builder()
        .with_span_processor(processor)
        .with_resource(Resource::builder().with_service_name(service).build())
        .build())
}
