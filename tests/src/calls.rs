//! For every operation of the published description, a call that is valid but for who makes it.
//! An operation without one fails every test that goes through them.

mod dispatch;
mod execution;
mod identity;
mod planning;
mod projects;
mod proofs;
mod provisioning;
mod reporting;
mod resources;
mod service_levels;

use std::collections::BTreeMap;

use anyhow::Result;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use fieldops::demo::{Answer, Api};
use reqwest::Method;
use serde_json::Value;

/// What a call's names stand for: ids of things, and moments.
pub type Things = BTreeMap<&'static str, String>;

/// An operation as the description has it.
#[derive(Debug, Clone)]
pub struct Operation {
    /// Its `operationId`.
    pub id: String,
    /// Its method.
    pub method: Method,
    /// Its path with `{placeholders}`.
    pub path: String,
    /// Whether it is there before sign-in.
    pub public: bool,
    headers: Vec<String>,
    entry: Entry,
}

/// The operation, what `{id}` in its path is (or the query), and the body.
type Entry = (&'static str, &'static str, &'static str);

/// A call that can be made.
#[derive(Debug, Clone)]
pub struct Call {
    /// The method.
    pub method: Method,
    /// The path with its query.
    pub path: String,
    /// The body with its content type.
    pub body: Option<(&'static str, String)>,
    /// Headers beside the caller's own.
    pub headers: Vec<(&'static str, String)>,
    /// Whether the answer goes on until somebody hangs up.
    pub streams: bool,
}

/// Every operation there is, in the order of their paths; one that is called in several ways stands
/// there as often.
pub fn operations() -> Vec<Operation> {
    let description: Value = serde_json::from_str(&fieldops::openapi::text().unwrap()).unwrap();
    let mut found = Vec::new();
    for (path, item) in description["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let Some(id) = operation["operationId"].as_str() else { continue };
            let parameters = operation["parameters"].as_array();
            let headers = parameters.into_iter().flatten().filter(|p| p["in"] == "header");
            let secured = operation["security"].as_array().is_some_and(|all| {
                !all.is_empty() && all.iter().all(|one| one.get("bearer").is_some())
            });
            let operation = Operation {
                id: id.to_owned(),
                method: method.to_uppercase().parse().unwrap(),
                path: path.clone(),
                public: !secured,
                headers: headers.filter_map(|p| p["name"].as_str().map(str::to_owned)).collect(),
                entry: ("", "", ""),
            };
            let before = found.len();
            let entries = CALLS.into_iter().flatten().filter(|(known, _, _)| *known == id);
            found.extend(entries.map(|entry| Operation { entry: *entry, ..operation.clone() }));
            assert!(found.len() > before, "{method} {path} ({id}) is not among the calls");
        }
    }
    found
}

impl Operation {
    /// Whether it only looks.
    pub fn reads(&self) -> bool {
        matches!(self.method, Method::GET | Method::HEAD | Method::OPTIONS)
    }

    fn streams(&self) -> bool {
        matches!(self.id.as_str(), "follow_live" | "follow_run")
    }

    /// How it stands in a table: method, path, and the query where that matters.
    pub fn label(&self) -> String {
        let query = Some(self.entry.1).filter(|text| text.contains('$')).unwrap_or_default();
        format!("{} {}{query}", self.method, self.path)
    }

    /// The names that the call's path and body take from [`Things`].
    pub fn names(&self) -> Vec<&'static str> {
        let (_, id, body) = self.entry;
        let mut names: Vec<_> = body.split('$').skip(1).map(name_at).collect();
        match id.strip_prefix('?') {
            Some(query) => names.extend(query.split('$').skip(1).map(name_at)),
            None => names.extend((!id.is_empty()).then_some(id)),
        }
        names.extend(self.path.contains("{absence}").then_some("fresh_absence"));
        names.extend(self.announced().map(|(_, thing)| thing));
        names
    }

    /// For what begins an upload: how its metadata names what was announced, and its name here.
    fn announced(&self) -> Option<(&'static str, &'static str)> {
        match self.id.as_str() {
            "create_upload" => Some(("photo_id", "announced")),
            "create_document_upload" => Some(("version_id", "announced_version")),
            _ => None,
        }
    }

    /// The call, about these things. Changes name a version that is long past, so that one who is
    /// allowed gets 412 and the thing stays as it is.
    pub fn call(&self, things: &Things) -> Call {
        let (_, id, body) = self.entry;
        let mut path = self.path.clone();
        if id.starts_with('?') {
            path += &fill(id, things);
        } else if !id.is_empty() {
            path = path.replace("{id}", &things[id]);
        }
        if path.contains("{absence}") {
            path = path.replace("{absence}", &things["fresh_absence"]);
        }
        assert!(!path.contains('{'), "{} leaves a placeholder in {path}", self.id);
        let mut body = (!body.is_empty()).then(|| ("application/json", fill(body, things)));
        let mut headers = Vec::new();
        for name in &self.headers {
            match name.as_str() {
                "If-Match" => headers.push(("if-match", "\"0\"".to_owned())),
                "Tus-Resumable" => headers.push(("tus-resumable", "1.0.0".to_owned())),
                "Upload-Length" => headers.push(("upload-length", ANNOUNCED.to_string())),
                "Upload-Offset" => headers.push(("upload-offset", "5".to_owned())),
                "Upload-Metadata" => headers.extend(self.announced().map(|(key, thing)| {
                    ("upload-metadata", format!("{key} {}", base64(&things[thing])))
                })),
                _ => {}
            }
        }
        if self.id == "create_import" {
            let rows = body.take().map(|(_, rows)| rows).unwrap_or_default();
            body = Some(("multipart/form-data; boundary=rows", form("projects", &rows)));
        }
        if matches!(self.id.as_str(), "append_upload" | "append_document_upload") {
            body = Some(("application/offset+octet-stream", "bytes".to_owned()));
        }
        Call { method: self.method.clone(), path, body, headers, streams: self.streams() }
    }
}

impl Call {
    /// Makes the call. Of a stream only the beginning is awaited.
    pub async fn by(&self, api: &Api) -> Result<Answer> {
        let mut api = api.clone();
        for (name, value) in &self.headers {
            api = api.with(name, value);
        }
        if self.streams
            && let Ok(open) = api.open(&self.path).await
        {
            let (status, headers) = (open.status(), open.headers().clone());
            return Ok(Answer { status, headers, bytes: Bytes::new() });
        }
        let body = self.body.as_ref().map(|(kind, text)| (*kind, text.clone().into_bytes()));
        api.raw(self.method.clone(), &self.path, body).await
    }
}

/// The same place, called with another token or none.
pub fn bearing(api: &Api, token: Option<String>) -> Api {
    let mut api = api.clone();
    api.token = token;
    api
}

/// The size that the fixture's announced photo and version have.
pub const ANNOUNCED: usize = 1_000;

/// Text as the metadata of an upload carries it.
pub(crate) fn base64(text: &str) -> String {
    STANDARD.encode(text)
}

/// A form with one file, between its boundaries.
pub fn form(name: &str, text: &str) -> String {
    format!(
        "--rows\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{name}.csv\"\r\n\r\n\
         {text}\r\n--rows--\r\n"
    )
}

fn name_at(text: &'static str) -> &'static str {
    let end = text.find(|c: char| !c.is_ascii_lowercase() && !c.is_ascii_digit() && c != '_');
    &text[..end.unwrap_or(text.len())]
}

fn fill(text: &'static str, things: &Things) -> String {
    let mut parts = text.split('$');
    let mut filled = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let name = name_at(part);
        let value = things.get(name).unwrap_or_else(|| panic!("nothing is called {name}"));
        filled += value;
        filled += &part[name.len()..];
    }
    filled
}

/// Every operation with what its call needs, by service.
const CALLS: [&[Entry]; 10] = [
    identity::CALLS,
    provisioning::CALLS,
    projects::CALLS,
    resources::CALLS,
    planning::CALLS,
    dispatch::CALLS,
    execution::CALLS,
    service_levels::CALLS,
    proofs::CALLS,
    reporting::CALLS,
];
