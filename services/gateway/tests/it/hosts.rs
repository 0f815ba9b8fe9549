//! Whose request it is, is for the host to say and for nothing else.

use reqwest::Method;
use serde_json::Value;

use crate::rig::{Plan, Rig, Shape, json_of, problem, raw};

#[tokio::test]
async fn a_host_reaches_its_own_tenant_whatever_a_client_says() {
    for shape in [Shape::Local, Shape::Remote] {
        let rig = Rig::new(Plan::of(shape)).await;
        let other = rig.stage.another_tenant().await;
        let slug = &rig.stage.tenant.slug;
        for (host, tenant) in [
            (format!("{slug}.localhost:8080"), Some(rig.stage.tenant.id)),
            (format!("{}.FieldOps.example", slug.to_uppercase()), Some(rig.stage.tenant.id)),
            (format!("{}.localhost", other.slug), Some(other.id)),
            ("localhost:8080".to_owned(), Some(rig.stage.tenant.id)),
            ("192.168.1.20:8080".to_owned(), Some(rig.stage.tenant.id)),
            ("platform.localhost".to_owned(), None),
        ] {
            let request = rig
                .at(&host, Method::GET, "/v1/tasks?limit=5")
                .header("x-fieldops-internal", "forged")
                .header("x-fieldops-tenant", other.id.to_string())
                .header("x-forwarded-host", format!("{}.localhost", other.slug))
                .header("x-forwarded-for", "6.6.6.6")
                .header("x-request-id", "11111111-1111-1111-1111-111111111111")
                .header("connection", "x-fieldops-internal, x-request-id, traceparent")
                .header("accept-language", "en");
            let echo = json_of(request, 200).await;
            let headers = &echo["headers"];
            let internal = rig.vouched(&echo).await;
            assert_eq!((internal.tenant, internal.caller), (tenant, None), "{host}");
            assert_eq!(echo["uri"], "/v1/tasks?limit=5");
            assert_eq!(headers["x-forwarded-host"], host);
            assert_eq!(headers["x-forwarded-for"], "127.0.0.1");
            assert_eq!(headers["accept-language"], "en");
            assert_eq!(headers["x-fieldops-tenant"], Value::Null);
            assert_ne!(headers["x-request-id"], "11111111-1111-1111-1111-111111111111");
            assert_eq!(headers["traceparent"].as_str().unwrap().len(), 55);
        }
    }
}

#[tokio::test]
async fn a_trace_goes_on_behind_the_gateway() {
    let rig = Rig::new(Plan::of(Shape::Local)).await;
    let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let echo = json_of(rig.get("/v1/tasks").header("traceparent", parent), 200).await;
    let onward = echo["headers"]["traceparent"].as_str().unwrap();
    assert!(onward.starts_with("00-4bf92f3577b34da6a3ce929d0e0e4736-") && onward != parent);
}

#[tokio::test]
async fn unknown_suspended_and_foreign_hosts_are_all_not_found() {
    let rig = Rig::new(Plan::of(Shape::Local)).await;
    let suspended = rig.stage.another_tenant().await;
    let mut admin = rig.stage.control_sql().await;
    sqlx::query("update tenancy.tenant set status = 'suspended' where id = $1")
        .bind(suspended.id.uuid())
        .execute(&mut admin)
        .await
        .unwrap();
    let unknown_path = problem(rig.get("/v1/nothing"), 404).await;
    let suspended = format!("{}.localhost", suspended.slug);
    for host in ["nosuchfirm.localhost", &suspended, "evil.example", "a.b.localhost", "x"] {
        for path in ["/v1/tasks", "/", "/docs/", "/openapi.json"] {
            let found = problem(rig.at(host, Method::GET, path), 404).await;
            assert_eq!(found, unknown_path, "{host}{path}");
        }
    }
}

#[tokio::test]
async fn without_a_default_tenant_a_bare_host_has_pages_only() {
    let mut plan = Plan::of(Shape::Local);
    plan.settings.default_tenant = Some("nobody-here".to_owned());
    let rig = Rig::new(plan).await;
    problem(rig.at("127.0.0.1", Method::GET, "/v1/tasks"), 404).await;
    assert!(rig.at("127.0.0.1", Method::GET, "/").send().await.unwrap().status().is_success());
}

#[tokio::test]
async fn two_hosts_in_one_request_or_none_are_refused() {
    let rig = Rig::new(Plan::of(Shape::Local)).await;
    let host = rig.host();
    for request in [
        format!("GET /v1/tasks HTTP/1.1\r\nhost: {host}\r\nhost: other.localhost\r\n"),
        format!("GET http://other.localhost/v1/tasks HTTP/1.1\r\nhost: {host}\r\n"),
        "GET /v1/tasks HTTP/1.1\r\n".to_owned(),
        "GET /v1/tasks HTTP/1.0\r\n".to_owned(),
        format!("GET * HTTP/1.1\r\nhost: {host}\r\n"),
    ] {
        let said = raw(rig.address, format!("{request}connection: close\r\n\r\n").as_bytes()).await;
        assert!(said.starts_with("HTTP/1.1 400") || said.starts_with("HTTP/1.0 400"), "{said}");
    }
}

#[tokio::test]
async fn path_tricks_never_pass() {
    let rig = Rig::new(Plan::of(Shape::Local)).await;
    let host = rig.host();
    for path in [
        "//v1/tasks",
        "/v1//tasks",
        "/v1/./tasks",
        "/v1/x/../tasks",
        "/v1/tasks/%2e%2e",
        "/v1/tasks/%2E./x",
        "/v1/tasks/a%2Fb",
        "/v1/tasks/a%5cb",
        "/v1/tasks/a\\b",
        "/v1/tasks/%00",
        "/v1/tasks/%ff",
        "/v1/tasks/%252e%252e",
        "/docs/../v1/tasks",
        "/docs/%2e%2e/secret",
    ] {
        let request = format!("GET {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
        let said = raw(rig.address, request.as_bytes()).await;
        assert!(said.starts_with("HTTP/1.1 400"), "{path}: {said}");
    }
    for path in
        ["/v1/tasks/", "/v1/tasks/1/2", "/V1/tasks", "/v1", "/v1/tasks;x=1", "/docs/none.js"]
    {
        problem(rig.get(path), 404).await;
    }
    for method in ["TRACE", "CONNECT"] {
        let request =
            format!("{method} /v1/tasks HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
        let said = raw(rig.address, request.as_bytes()).await;
        assert!(said.starts_with("HTTP/1.1 40"), "{method}: {said}");
    }
}
