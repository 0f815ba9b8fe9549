//! What is sent by mistake or by malice: always a 4xx that says what is wrong, in the caller's
//! language, with a pointer where a field is at fault; never a 5xx, never a hung connection.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::time::Duration;

use fieldops::demo::{Answer, Api};
use journeys::System;
use journeys::calls::{Call, Operation, bearing, operations};
use journeys::up::Up;
use journeys::world::{World, platform};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// One of each in one process: the checks only read what they refuse.
struct Scene {
    up: Up,
    world: World,
    /// May do everything at the firm.
    insider: Api,
    root: Api,
}

impl Scene {
    async fn set() -> Self {
        let up = Up::fresh().await.unwrap();
        let root = platform(up.target(), up.platform_admin()).await.unwrap();
        let world = World::make(up.target(), &root, "saisie").await.unwrap();
        let wide = |role: &str| json!({"role": role, "scope": {"kind": "tenant"}});
        let grants = json!([wide("tenant_admin"), wide("manager"), wide("project_lead"),
                            wide("site_lead"),
                            {"role": "crew_member", "scope": {"kind": "own"}}]);
        let insider = world.guest(&grants, true).await.unwrap().api;
        Self { up, world, insider, root }
    }

    /// The caller an operation is for.
    fn caller(&self, operation: &Operation) -> Api {
        if operation.path.starts_with("/v1/platform/") {
            return self.root.clone();
        }
        let token = self.insider.token.clone().filter(|_| !operation.public);
        bearing(&self.insider, token)
    }

    fn call(&self, operation: &Operation) -> Call {
        let mut things = self.world.things.clone();
        things.insert("unique", "saisie".to_owned());
        things.insert("run", things["tenant"].clone());
        for (fresh, name) in [
            ("fresh_invitation", "invitation"),
            ("fresh_dependency", "dependency"),
            ("fresh_site_part", "site_part"),
            ("fresh_upload", "upload"),
            ("fresh_steering_kpi", "steering_kpi"),
            ("fresh_document_upload", "document_upload"),
        ] {
            things.insert(fresh, things[name].clone());
        }
        operation.call(&things)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_is_refused_with_reasons() {
    let scene = Scene::set().await;
    let mut wrong = bodies(&scene).await;
    wrong.extend(queries(&scene).await);
    wrong.extend(paths(&scene).await);
    wrong.extend(headers(&scene).await);
    wrong.extend(endless_bodies(&scene).await);
    assert!(wrong.is_empty(), "{} of them:\n{}", wrong.len(), wrong.join("\n"));
}

/// What is wrong with an answer that should have been a refusal.
fn refusal(answer: &Answer, expected: &[u16], pointer: Option<&str>) -> Option<String> {
    let (status, json) = (answer.status.as_u16(), answer.json());
    let kind = answer.header("content-type").unwrap_or_default();
    let body = String::from_utf8_lossy(&answer.bytes);
    let body: String = body.chars().take(300).collect();
    if !expected.contains(&status) {
        return Some(format!("{status} instead of {expected:?}: {body}"));
    }
    if kind != "application/problem+json" || json["status"] != status {
        return Some(format!("{status} is no problem ({kind}): {body}"));
    }
    let pointer = pointer?;
    let mut errors = json["errors"].as_array().into_iter().flatten();
    let points = errors.any(|e| e["pointer"].as_str().is_some_and(|p| p.starts_with(pointer)));
    (!points).then(|| format!("nothing points at {pointer}: {body}"))
}

/// The body of every operation that takes one, spoilt in every way, field by field.
async fn bodies(scene: &Scene) -> Vec<String> {
    let mut wrong = Vec::new();
    for operation in operations() {
        let call = scene.call(&operation);
        let Some((kind, valid)) = call.body.clone().filter(|(kind, _)| *kind == "application/json")
        else {
            continue;
        };
        let api = scene.caller(&operation);
        // A file is no object with fields; those who read it are tested where they live.
        let Some(valid) = serde_json::from_str(&valid).ok().filter(Value::is_object) else {
            continue;
        };
        let mut tries: Vec<Try> = whole(&valid);
        for (field, value) in valid.as_object().unwrap() {
            tries.extend(one_field(&valid, field, value));
        }
        for one in tries {
            let kind = one.kind.unwrap_or(kind);
            let mut api = api.clone();
            for (name, value) in &call.headers {
                api = api.with(name, value);
            }
            let body = Some((kind, one.body));
            let answer = api.raw(call.method.clone(), &call.path, body).await.unwrap();
            let pointer = one.pointer.as_deref();
            if let Some(why) = refusal(&answer, one.expected, pointer) {
                wrong.push(format!("{} {}: {why}", operation.id, one.what));
            }
        }
        wrong.extend(languages(&api, &call, &operation.id).await);
    }
    wrong
}

/// One way to spoil a body.
struct Try {
    what: String,
    body: Vec<u8>,
    kind: Option<&'static str>,
    expected: &'static [u16],
    pointer: Option<String>,
}

fn attempt(what: impl Into<String>, body: impl Into<Vec<u8>>, expected: &'static [u16]) -> Try {
    Try { what: what.into(), body: body.into(), kind: None, expected, pointer: None }
}

fn whole(valid: &Value) -> Vec<Try> {
    let text = valid.to_string();
    let mut unknown = valid.clone();
    unknown["no_such_field"] = json!(1);
    let deep = [b"[".repeat(100_000), b"]".repeat(100_000)].concat();
    let mut not_utf8 = text.clone().into_bytes();
    not_utf8.extend(b"\xff");
    let twice = valid.as_object().unwrap().iter().next().map(|(field, value)| {
        let again = format!("{}, \"{field}\": {value}}}", &text[..text.len() - 1]);
        attempt("with a field twice", again, &[400, 422])
    });
    let mut all = vec![
        attempt("cut off", &text[..text.len() - 1], &[400]),
        attempt("empty", "", &[400]),
        attempt("with something behind", format!("{text} x"), &[400]),
        attempt("a list", "[]", &[422]),
        attempt("a number", "1e400", &[400, 422]),
        attempt("null", "null", &[422]),
        attempt("not UTF-8", not_utf8, &[400]),
        attempt("100 000 deep", deep, &[400, 413, 422]),
        Try {
            pointer: Some("/no_such_field".to_owned()),
            ..attempt("with an unknown field", unknown.to_string(), &[422])
        },
    ];
    all.extend(twice);
    for kind in ["text/plain", "application/xml", "application/x-www-form-urlencoded"] {
        all.push(Try { kind: Some(kind), ..attempt(kind, text.clone(), &[415]) });
    }
    all
}

fn one_field(valid: &Value, field: &str, value: &Value) -> Vec<Try> {
    let spoilt = |with: Value| {
        let mut body = valid.clone();
        body[field] = with;
        body
    };
    let at = |what: &str, with: Value| Try {
        pointer: Some(format!("/{field}")),
        ..attempt(format!("{field}: {what}"), spoilt(with).to_string(), &[422])
    };
    let other = match value {
        Value::String(_) | Value::Number(_) | Value::Bool(_) => json!({"a": [1]}),
        _ => json!("text"),
    };
    let mut all = vec![at("of another type", other)];
    if value.is_string() {
        let marked = spoilt(json!("MARK")).to_string();
        all.push(Try {
            expected: &[413, 422],
            pointer: None,
            ..at("too long", json!("x".repeat(100_000)))
        });
        all.push(at("with a null character", json!("a\0b")));
        all.push(attempt(
            format!("{field}: half a surrogate"),
            marked.replace("MARK", r"\ud800"),
            &[400],
        ));
        all.push(at("empty", json!("")));
    }
    if value.as_str().is_some_and(|v| v.starts_with("20") && v.len() >= 10) {
        let rest = &value.as_str().unwrap()[10..];
        for day in [
            "0001-01-01",
            "9999-12-31",
            "2026-02-30",
            "-262145-01-01",
            "2026-13-01",
            "+99999-01-01",
        ] {
            all.push(at(day, json!(format!("{day}{rest}"))));
        }
    }
    if value.is_number() {
        // What is a measure may have decimals; a count has none.
        let broken = (!value.is_f64()).then(|| json!(1.5));
        for number in [json!(-1), json!(i64::MIN), json!(u64::MAX)].into_iter().chain(broken) {
            all.push(at(&number.to_string(), number));
        }
    }
    if field == "position" {
        for (name, number) in [
            ("lat", json!(91)),
            ("lat", json!("NaN")),
            ("lat", json!(1e308)),
            ("lon", json!(-180.5)),
            ("lon", Value::Null),
        ] {
            let mut position = value.clone();
            position[name] = number.clone();
            all.push(at(&format!("{name} {number}"), position));
        }
    }
    all
}

/// French without a wish, English on request.
async fn languages(api: &Api, call: &Call, operation: &str) -> Option<String> {
    let title = async |api: &Api| {
        let broken = Some(("application/json", b"{".to_vec()));
        let mut api = api.clone();
        for (name, value) in &call.headers {
            api = api.with(name, value);
        }
        let answer = api.raw(call.method.clone(), &call.path, broken).await.unwrap();
        answer.json()["title"].as_str().unwrap_or_default().to_owned()
    };
    let (fr, en) = (title(api).await, title(&api.with("accept-language", "en")).await);
    let right = fr == "Le corps n'est pas du JSON valide" && en == "The body is not valid JSON";
    (!right).then(|| format!("{operation} says « {fr} » and “{en}”"))
}

/// Every list with absurd parameters, every id that is none.
async fn queries(scene: &Scene) -> Vec<String> {
    let mut wrong = Vec::new();
    for operation in operations().iter().filter(|o| o.method == Method::GET) {
        let (api, call) = (scene.caller(operation), scene.call(operation));
        let path = call.path.split('?').next().unwrap();
        let get = async |api: &Api, path: String| api.raw(Method::GET, &path, None).await.unwrap();
        if call.path.contains("?limit") {
            for bad in [
                "limit=0",
                "limit=-1",
                "limit=1000000000",
                "limit=99999999999999999999",
                "limit=ten",
                "limit=",
                "limit=1&limit=2",
                "cursor=@",
                "cursor=bm90aGluZw",
                "cursor=IjAwMDAi",
                "cursor=%ff",
                "no_such=1",
                "limit=%00",
            ] {
                let answer = get(&api, format!("{path}?{bad}")).await;
                // A list that does not page has no cursor to get wrong.
                if let Some(why) = refusal(&answer, &[400, 422], None) {
                    wrong.push(format!("{} {bad}: {why}", operation.id));
                }
            }
            let long = get(&api, format!("{path}?cursor={}", "A".repeat(5_000))).await;
            wrong.extend(
                refusal(&long, &[400, 414, 422], None).map(|w| format!("{path} long: {w}")),
            );
        }
        for day in ["0001-01-01", "9999-12-31", "2026-02-30", "today"] {
            let call = Call { path: format!("{path}?day={day}"), ..call.clone() };
            let answer = call.by(&api).await.unwrap();
            if answer.status.is_server_error() {
                wrong.push(format!("{} day={day}: {}", operation.id, answer.status));
            }
        }
        if operation.path.ends_with("{id}") {
            let folder = path.rsplit_once('/').unwrap().0;
            for id in
                ["1", "null", "%20", "00000000-0000-0000-0000-00000000000g", "'", "%ff", "%00"]
            {
                let answer = get(&api, format!("{folder}/{id}")).await;
                if let Some(why) = refusal(&answer, &[400, 404], None) {
                    wrong.push(format!("{folder}/{id}: {why}"));
                }
            }
        }
    }
    wrong
}

/// Sends bytes as they are and reads the answer's head and body, as much as comes.
async fn raw(scene: &Scene, request: &[u8]) -> Result<(u16, String), String> {
    let address = scene.up.target().url.trim_start_matches("http://").to_owned();
    let work = async {
        let mut stream = TcpStream::connect(address).await.map_err(|e| e.to_string())?;
        let _ = stream.write_all(request).await;
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        let text = String::from_utf8_lossy(&answer).into_owned();
        let status = text.split(' ').nth(1).and_then(|s| s.parse().ok());
        status.map(|s| (s, text.clone())).ok_or(format!("no answer: {text}"))
    };
    timeout(Duration::from_secs(30), work).await.map_err(|_| "no answer in 30 s".to_owned())?
}

fn request(scene: &Scene, target: &[u8], more: &[u8]) -> Vec<u8> {
    let api = &scene.insider;
    let head = format!(
        " HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {}\r\nconnection: close\r\n",
        api.host,
        api.token.as_deref().unwrap()
    );
    [b"GET ", target, head.as_bytes(), more, b"\r\n"].concat()
}

/// Addresses that try to be read in two ways.
async fn paths(scene: &Scene) -> Vec<String> {
    let mut wrong = Vec::new();
    for target in [
        &b"/v1/tasks/../users"[..],
        b"/v1/tasks/%2e%2e/users",
        b"/v1/tasks/%2E%2E%2Fusers",
        b"/v1/./users",
        b"//v1/users",
        b"/v1//users",
        b"/v1/users%00",
        b"/v1/users%2f",
        b"/v1/users/",
        b"/v1/users;x=1",
        b"/v1/%75sers%",
        b"/v1/users\\",
        b"/v1/\xff\xfe",
        b"/v1/%ff",
        b"*",
        b"v1/users",
        b"/V1/users",
        b"/v1/users#x",
        b"/docs/../v1/users",
        b"/docs/%2e%2e/users",
        b"/docs/..%2f..%2fetc%2fpasswd",
        b"http://127.0.0.1/v1/users",
    ] {
        let shown = String::from_utf8_lossy(target).into_owned();
        match raw(scene, &request(scene, target, b"")).await {
            Ok((400..=499, answer)) if answer.contains("\r\n\r\n") => {}
            // An empty path segment at the end, or a fragment, may be dropped by the reader of
            // the address; then it is the very list that was asked for.
            Ok((200, _)) if shown == "/v1/users#x" => {}
            Ok((status, answer)) => wrong.push(format!("{shown}: {status} {answer:.200}")),
            Err(why) => wrong.push(format!("{shown}: {why}")),
        }
    }
    wrong
}

/// Headers that are too many, too long or in two minds.
async fn headers(scene: &Scene) -> Vec<String> {
    let mut wrong = Vec::new();
    let long = format!("x-long: {}\r\n", "a".repeat(1 << 20));
    let many = "x-many: 1\r\n".repeat(2_000);
    for (what, more) in [
        ("a header of 1 MiB", long.as_str()),
        ("2 000 headers", &many),
        ("two hosts", "host: other.localhost\r\n"),
        ("two lengths", "content-length: 1\r\ncontent-length: 2\r\n\r\nxx"),
        ("a length and chunks", "content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n"),
        ("a broken header", "no colon here\r\n"),
        ("two tokens", "authorization: Bearer x\r\n"),
    ] {
        match raw(scene, &request(scene, b"/v1/users", more.as_bytes())).await {
            Ok((400..=499, _)) => {}
            // RFC 9112, 6.1: chunks win over a length, if the connection is closed after it.
            Ok((200, _)) if what == "a length and chunks" => {}
            Ok((status, _)) => wrong.push(format!("{what}: {status}")),
            Err(why) => wrong.push(format!("{what}: {why:.200}")),
        }
    }
    for (name, value, expected) in [
        ("if-match", "1", &[400_u16, 412, 422, 428][..]),
        ("if-match", "\"99999999999999999999\"", &[400, 412, 422, 428]),
        ("idempotency-key", "", &[400, 412, 422, 428]),
        ("idempotency-key", "é", &[400, 412, 422, 428]),
        ("device-time", "yesterday", &[400, 422, 428]),
        ("device-time", "0001-01-01T00:00:00Z", &[400, 422, 428]),
        ("device-time", "9999-12-31T23:59:59Z", &[400, 422, 428]),
        ("device-sent", "soon", &[400, 422, 428]),
        ("device-sent", "1970-01-01T00:00:00Z", &[400, 422, 428]),
        ("device-position", "geo:91,0", &[400, 422, 428]),
        ("device-position", "geo:NaN,NaN", &[400, 422, 428]),
    ] {
        let path = format!("/v1/projects/{}", scene.world.things["project"]);
        let body = Some(json!({"name": "Autre"}));
        let mut api = scene.insider.with(name, value);
        if name != "if-match" {
            api = api.with("if-match", "\"0\"");
        }
        let answer = api.send(Method::PATCH, &path, body.as_ref()).await.unwrap();
        if let Some(why) = refusal(&answer, expected, None) {
            wrong.push(format!("{name}: {value}: {why}"));
        }
    }
    wrong
}

/// A body of 100 MB, declared or not, is cut off long before its end.
async fn endless_bodies(scene: &Scene) -> Vec<String> {
    const PIECE: usize = 64 << 10;
    let mut wrong = Vec::new();
    for declared in [true, false] {
        let api = &scene.insider;
        let length =
            if declared { "content-length: 104857600" } else { "transfer-encoding: chunked" };
        let head = format!(
            "POST /v1/projects HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {}\r\n\
             content-type: application/json\r\n{length}\r\n\r\n",
            api.host,
            api.token.as_deref().unwrap()
        );
        let address = scene.up.target().url.trim_start_matches("http://").to_owned();
        let (mut read, mut write) = TcpStream::connect(address).await.unwrap().into_split();
        let sending = tokio::spawn(async move {
            let mut sent = 0;
            let piece = if declared {
                vec![b' '; PIECE]
            } else {
                [format!("{PIECE:x}\r\n").into_bytes(), vec![b' '; PIECE], b"\r\n".to_vec()]
                    .concat()
            };
            if write.write_all(head.as_bytes()).await.is_err() {
                return sent;
            }
            while sent < 100 << 20 && write.write_all(&piece).await.is_ok() {
                sent += PIECE;
            }
            sent
        });
        let mut answer = Vec::new();
        let reading = timeout(Duration::from_secs(30), read.read_to_end(&mut answer)).await;
        let text = String::from_utf8_lossy(&answer);
        if reading.is_err() || !text.starts_with("HTTP/1.1 413") {
            wrong.push(format!("100 MB (declared: {declared}): {text:.300}"));
        }
        let sent =
            timeout(Duration::from_secs(30), sending).await.expect("the body is cut").unwrap();
        if sent >= 100 << 20 {
            wrong.push(format!("100 MB (declared: {declared}) were all taken"));
        }
    }
    wrong
}
