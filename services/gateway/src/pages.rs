//! What the gateway answers itself: its state, the description of the API, and two pages.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use axum::{Json, Router};
use kernel::Lang;
use serde_json::json;
use utoipa_swagger_ui::Config;
use web::{Problem, current_lang};

use crate::Gateway;
use crate::door::peer;
use crate::host::{Place, host_of, place};

const LANDING: [&str; 2] = [include_str!("landing.fr.html"), include_str!("landing.en.html")];
const LANDING_CSP: &str = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; \
                           base-uri 'none'; form-action 'none'";
/// The browser of the API draws with inline styles and pictures, and calls this very host.
const DOCS_CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
                        img-src 'self' data:; font-src 'self' data:; connect-src 'self'; \
                        frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/// The description of the API and its browser, ready to be sent.
pub(crate) struct Docs {
    description: Bytes,
    browser: Arc<Config<'static>>,
}

impl Docs {
    pub(crate) fn new(description: &utoipa::openapi::OpenApi) -> Result<Self, serde_json::Error> {
        let browser = Config::from("/openapi.json")
            .validator_url("none") // else it asks a server on the internet
            .default_models_expand_depth(-1)
            .display_request_duration(true)
            .filter(true);
        Ok(Self {
            description: serde_json::to_vec(description)?.into(),
            browser: Arc::new(browser),
        })
    }
}

/// The gateway's own routes.
pub(crate) fn router(gateway: &Gateway) -> Router<Gateway> {
    Router::new()
        .route("/", get(landing))
        .route("/openapi.json", get(description))
        .route("/v1/openapi.json", get(description))
        .route("/docs", get(async || Redirect::permanent("/docs/")))
        .route("/docs/", get(async |gateway| docs(gateway, Path(String::new())).await))
        .route("/docs/{*file}", get(docs))
        .route_layer(from_fn_with_state(gateway.clone(), at_a_known_host))
        .route("/health/live", get(live))
        .route("/health/ready", get(ready))
        .route("/metrics", get(figures))
}

/// Pages are shown where somebody lives: a bare host, the platform's, or an active tenant's.
async fn at_a_known_host(
    State(gateway): State<Gateway>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    if !matches!(gateway.place(request.uri(), request.headers()), Some(Place::Bare { .. })) {
        gateway.tenant_of(request.uri(), request.headers()).await?;
    }
    Ok(next.run(request).await)
}

async fn landing() -> Response {
    let [french, english] = LANDING;
    let (page, lang) = match current_lang() {
        Lang::Fr => (french, "fr"),
        Lang::En => (english, "en"),
    };
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_LANGUAGE, lang),
        (header::VARY, "accept-language"),
        (header::CONTENT_SECURITY_POLICY, LANDING_CSP),
    ];
    (headers, page).into_response()
}

async fn description(State(gateway): State<Gateway>) -> Response {
    let headers = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-cache")];
    (headers, gateway.0.docs.description.clone()).into_response()
}

async fn docs(
    State(gateway): State<Gateway>,
    Path(file): Path<String>,
) -> Result<Response, Problem> {
    let file = utoipa_swagger_ui::serve(&file, Arc::clone(&gateway.0.docs.browser))
        .map_err(Problem::internal)?
        .ok_or_else(Problem::not_found)?;
    let kind = HeaderValue::try_from(file.content_type).map_err(Problem::internal)?;
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(DOCS_CSP)),
    ];
    Ok((headers, file.bytes.into_owned()).into_response())
}

/// Whether the process runs at all; asks nothing of anything else.
async fn live() -> Response {
    Json(json!({ "status": "live" })).into_response()
}

/// Whether requests should be sent here now.
async fn ready(State(gateway): State<Gateway>) -> Response {
    let missing = gateway.missing();
    if missing.is_empty() {
        return Json(json!({ "status": "ready" })).into_response();
    }
    let body = Json(json!({ "status": "not-ready", "waiting_for": missing }));
    (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "1")], body).into_response()
}

/// The process's figures, for this machine alone unless a setting says otherwise.
async fn figures(State(gateway): State<Gateway>, request: Request) -> Result<Response, Problem> {
    let here = match gateway.place(request.uri(), request.headers()) {
        Some(Place::Bare { loopback }) => {
            gateway.0.settings.metrics_to_others || (loopback && peer(&request).is_loopback())
        }
        _ => false,
    };
    if !here || came_through_a_proxy(request.headers()) {
        return Err(Problem::not_found());
    }
    let kind = [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")];
    Ok((kind, runtime::telemetry::metrics_text()).into_response())
}

/// A proxy on this machine makes everybody look local.
fn came_through_a_proxy(headers: &HeaderMap) -> bool {
    ["x-forwarded-for", "forwarded", "via"]
        .into_iter()
        .any(|name| headers.contains_key(HeaderName::from_static(name)))
}

impl Gateway {
    fn place(&self, uri: &Uri, headers: &HeaderMap) -> Option<Place> {
        place(host_of(uri, headers)?, &self.0.settings)
    }
}
