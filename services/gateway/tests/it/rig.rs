//! A gateway on a loopback port, before a control database of its own and a service that says what
//! it was asked.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use auth::{
    Caller, Internal, KeyPair, KeySet, PublicKey, Role, Scope, mint_access, verify_internal,
};
use axum::extract::Request;
use axum::http::StatusCode;
use axum::{Json, Router};
use gateway::{Behind, Gateway, GatewaySettings, Parts, Upstream};
use kernel::{Clock, Service, SessionId, TenantId, UserId};
use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use testkit::{Stage, eventually};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// Where the service behind is.
#[derive(Clone, Copy)]
pub enum Shape {
    /// In the gateway's process.
    Local,
    /// At another port.
    Remote,
}

/// What a test may choose.
pub struct Plan {
    pub shape: Shape,
    pub settings: GatewaySettings,
    /// Routes beside the echo, with the paths they are found by.
    pub extra: Option<(Router, Vec<String>)>,
    /// Another loopback port by which the control database is reached.
    pub control_port: Option<u16>,
    /// Another address for the service behind.
    pub upstream: Option<Upstream>,
}

impl Plan {
    pub fn of(shape: Shape) -> Self {
        let settings = GatewaySettings { base_hosts: hosts(), ..GatewaySettings::default() };
        Self { shape, settings, extra: None, control_port: None, upstream: None }
    }
}

fn hosts() -> Vec<String> {
    vec!["localhost".to_owned(), "fieldops.example".to_owned()]
}

pub struct Rig {
    pub stage: Stage,
    pub gateway: Gateway,
    pub address: SocketAddr,
    /// Identity's key.
    pub signer: KeyPair,
    /// Ends readiness and streams.
    pub drain: CancellationToken,
    /// Ends the listener.
    pub stop: CancellationToken,
    pub listening: tokio::task::JoinHandle<()>,
    client: Client,
}

impl Rig {
    /// A gateway that is ready.
    pub async fn new(plan: Plan) -> Self {
        let rig = Self::unready(plan).await;
        tokio::spawn(rig.gateway.clone().run(CancellationToken::new()));
        eventually("the gateway is ready", async || rig.gateway.is_ready().then_some(())).await;
        rig
    }

    /// A gateway whose tasks have not begun.
    pub async fn unready(plan: Plan) -> Self {
        let stage = Stage::new(&[]).await;
        let signer = KeyPair::generate().unwrap();
        let mut admin = stage.control_sql().await;
        sqlx::query(
            "insert into identity.signing_key
                 (kid, public_key, sealed_secret, created_at, signs_until, not_after)
             values ($1, $2, '', now(), now() + interval '1 day', now() + interval '2 days')",
        )
        .bind(&signer.kid)
        .bind(&signer.public().bytes[..])
        .execute(&mut admin)
        .await
        .unwrap();

        let (extra, extra_paths) = plan.extra.unwrap_or_default();
        let router = extra.fallback(echo);
        let upstream = match (plan.upstream, plan.shape) {
            (Some(upstream), _) => upstream,
            (None, Shape::Local) => Upstream::Local(router),
            (None, Shape::Remote) => {
                let (address, _) = listen(router, CancellationToken::new()).await;
                Upstream::Remote(format!("http://{address}").parse().unwrap())
            }
        };
        let paths = ["/v1/tasks", "/v1/tasks/{id}", "/v1/auth/sessions", "/v1/uploads/{id}"];
        let paths = paths.map(str::to_owned).into_iter().chain(extra_paths).collect();
        let drain = CancellationToken::new();
        let mut settings = plan.settings;
        settings.default_tenant.get_or_insert_with(|| stage.tenant.slug.clone());
        let ground = &stage.ground;
        let url = ground.cluster.control_url(&ground.root, Service::Gateway);
        let mut control: PgConnectOptions = url.parse().unwrap();
        if let Some(port) = plan.control_port {
            control = control.host("127.0.0.1").port(port);
        }
        let gateway = Gateway::new(Parts {
            settings,
            control: PgPoolOptions::new().max_connections(4).connect_lazy_with(control),
            counters: cache::open(None, stage.clock.clone()).unwrap(),
            clock: stage.clock.clone(),
            behind: vec![Behind { service: Service::Planning, paths, upstream }],
            openapi: utoipa::openapi::OpenApi::default(),
            stop: drain.clone(),
            fit: Arc::new(|| true),
        })
        .unwrap();
        let stop = CancellationToken::new();
        let (address, listening) = listen(gateway.router(), stop.clone()).await;
        let client = Client::builder().no_proxy().build().unwrap();
        Self { stage, gateway, address, signer, drain, stop, listening, client }
    }

    /// A request to the stage's tenant.
    pub fn get(&self, path: &str) -> RequestBuilder {
        self.at(&self.host(), reqwest::Method::GET, path)
    }

    /// A request of any kind to any host.
    pub fn at(&self, host: &str, method: reqwest::Method, path: &str) -> RequestBuilder {
        let url = format!("http://{}{path}", self.address);
        self.client.request(method, url).header("host", host)
    }

    /// The host of the stage's tenant.
    pub fn host(&self) -> String {
        format!("{}.localhost:8080", self.stage.tenant.slug)
    }

    /// A user's access token at a tenant.
    pub fn token(&self, tenant: TenantId, caller: Caller) -> String {
        mint_access(&self.signer, Some(tenant), caller, self.stage.clock.now()).unwrap()
    }

    /// A valid token of somebody at the stage's tenant.
    pub fn somebody(&self) -> String {
        self.token(self.stage.tenant.id, person())
    }

    /// What the gateway vouched for, from an echo.
    pub async fn vouched(&self, echo: &Value) -> Internal {
        let mut admin = self.stage.control_sql().await;
        let rows: Vec<(String, Vec<u8>)> =
            sqlx::query_as("select kid, public_key from tenancy.internal_key")
                .fetch_all(&mut admin)
                .await
                .unwrap();
        let keys: KeySet = rows
            .into_iter()
            .map(|(kid, bytes)| PublicKey { kid, bytes: bytes.try_into().unwrap() })
            .collect();
        let token = echo["headers"]["x-fieldops-internal"].as_str().unwrap();
        let now = self.stage.clock.now();
        verify_internal(&keys, token, Service::Planning, now).unwrap()
    }

    pub async fn revoke(&self, session: SessionId) {
        let mut admin = self.stage.control_sql().await;
        sqlx::query(
            "insert into identity.revoked_session (session_id, tenant_id, until)
             values ($1, $2, now() + interval '10 minutes')",
        )
        .bind(session.uuid())
        .bind(self.stage.tenant.id.uuid())
        .execute(&mut admin)
        .await
        .unwrap();
    }
}

/// Serves a router on a free loopback port.
pub async fn listen(
    router: Router,
    stop: CancellationToken,
) -> (SocketAddr, tokio::task::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let limits = runtime::Limits::default();
    (address, tokio::spawn(runtime::serve(listener, router, stop, limits)))
}

/// Somebody.
pub fn person() -> Caller {
    Caller {
        user: UserId::new(),
        session: SessionId::new(),
        grants: vec![auth::Grant { role: Role::SiteLead, scope: Scope::Tenant }],
        worker: None,
        mates: Vec::new(),
    }
}

/// Says what it was asked.
async fn echo(request: Request) -> (StatusCode, Json<Value>) {
    let (parts, body) = request.into_parts();
    let headers: BTreeMap<_, _> = parts
        .headers
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect();
    let body = axum::body::to_bytes(body, usize::MAX).await.map_or(0, |b| b.len());
    let (method, uri) = (parts.method.to_string(), parts.uri.to_string());
    (
        StatusCode::OK,
        Json(json!({ "method": method, "uri": uri, "headers": headers, "body": body })),
    )
}

/// The JSON of an answer with this status.
pub async fn json_of(request: RequestBuilder, status: u16) -> Value {
    let answer = request.send().await.unwrap();
    let (found, text) = (answer.status().as_u16(), answer.text().await.unwrap());
    assert_eq!(found, status, "{text}");
    serde_json::from_str(&text).unwrap()
}

/// A problem with what differs between two of them taken away.
pub async fn problem(request: RequestBuilder, status: u16) -> Value {
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status().as_u16(), status);
    assert_eq!(answer.headers()["content-type"], "application/problem+json");
    let id = answer.headers()["x-request-id"].to_str().unwrap().to_owned();
    let mut body: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    assert_eq!(body.as_object_mut().unwrap().remove("request_id"), Some(json!(id)));
    body
}

/// Sends bytes as they are and reads all that comes back.
pub async fn raw(address: SocketAddr, bytes: &[u8]) -> String {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    let mut said = Vec::new();
    let _ = stream.read_to_end(&mut said).await;
    String::from_utf8_lossy(&said).into_owned()
}
