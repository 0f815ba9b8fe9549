//! A client signed in by an internal token, straight to the services' routers.

use std::sync::Arc;

use auth::{Caller, KeyPair, mint_internal};
use axum::Router;
use axum::body::Body;
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt;
use kernel::{Service, SharedClock, TenantId, UserId, WorkerId};
use serde_json::Value;
use tower::ServiceExt;

/// Finds the router of the service that answers a path.
pub(crate) type Routers = Arc<Vec<(Service, Router, Vec<String>)>>;

/// Somebody who calls.
#[derive(Clone)]
pub struct Client {
    pub(crate) routers: Routers,
    pub(crate) key: Arc<KeyPair>,
    pub(crate) clock: SharedClock,
    pub(crate) tenant: Option<TenantId>,
    /// Who calls; none before sign-in.
    pub caller: Option<Caller>,
    pub(crate) headers: Vec<(String, String)>,
}

/// What was answered.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body's bytes.
    pub bytes: Vec<u8>,
    /// The body as JSON; null where it is none.
    pub json: Value,
}

impl Answer {
    /// The JSON, if the status is this one; else panics with the whole answer.
    #[track_caller]
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", String::from_utf8_lossy(&self.bytes));
        self.json
    }

    /// The version in the `ETag`.
    #[track_caller]
    pub fn version(&self) -> i64 {
        let tag = self.headers.get("etag").expect("an ETag").to_str().unwrap();
        tag.trim_matches('"').parse().unwrap()
    }

    /// The pointers of the fields a problem names.
    pub fn pointers(&self) -> Vec<String> {
        let errors = self.json["errors"].as_array().cloned().unwrap_or_default();
        errors.iter().filter_map(|e| e["pointer"].as_str().map(str::to_owned)).collect()
    }
}

impl Client {
    /// The user who calls.
    pub fn user(&self) -> UserId {
        self.caller.as_ref().expect("somebody signed in").user
    }

    /// The same client known as this worker.
    #[must_use]
    pub fn as_worker(mut self, worker: WorkerId) -> Self {
        if let Some(caller) = &mut self.caller {
            caller.worker = Some(worker);
        }
        self
    }

    /// The same client with one more header on every call.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// Reads.
    pub async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path, None).await
    }

    /// Posts JSON.
    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.call(Method::POST, path, Some(body)).await
    }

    /// Puts JSON.
    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.call(Method::PUT, path, Some(body)).await
    }

    /// Deletes.
    pub async fn delete(&self, path: &str) -> Answer {
        self.call(Method::DELETE, path, None).await
    }

    /// Changes what is at this version.
    pub async fn patch_match(&self, path: &str, version: i64, body: Value) -> Answer {
        let client = self.clone().header("if-match", format!("\"{version}\""));
        client.call(Method::PATCH, path, Some(body)).await
    }

    /// Calls with a JSON body or none.
    pub async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let body = body.map(|json| ("application/json", json.to_string().into_bytes()));
        self.raw(method, path, body).await
    }

    /// Calls with any body and its content type.
    pub async fn raw(&self, method: Method, path: &str, body: Option<(&str, Vec<u8>)>) -> Answer {
        match body {
            Some((kind, bytes)) => {
                let client = self.clone().header("content-type", kind);
                client.stream(method, path, Body::from(bytes)).await
            }
            None => self.stream(method, path, Body::empty()).await,
        }
    }

    /// Calls with a body that comes piece by piece.
    pub async fn stream(&self, method: Method, path: &str, body: Body) -> Answer {
        let (service, router) = self.route(path);
        let now = self.clock.now();
        let token =
            mint_internal(&self.key, service, self.tenant, self.caller.clone(), now).unwrap();
        let mut request =
            Request::builder().method(method).uri(path).header("x-fieldops-internal", token);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let response = router.oneshot(request.body(body).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes().to_vec();
        let json = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Answer { status: parts.status, headers: parts.headers, bytes, json }
    }

    /// The response itself, for streams.
    pub async fn open(&self, path: &str) -> http::Response<Body> {
        let (service, router) = self.route(path);
        let now = self.clock.now();
        let token =
            mint_internal(&self.key, service, self.tenant, self.caller.clone(), now).unwrap();
        let mut request = Request::builder().uri(path).header("x-fieldops-internal", token);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        router.oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
    }

    fn route(&self, path: &str) -> (Service, Router) {
        let path = path.split('?').next().unwrap_or_default();
        self.routers
            .iter()
            .find(|(_, _, prefixes)| prefixes.iter().any(|p| path.starts_with(p.as_str())))
            .or(self.routers.first())
            .map(|(service, router, _)| (*service, router.clone()))
            .expect("a stage hosts at least one service")
    }
}
