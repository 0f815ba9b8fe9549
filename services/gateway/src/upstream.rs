//! Where services are, and the way there.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{StatusCode, Uri, Version, header, uri};
use axum::response::Response;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use kernel::Service;
use tower::ServiceExt;
use web::Problem;

use crate::flow::Progress;

/// How long a connection to a service may take.
const CONNECT: Duration = Duration::from_secs(2);
/// How long an unused connection is kept: less than the ten seconds after which services close it.
const IDLE: Duration = Duration::from_secs(5);

/// Where a service answers.
#[derive(Clone)]
pub enum Upstream {
    /// In this process.
    Local(Router),
    /// At an address such as `http://planning:8080`, over plain HTTP.
    Remote(Uri),
}

/// A service behind the gateway.
pub struct Behind {
    /// Which one.
    pub service: Service,
    /// The paths it answers, as OpenAPI writes them.
    pub paths: Vec<String>,
    /// Where it is.
    pub upstream: Upstream,
}

impl Behind {
    /// A service with the paths of its description.
    pub fn new(
        service: Service,
        description: &utoipa::openapi::OpenApi,
        upstream: Upstream,
    ) -> Self {
        Self { service, paths: description.paths.paths.keys().cloned().collect(), upstream }
    }
}

/// The ways to all services.
pub(crate) struct Upstreams {
    known: HashMap<Service, Upstream>,
    client: Client<HttpConnector, Body>,
}

impl Upstreams {
    pub(crate) fn new(known: HashMap<Service, Upstream>) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_connect_timeout(Some(CONNECT));
        connector.set_nodelay(true);
        // The client sends a request again only when it never left over a connection that turned
        // out to be closed; what may have arrived is not repeated.
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE)
            .build(connector);
        Self { known, client }
    }

    /// Hands a request to a service and waits for the head of its answer; bodies stream in both
    /// directions. `patience` counts from the last piece of the request's body.
    pub(crate) async fn call(
        &self,
        service: Service,
        request: Request,
        progress: &Arc<Progress>,
        patience: Duration,
    ) -> Result<Response, Problem> {
        let answer = async {
            match self.known.get(&service) {
                Some(Upstream::Local(router)) => {
                    let Ok(answer) = router.clone().oneshot(request).await;
                    Ok(answer)
                }
                Some(Upstream::Remote(base)) => self.send(service, base, request).await,
                None => Err(Problem::not_found()),
            }
        };
        let answer = progress.patiently(patience, answer).await;
        if let Some(fault) = progress.fault() {
            return Err(fault.into());
        }
        answer.unwrap_or_else(|| Err(too_late(service)))
    }

    async fn send(
        &self,
        service: Service,
        base: &Uri,
        mut request: Request,
    ) -> Result<Response, Problem> {
        let mut parts = uri::Parts::default();
        parts.scheme = Some(uri::Scheme::HTTP);
        parts.authority = base.authority().cloned();
        parts.path_and_query = request.uri().path_and_query().cloned();
        *request.uri_mut() = Uri::from_parts(parts).map_err(Problem::internal)?;
        *request.version_mut() = Version::HTTP_11;
        request.headers_mut().remove(header::HOST);
        match self.client.request(request).await {
            Ok(answer) => Ok(answer.map(Body::new)),
            Err(error) => {
                let cause = std::error::Error::source(&error).map(ToString::to_string);
                tracing::warn!(%service, %error, cause, "service not reached");
                metrics::counter!("fieldops_gateway_unreached_total", "service" => service.name())
                    .increment(1);
                Err(Problem::unavailable(2))
            }
        }
    }
}

fn too_late(service: Service) -> Problem {
    tracing::warn!(%service, "no answer in time");
    Problem::new(
        StatusCode::GATEWAY_TIMEOUT,
        "timeout",
        "Le service n'a pas répondu à temps ; l'action est peut-être faite",
        "The service did not answer in time; the action may have been done",
    )
    .retry_after(5)
}
