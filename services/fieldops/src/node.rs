//! What both shapes put together in the same way.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use gateway::{Behind, Gateway};
use runtime::{Limits, Tasks};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// How long readiness is down before the door closes, so that a load balancer has noticed.
const NOTICE: Duration = Duration::from_millis(200);

/// Serves until `stop`, then lets requests finish, then the background work.
pub async fn serve_until(
    listener: TcpListener,
    router: Router,
    stop: &CancellationToken,
    tasks: &Tasks,
    grace: Duration,
) {
    let closing = CancellationToken::new();
    let limits = Limits { grace, ..Limits::default() };
    let serving = tokio::spawn(runtime::serve(listener, router, closing.clone(), limits));
    stop.cancelled().await;
    tokio::time::sleep(NOTICE).await;
    closing.cancel();
    if let Err(error) = serving.await {
        tracing::error!(%error, "the listener ended badly");
    }
    let late = tasks.stop(grace).await;
    if !late.is_empty() {
        tracing::warn!(?late, "background work was cut off");
    }
}

/// Starts the gateway's own upkeep and waits until it may serve.
pub async fn open_gateway(gateway: &Gateway, tasks: &Tasks) {
    tasks.spawn("gateway", gateway.clone().run(tasks.token()));
    while !gateway.is_ready() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// `/health` and `/metrics` of a service that stands alone behind the gateway.
pub fn with_health(router: Router, tasks: &Tasks, stop: &CancellationToken) -> Router {
    let (tasks, stop) = (tasks.clone(), stop.clone());
    let ready = async move || {
        if tasks.healthy() && !stop.is_cancelled() {
            (StatusCode::OK, "ready\n")
        } else {
            (StatusCode::SERVICE_UNAVAILABLE, "not ready\n")
        }
    };
    Router::new()
        .route("/health/live", get(async || "live\n"))
        .route("/health/ready", get(ready))
        .route("/metrics", get(async || runtime::telemetry::metrics_text()))
        .fallback_service(router)
}

/// The gateway over these services.
pub fn gateway(
    settings: gateway::GatewaySettings,
    control: sqlx::PgPool,
    counters: Arc<dyn cache::Counters>,
    clock: kernel::SharedClock,
    behind: Vec<Behind>,
    tasks: &Tasks,
    stop: &CancellationToken,
) -> anyhow::Result<Gateway> {
    let healthy = tasks.clone();
    Ok(Gateway::new(gateway::Parts {
        settings,
        control,
        counters,
        clock,
        behind,
        openapi: crate::openapi::merged(),
        stop: stop.clone(),
        fit: Arc::new(move || healthy.healthy()),
    })?)
}

/// A token that is cancelled when the process is asked to stop.
pub fn stop_on_signal() -> CancellationToken {
    let stop = CancellationToken::new();
    let asked = stop.clone();
    tokio::spawn(async move {
        if let Err(error) = runtime::shutdown_signal().await {
            tracing::error!(%error, "signals cannot be heard");
        }
        asked.cancel();
    });
    stop
}
