//! A client of the published API, as a phone or a browser would be one.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

/// Where a system answers, and under which names.
#[derive(Debug, Clone)]
pub struct Target {
    /// The address that is called: `http://127.0.0.1:8080`.
    pub url: String,
    /// The host name that tenants' names stand before, with the port: `localhost:8080`.
    pub base: String,
}

impl Target {
    /// A system on this machine.
    pub fn local(port: u16, base_hosts: &[String]) -> Self {
        let base = base_hosts.first().map_or("localhost", String::as_str);
        Self { url: format!("http://127.0.0.1:{port}"), base: format!("{base}:{port}") }
    }

    /// Nobody yet, at a tenant's host.
    pub fn tenant(&self, slug: &str) -> Result<Api> {
        self.host(format!("{slug}.{}", self.base))
    }

    /// Nobody yet, at the platform's own host.
    pub fn platform(&self) -> Result<Api> {
        self.host(format!("platform.{}", self.base))
    }

    fn host(&self, host: String) -> Result<Api> {
        // Resolved here: not every machine's resolver knows names below localhost.
        let http = reqwest::Client::builder().timeout(Duration::from_mins(1)).build()?;
        Ok(Api { http, url: self.url.clone(), host, token: None, headers: Vec::new() })
    }
}

/// Somebody who calls the API.
#[derive(Debug, Clone)]
pub struct Api {
    http: reqwest::Client,
    url: String,
    /// The host that is named in each call.
    pub host: String,
    /// The access token, once signed in.
    pub token: Option<String>,
    headers: Vec<(String, String)>,
}

/// What was answered.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: reqwest::header::HeaderMap,
    /// The body.
    pub bytes: bytes::Bytes,
}

impl Answer {
    /// The body as JSON; null where it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or(Value::Null)
    }

    /// The body as JSON, if it went well; else what the problem says.
    pub fn ok(self) -> Result<Value> {
        if self.status.is_success() {
            return Ok(self.json());
        }
        bail!("{}: {}", self.status, String::from_utf8_lossy(&self.bytes))
    }

    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

impl Api {
    /// The same caller with a header on every call.
    #[must_use]
    pub fn with(&self, name: &str, value: impl Into<String>) -> Self {
        let mut api = self.clone();
        api.headers.push((name.to_owned(), value.into()));
        api
    }

    /// The same caller at the same tenant, on a system that answers at another port now.
    #[must_use]
    pub fn moved_to(&self, target: &Target) -> Self {
        let name = self.host.split(':').next().unwrap_or_default();
        let port = target.base.rsplit(':').next().unwrap_or_default();
        Self { url: target.url.clone(), host: format!("{name}:{port}"), ..self.clone() }
    }

    /// Signs in.
    pub async fn sign_in(&self, email: &str, password: &str) -> Result<Self> {
        self.sign_in_at("/v1/auth/sign-in", email, password).await
    }

    /// Signs in as the platform's admin.
    pub async fn sign_in_platform(&self, email: &str, password: &str) -> Result<Self> {
        self.sign_in_at("/v1/platform/auth/sign-in", email, password).await
    }

    async fn sign_in_at(&self, path: &str, email: &str, password: &str) -> Result<Self> {
        let body = json!({"email": email, "password": password});
        let answer = self.post(path, &body).await?;
        let token = answer["access_token"].as_str().context("no access token")?;
        Ok(Self { token: Some(token.to_owned()), ..self.clone() })
    }

    /// Reads.
    pub async fn get(&self, path: &str) -> Result<Value> {
        self.send(Method::GET, path, None).await?.ok().with_context(|| format!("GET {path}"))
    }

    /// Creates or acts.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Value> {
        let answer = self.send(Method::POST, path, Some(body)).await?;
        answer.ok().with_context(|| format!("POST {path}"))
    }

    /// Calls with a JSON body or none, whatever is answered.
    pub async fn send(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Answer> {
        let body = body.map(|json| ("application/json", json.to_string().into_bytes()));
        self.raw(method, path, body).await
    }

    /// Calls with any body, whatever is answered.
    pub async fn raw(
        &self,
        method: Method,
        path: &str,
        body: Option<(&str, Vec<u8>)>,
    ) -> Result<Answer> {
        let response = self.request(method, path, body).send().await?;
        let (status, headers) = (response.status(), response.headers().clone());
        Ok(Answer { status, headers, bytes: response.bytes().await? })
    }

    /// Opens a stream, such as server-sent events.
    pub async fn open(&self, path: &str) -> Result<reqwest::Response> {
        Ok(self.request(Method::GET, path, None).send().await?.error_for_status()?)
    }

    fn request(
        &self,
        method: Method,
        path: &str,
        body: Option<(&str, Vec<u8>)>,
    ) -> reqwest::RequestBuilder {
        let mut request =
            self.http.request(method, format!("{}{path}", self.url)).header("host", &self.host);
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        match body {
            Some((kind, bytes)) => request.header("content-type", kind).body(bytes),
            None => request,
        }
    }
}

/// A string member of a JSON object that must be there.
pub fn text<'a>(value: &'a Value, member: &str) -> Result<&'a str> {
    value[member].as_str().with_context(|| format!("no `{member}` in {value}"))
}
